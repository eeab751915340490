"""Scatters to click on."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("qtpy.QtWidgets")

from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_cdcl.ui.scatter import ScatterCanvas, ScatterView
from napari_cdcl.ui.scatter.axes import plot_rect

NOTHING, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier

CORNERS = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=np.float32)
"""Of a square; around each lie ten points of one class."""


@pytest.fixture
def positions() -> np.ndarray:
    jitter = np.random.default_rng(0).uniform(-0.5, 0.5, (40, 2))
    return (np.repeat(CORNERS, 10, axis=0) + jitter).astype(np.float32)


@pytest.fixture
def classes() -> pd.Series:
    return pd.Series(np.repeat(["south-west", "south-east", "north-east", "north-west"], 10))


@pytest.fixture
def view(qtbot, positions, classes) -> ScatterView:
    view = ScatterView()
    qtbot.addWidget(view)
    view.resize(700, 560)
    view.set_points(positions, ("PC 1", "PC 2"))
    view.set_colours(classes, "corner")
    view.show()
    qtbot.waitExposed(view)
    view.canvas.grab()
    return view


class Mouse:
    """Moves as a hand does: press, several moves, release. All places are in data coordinates, as they are before."""

    def place_of(self, canvas: ScatterCanvas, x: float, y: float) -> QPointF:
        """Where in the canvas that is."""
        column, row = canvas.view.to_pixels(np.array([[x, y]]))[0]
        return QPointF(plot_rect(canvas).topLeft()) + QPointF(column, row)

    def drag(self, canvas: ScatterCanvas, corners, modifiers=PLAIN, button=LEFT) -> None:
        places = [self.place_of(canvas, *corner) for corner in corners]
        self._send(canvas, QEvent.Type.MouseButtonPress, places[0], (button, button, modifiers))
        for begin, end in pairwise(places):
            for share in (0.25, 0.5, 0.75, 1.0):
                self._send(canvas, QEvent.Type.MouseMove, begin + (end - begin) * share, (NOTHING, button, modifiers))
        self._send(canvas, QEvent.Type.MouseButtonRelease, places[-1], (button, NOTHING, modifiers))

    def hover(self, canvas: ScatterCanvas, x: float, y: float) -> None:
        self._send(canvas, QEvent.Type.MouseMove, self.place_of(canvas, x, y), (NOTHING, NOTHING, PLAIN))

    def roll(self, canvas: ScatterCanvas, x: float, y: float, delta: int) -> None:
        place = self.place_of(canvas, x, y)
        everywhere = QPointF(canvas.mapToGlobal(place.toPoint()))
        no_phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(place, everywhere, QPoint(), QPoint(0, delta), NOTHING, PLAIN, no_phase, False)
        QApplication.sendEvent(canvas, event)

    def _send(self, canvas: ScatterCanvas, kind: QEvent.Type, place: QPointF, held) -> None:
        everywhere = QPointF(canvas.mapToGlobal(place.toPoint()))
        QApplication.sendEvent(canvas, QMouseEvent(kind, place, everywhere, *held))


@pytest.fixture
def mouse() -> Mouse:
    return Mouse()


@pytest.fixture
def lonely(positions) -> int:
    """The row of the point that is farthest from its nearest neighbour."""
    distances = np.hypot(*(positions[:, None] - positions[None]).transpose(2, 0, 1))
    return int((distances + 99 * np.eye(len(positions))).min(axis=1).argmax())
