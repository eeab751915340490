"""The colours of a scatter, taken from the palette of its widget: dark where the window is dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtGui import QColor, QPalette

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget


@dataclass(frozen=True)
class Theme:
    """Colours.

    Attributes
    ----------
    ground
        Behind the points.
    ink, faint, rule
        Of text, of what is less important, and of thin lines.
    unselected
        Of points that are not selected while others are.
    mark
        Of lassos and of the ring around the point under the cursor.
    """

    ground: QColor
    ink: QColor
    faint: QColor
    rule: QColor
    unselected: QColor
    mark: QColor

    @classmethod
    def of(cls, widget: QWidget) -> Theme:
        """Read the palette, which napari's themes set too."""
        palette = widget.palette()
        window, ink = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
        dark = window.lightnessF() < ink.lightnessF()
        ground = mix(window, QColor("black" if dark else "white"), 0.35 if dark else 0.85)
        mark = QColor("#ffd166" if dark else "#b3261e")
        return cls(ground, ink, mix(ink, ground, 0.4), mix(ink, ground, 0.8), mix(ink, ground, 0.76), mark)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """Mix two colours; `share` is the other's."""
    parts = [(one.redF(), other.redF()), (one.greenF(), other.greenF()), (one.blueF(), other.blueF())]
    return QColor.fromRgbF(*(a * (1 - share) + b * share for a, b in parts))
