"""Puts a control of the plate, or all fields of the well, beside the canvas, and keeps it in step with the field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QHBoxLayout, QMainWindow

from napari_cdcl.layers.field import fields_of, name_field
from napari_cdcl.models.beside import control_beside, lay_out, well_beside
from napari_cdcl.models.channel_luts import composite, luts_of
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.beside_view import BesideView
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.links import Links, is_alive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qtpy.QtWidgets import QWidget

    from cdcl.screen import Screen
    from napari_cdcl.layers.pixels import FieldPixels
    from napari_cdcl.models.beside import Beside

KINDS = {"": "nothing", "control": "a control of its plate", "well": "all fields of its well"}
NO_CONTROL = "This plate has no other well of negative controls."


class BesideField(QObject):
    """Chooses, reads in a thread, and shows; the view ends with the panel that has this.

    Parameters
    ----------
    viewer
        Beside whose canvas it is shown.
    """

    def __init__(self, viewer: Any, session: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self._viewer, self._session, self._fields = viewer, session, fields_of(viewer)
        self.worker = BackgroundWorker(self)
        self.view: BesideView | None = None
        self.kind = Chooser(
            "What is shown beside the field, at the same place and magnification, in the same contrast."
        )
        self.kind.offer(KINDS, "")
        self._shown: tuple[Screen, Beside] | None = None
        self._pixels: NDArray[Any] | None = None
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(viewer.reset_view)
        self._links = Links()
        self._links.add(session.row_changed, self._follow)
        self._links.add(session.screen_changed, self._on_screen)
        self._links.add(session.luts_changed, self._paint)
        self.kind.chosen.connect(self._on_kind)

    def end(self) -> None:
        """Take the view away."""
        if self.view is not None:
            self.view.leave()
            if is_alive(self.view):
                self.view.setParent(None)
                self.view.deleteLater()
            self.view = None
            self._fit()
        self._shown = self._pixels = None

    def _fit(self) -> None:
        """Fit the field into the canvas, which is half as wide now, or whole again, once the window has its layout."""
        self._fitting.start()

    def _on_kind(self, kind: str) -> None:
        self.worker.forget()
        self._shown = self._pixels = None
        if not kind:
            self.end()
            return
        if self.view is None:
            self.view = BesideView(self._viewer)
            self.view.clicked.connect(self._on_click)
            _place(self.view, self.kind.window())
            self._fit()
        self._follow()

    def _on_screen(self, screen: Screen | None) -> None:
        self.worker.forget()
        self._shown = self._pixels = None
        if screen is None and self.kind.key:
            self.kind.show_key("")
            self.end()

    def _choose(self, row: int) -> Beside | None:
        screen, layout = self._session.screen, self._session.plate_layout
        if self.kind.key == "well":
            return well_beside(layout, row)
        return control_beside(screen, layout, row)

    def _follow(self, _row: int = -1) -> None:
        """Read what belongs beside the field that is shown now."""
        screen, row = self._session.screen, self._session.row
        if self.view is None or screen is None or row < 0 or self._session.plate_layout is None:
            return
        beside = self._choose(row)
        if beside is None:
            self._shown = self._pixels = None
            self.worker.forget()
            self.view.show_picture(None, (1.0, 1.0), NO_CONTROL)
        elif self._shown == (screen, beside) and self._pixels is not None:
            self._paint()
        else:
            self._shown, self._pixels = (screen, beside), None
            self.worker.forget()
            pixels = self._fields.pixels
            if pixels is not None:
                self.worker.run(partial(_read, pixels, beside), partial(self._keep, beside), self._complain)

    def read_again(self) -> None:
        """Read anew: the fields are shown under another light."""
        self._shown = None
        self._follow()

    def _keep(self, beside: Beside, pixels: NDArray[Any]) -> None:
        if self._shown is not None and self._shown[1] == beside:
            self._pixels = pixels
            self._paint()

    def _complain(self, error: Exception) -> None:
        if self.view is not None:
            self.view.show_picture(None, (1.0, 1.0), words_of(error))

    def _paint(self, _luts: Any = None) -> None:
        if self.view is None or self._shown is None or self._pixels is None:
            return
        screen, beside = self._shown
        colours = composite(self._pixels, luts_of(screen.channels, self._session.luts))
        side, pixels = screen.pixel_size or 1.0, self._fields.pixels
        height, width = (1, 1) if pixels is None else pixels.size
        self.view.show_picture(colours, (height * side, width * side), self._caption(beside), self._tile(beside))

    def _caption(self, beside: Beside) -> str:
        if self.kind.key == "well":
            return f"{counted(len(beside.rows), 'fields')} of the well: click one to show it"
        return name_field(self._session, beside.rows[0])

    def _tile(self, beside: Beside) -> tuple[float, float, float, float] | None:
        tile = beside.tile_of(self._session.row) if len(beside.rows) > 1 else None
        if tile is None:
            return None
        height, width = 1 / beside.shape[0], 1 / beside.shape[1]
        return (tile[1] * width, tile[0] * height, width, height)

    def _on_click(self, down: float, across: float) -> None:
        if self._shown is not None and self.kind.key == "well":
            row = self._shown[1].row_at(down, across)
            if row >= 0:
                self._session.row = row


def _read(pixels: FieldPixels, beside: Beside) -> NDArray[np.generic]:
    """Read the fields of a picture, in any thread."""
    return lay_out(beside, [pixels.read(row) for row in beside.rows])


def _place(view: BesideView, window: QWidget | None) -> None:
    """Lay a view beside napari's canvas, or leave it as a window of its own."""
    centre = window.centralWidget() if isinstance(window, QMainWindow) else None
    row = centre.layout() if centre is not None else None
    if isinstance(row, QHBoxLayout):
        row.addWidget(view, 1)
        for number in range(row.count()):
            row.setStretch(number, 1)
    view.show()
