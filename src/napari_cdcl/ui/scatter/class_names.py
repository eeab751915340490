"""Names written over the points of a scatter, each in the middle of its class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRect, QRectF, Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QPainter

    from cdcl.scatter import View
    from napari_cdcl.ui.scatter.theme import Theme

HALO = ((-1, -1), (-1, 1), (1, -1), (1, 1), (0, 1), (0, -1), (1, 0), (-1, 0))
"""Shifts in pixels at which a name is written in the ground's colour first, so that it stands out from the points."""


def draw_names(
    painter: QPainter, place: QRect, view: View, names: Sequence[tuple[str, float, float]], theme: Theme
) -> list[str]:
    """Write names at data positions, the first ones first; one that would cover another is left out.

    Returns
    -------
    The names that were written.
    """
    metrics = painter.fontMetrics()
    taken: list[QRectF] = []
    written: list[str] = []
    if not names:
        return []
    pixels = view.to_pixels(np.array([(x, y) for _, x, y in names], dtype=np.float64))
    for (name, _, _), (x, y) in zip(names, pixels.tolist(), strict=True):
        width, height = metrics.horizontalAdvance(name), metrics.height()
        box = QRectF(place.left() + x - width / 2, place.top() + y - height / 2, width, height)
        if not QRectF(place).contains(box.center()) or any(box.intersects(other) for other in taken):
            continue
        taken.append(box)
        written.append(name)
        for dx, dy in HALO:
            painter.setPen(theme.ground)
            painter.drawText(box.translated(QPointF(dx, dy)), Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(theme.ink)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
    return written
