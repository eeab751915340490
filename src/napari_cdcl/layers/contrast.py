"""Contrast limits from the pixels of a plate or of the whole screen, so that its fields can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import CDCLError
from napari_cdcl.models.channel_luts import measure_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.screen import Screen

FIELDS = 24
"""So many fields are looked at, spread evenly."""
PIXELS = 256
"""Rows and columns of a field that are looked at, at most."""

Limits = tuple[tuple[float, float], ...]
"""Black and full colour of each channel."""


def sample_limits(screen: Screen, rows: NDArray[np.int64]) -> Limits:
    """Measure each channel over some of `rows`, from the files; unreadable ones are passed over.

    Gives an empty tuple where none can be read. It may run in any thread.
    """
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, min(FIELDS, len(rows))).round().astype(int))]
    parts = []
    for row in chosen.tolist():
        try:
            field = screen.image(row)
        except (CDCLError, OSError):
            continue
        stride = max(1, -(-max(field.shape[1:]) // PIXELS))
        parts.append(field[:, stride // 2 :: stride, stride // 2 :: stride].reshape(len(field), -1))
    if not parts:
        return ()
    return tuple(measure_limits(channel) for channel in np.concatenate(parts, axis=1))
