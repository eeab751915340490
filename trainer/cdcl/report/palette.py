"""Colours that stay apart for colour-blind eyes, on white paper and on dark images."""

from __future__ import annotations

INK = "#1f2933"
FAINT = "#9aa5b1"
RULE = "#e4e7eb"
ACCENT = "#0072b2"
WARNING = "#b34700"

CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#7b5ea7", "#444444")
"""For labels on white: after Okabe and Ito (2008), the yellow that white swallows exchanged for a violet."""

MARKERS = ("o", "^", "s", "D")
"""Shapes that tell labels of one colour apart, once there are more labels than colours."""

CHANNELS = ((0.15, 0.35, 1.0), (0.1, 0.9, 0.35), (1.0, 0.3, 0.1), (1.0, 0.85, 0.15), (0.9, 0.3, 0.95), (0.2, 0.9, 0.95))
"""RGB of the channels of a composite, in order; a seventh begins anew."""


def style_of(number: int) -> tuple[str, str]:
    """Give colour and marker of the `number`th label; 32 are different."""
    return CATEGORIES[number % len(CATEGORIES)], MARKERS[number // len(CATEGORIES) % len(MARKERS)]


MOST_STYLES = len(CATEGORIES) * len(MARKERS)
