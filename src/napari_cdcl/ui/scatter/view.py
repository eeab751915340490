"""A scatter with its toolbar and legend: all that a panel needs to put into its window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QPoint, Qt, Signal
from qtpy.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from cdcl.scatter import MarkerStyle, Picture, colour_by, colour_column, one_colour, write_picture
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.file_dialogs import ask_new_file
from napari_cdcl.ui.scatter.canvas import ScatterCanvas
from napari_cdcl.ui.scatter.hover_card import HoverCard
from napari_cdcl.ui.scatter.legend import Legend
from napari_cdcl.ui.scatter.model import ScatterModel
from napari_cdcl.ui.scatter.toolbar import Toolbar

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from qtpy.QtGui import QMouseEvent, QPixmap, QResizeEvent

    from napari_cdcl.ui.scatter.overlays import Makers

NARROW = 440
"""Pixels; below, the legend lies beneath the points."""


class ScatterView(QWidget):
    """Points to look at, colour, and select from. It knows no session: another connects it.

    What is set from outside is never told back; the signals are the user's doing.
    """

    selected = Signal(object)
    """Mask (N,) of bool, not to be written to: what the user has selected, by the mouse, undo, redo or the legend."""
    hovered = Signal(int)
    """The row of the point under the cursor, or -1."""
    activated = Signal(int)
    """The row of the point that was double-clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ScatterModel()
        self.canvas = ScatterCanvas(self.model)
        self.legend = Legend(self.model)
        self.toolbar = Toolbar(self.canvas)
        self._card = HoverCard(self.canvas)
        self._note = QLabel()
        self._split = QSplitter()
        self._cursor = QPoint()
        self._usual_size = 0
        self._by_hand = False
        self._lay_out()
        self._connect()
        self._tell()

    def set_points(
        self,
        positions: NDArray[np.float32] | None,
        axis_names: tuple[str, str],
        corners: NDArray[np.float32] | None = None,
    ) -> None:
        """Show points (N, 2), None for none; where they are as many as before, colours and selection stay.

        Between `corners` (K, 2) a polygon is drawn. Points without a finite position are not drawn, but counted.
        """
        others = positions is None or len(positions) != len(self.model)
        self.set_hover_card(None, "")
        self.model.set_points(positions, axis_names, corners)
        if others:
            self._set_marker_style(replace(self.canvas.marker_style, size=self._size()))

    def set_usual_style(self, size: int, opacity: float) -> None:
        """Draw points, and those shown later, with this size in pixels (0: by their number) and opacity, 0 to 1."""
        self._usual_size = size
        self._set_marker_style(replace(self.canvas.marker_style, size=self._size(), opacity=opacity))

    def _size(self) -> int:
        return self._usual_size or MarkerStyle.of(len(self.model)).size

    def set_colours(self, values: pd.Series | None, title: str, unit: str = "") -> None:
        """Colour the points by a column, one value a point; what is selected stays so. Numbers may have a unit.

        Texts, booleans and whole numbers of few kinds are classes, other numbers a scale; None takes colours away.
        """
        assert values is None or len(values) == len(self.model)
        self.model.set_colouring(one_colour(len(self.model)) if values is None else colour_by(values, title, unit))

    def set_colours_of(self, table: pd.DataFrame, column: str) -> None:
        """Colour the points by a column of their table, one row a point; units of doses that it names are heeded."""
        assert len(table) == len(self.model)
        self.model.set_colouring(colour_column(table, column))

    def set_selected(self, mask: NDArray[np.bool_]) -> None:
        """Show what is selected elsewhere, (N,) of bool; it is not told back, but can be undone here."""
        self.model.set_selected(mask)

    def offer_arrows(self, makers: Makers, titles: Mapping[str, str]) -> None:
        """Offer arrows by key: what gives them, and what they are called; the user chooses in the toolbar."""
        self.canvas.overlays.offer_arrows(makers)
        self.toolbar.offer_arrows(titles)

    def set_hover_card(self, pixmap: QPixmap | None, text: str) -> None:
        """Show a card beside the cursor; with neither picture nor text, take it away."""
        self._card.tell(pixmap, text)
        self._place_card()

    def save(self, path: Path | str) -> None:
        """Write the part of the plane on display with axes, legend and what lies over the points, on white.

        The suffix is .png, .svg or .pdf.

        Raises
        ------
        ProfilesError
            If the file's name ends otherwise.
        DiskError
            If it cannot be written.
        """
        marker_style = replace(self.canvas.marker_style, unselected=MarkerStyle().unselected)
        model = self.model
        picture = Picture(
            model.positions,
            model.scene,
            model.axis_names,
            marker_style,
            self.canvas.view,
            width=self.toolbar.width_mm.value(),
            overlay=self.canvas.overlays.find(),
        )
        write_picture(picture if model.corners is None else replace(picture, corners=model.corners), Path(path))

    def _lay_out(self) -> None:
        self._split.addWidget(self.canvas)
        self._split.addWidget(self.legend)
        self._split.setStretchFactor(0, 1)
        self._split.setChildrenCollapsible(False)
        self._note.setToolTip("How many points there are, and how many of them are selected.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._split, 1)
        layout.addWidget(self._note)
        self.toolbar.set_marker_style(self.canvas.marker_style)
        # Shortcuts of the toolbar work wherever the cursor is in the scatter.
        self.addActions(list(self.toolbar.actions_by_name.values()))

    def _connect(self) -> None:
        self._split.splitterMoved.connect(self._take_border)
        for name in ("undo", "redo", "invert", "clear"):
            self.toolbar.action(name).triggered.connect(getattr(self.model, name))
        self.toolbar.action("fit").triggered.connect(self.canvas.fit)
        self.toolbar.action("save").triggered.connect(self._ask_and_save)
        self.toolbar.style_changed.connect(self._set_marker_style)
        self.canvas.hovered.connect(self._hover)
        self.canvas.activated.connect(self.activated)
        self.canvas.installEventFilter(self)
        self.model.selection_changed.connect(self._tell_selected)
        for changed in (self.model.points_changed, self.model.visible_changed, self.model.colouring_changed):
            changed.connect(self._tell)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let the card follow the cursor."""
        if watched is self.canvas and event.type() == QEvent.Type.MouseMove:
            self._follow(event)  # type: ignore[arg-type]
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the legend beneath the points where there is no room beside them, and let it have its share of that."""
        narrow = event.size().width() < NARROW
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._by_hand = False
            self.updateGeometry()
        if not self._by_hand:
            room = self._split.height() if narrow else self._split.width()
            legend = min(150, room // 3) if narrow else 180
            self._split.setSizes([room - legend, legend])
        super().resizeEvent(event)

    def _take_border(self, _place: int, _index: int) -> None:
        self._by_hand = True  # the user's border stays

    def _follow(self, event: QMouseEvent) -> None:
        self._cursor = event.position().toPoint()
        self._place_card()

    def _place_card(self) -> None:
        if self._card.isVisible():
            self._card.move_beside(self._cursor)

    def _hover(self, row: int) -> None:
        self.set_hover_card(None, "")  # it was about another point
        self.hovered.emit(row)

    def _set_marker_style(self, marker_style: MarkerStyle) -> None:
        self.canvas.set_marker_style(marker_style)
        self.toolbar.set_marker_style(marker_style)

    def _tell_selected(self, by_user: bool) -> None:
        self._tell()
        if by_user:
            self.selected.emit(self.model.selected)

    def _tell(self) -> None:
        """Say how many there are, and let undo and redo show whether there is something to."""
        model, parts = self.model, [counted(len(self.model), "points")]
        if model.num_selected:
            parts.append(f"{model.num_selected:,} selected")
        if model.visible is not None:
            parts.append(f"{len(model) - int(model.visible.sum()):,} hidden")
        if missing := model.raster.points.num_missing:
            parts.append(f"{missing:,} without a position")
        self._note.setText(" · ".join(parts))
        self.toolbar.action("undo").setEnabled(model.history.can_undo)
        self.toolbar.action("redo").setEnabled(model.history.can_redo)
        for name in ("invert", "clear"):
            self.toolbar.action(name).setEnabled(bool(len(model)))

    def _ask_and_save(self) -> None:
        path = ask_new_file(self, "Save the scatter", "scatter.png", "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)")
        if not path:
            return
        try:
            self.save(path if path.suffix else path.with_suffix(".png"))
        except CDCLError as error:
            self._note.setText(words_of(error))
        else:
            self._note.setText(f"Saved {Path(path).name}")
