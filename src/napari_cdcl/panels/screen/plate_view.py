"""The plate map of the session with its choosers and its legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from napari_cdcl import actions
from napari_cdcl.models.plates import colour_wells
from napari_cdcl.panels.screen.plate_map import PlateMap
from napari_cdcl.ui.accessible import make_accessible
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from qtpy.QtGui import QPixmap

    from cdcl.scatter import Colouring
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.screen.plate_editor import PlateEditor
    from napari_cdcl.panels.screen.well_pictures import WellPictures

TIP = (
    "Click a well to show its field and select it, again for its next field; drag over wells to select them. "
    "Names of rows and columns stand for all their wells. Shift adds, Alt or Ctrl takes away. "
    "By keys: arrows, then Return; Shift and arrows select."
)


class PlateView(QWidget):
    """Shows one plate of the session's screen, always that of the field on display until another one is chosen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self._plate = -1
        self._colouring: Colouring | None = None
        self._editor: PlateEditor | None = None
        self._well_pictures: WellPictures | None = None
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_screen()

    def _make_controls(self) -> None:
        self.plates = Chooser("Which plate the map shows.")
        self.previous, self.next = QToolButton(), QToolButton()
        for button, arrow, tip in (
            (self.previous, Qt.ArrowType.LeftArrow, "First field of the previous plate."),
            (self.next, Qt.ArrowType.RightArrow, "First field of the next plate."),
        ):
            button.setArrowType(arrow)
            button.setToolTip(tip)
        self.editing = QPushButton("Edit map")
        self.editing.setCheckable(True)
        self.editing.setToolTip("Say what is in the wells: choose some, give them a treatment, save a plate map.")
        self.pictures = QCheckBox("pictures")
        self.pictures.setToolTip("Show a picture of each well, with the contrast of the viewer, framed in its colour.")
        self.colour = Chooser("What colours plate map and scatter: any column of the screen or its profiles.")
        self.map = PlateMap()
        self.map.setToolTip(TIP)
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        flags = Qt.TextInteractionFlag
        self.legend.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.legend.setAccessibleName("legend of the plate map")
        self.legend.setToolTip("What the colours of the wells say; a well with several kinds has the commonest.")

    def _lay_out(self) -> None:
        plate = QHBoxLayout()
        for widget in (self.previous, self.plates, self.next):
            plate.addWidget(widget)
        colour = QHBoxLayout()
        for button in (self.colour, self.pictures, self.editing):
            colour.addWidget(button)
        form = QFormLayout()
        form.addRow("plate", plate)
        form.addRow("colour by", colour)
        self._below = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addWidget(self.map)
        layout.addWidget(self.legend)
        layout.addLayout(self._below)
        layout.addStretch()

    def _connect(self) -> None:
        session = self._session
        for signal, method in (
            (session.screen_changed, self._on_screen),
            (session.screen_relabelled, self._on_relabelled),
            (session.items_changed, self._on_items),
            (session.items_extended, self._on_items),
            (session.colour_changed, self._on_colour),
            (session.selection_changed, self._on_selection),
            (session.row_changed, self._on_row),
        ):
            self._links.add(signal, method)
        self.plates.chosen.connect(lambda key: self.show_plate(int(key)))
        self.previous.clicked.connect(lambda: self._turn(-1))
        self.next.clicked.connect(lambda: self._turn(1))
        self.colour.chosen.connect(lambda column: setattr(session, "colour", column))
        self.pictures.toggled.connect(self._show_pictures)
        self.editing.toggled.connect(self._edit)
        self.map.clicked.connect(lambda well: actions.show_well(session, self._first_well + well))
        self.map.selected.connect(self._on_selected)
        self.map.set_describe(self._describe)

    @property
    def editor(self) -> PlateEditor:
        """What edits the map: made when it is asked for first."""
        if self._editor is None:
            from napari_cdcl.panels.screen.plate_editor import PlateEditor

            self._editor = PlateEditor(self._session)
            self._editor.hide()
            self._below.addWidget(self._editor)
            self._editor.chosen_changed.connect(self._on_selection)
            self._editor.show_plate(max(self._plate, 0))
            make_accessible(self)
        return self._editor

    @property
    def plate(self) -> int:
        """The plate on display, or -1."""
        return self._plate

    def show_plate(self, plate: int) -> None:
        """Show a plate by its number."""
        layout = self._session.plate_layout
        if layout is None:
            return
        self._plate = plate
        if self._editor is not None:
            self._editor.show_plate(plate)
        self.plates.show_key(str(plate))
        self.map.set_wells(*layout.grid(plate))
        self._paint()
        self._on_selection()
        self._frame_current()

    def _on_screen(self, _screen: Any = None) -> None:
        layout = self._session.plate_layout
        self._plate = -1
        if self._editor is not None:
            self._editor.forget()
        self.editing.setEnabled(layout is not None)
        if layout is None:
            self.editing.setChecked(False)
            self.plates.offer({})
            self.colour.offer({})
            self.legend.clear()
            self.map.set_wells((8, 12), np.zeros((0, 2), dtype=np.int64))
            return
        self.plates.offer({str(number): plate for number, plate in enumerate(layout.plates)}, "0")
        for arrow in (self.previous, self.next):
            arrow.setEnabled(len(layout.plates) > 1)
        if self.editing.isChecked():
            self.editor.begin()
        self._on_items()
        self._on_row(self._session.row)

    def _on_relabelled(self, _screen: Any = None) -> None:
        """Plates may have another batch, and so another number."""
        layout, row = self._session.plate_layout, self._session.row
        if layout is not None:
            self._plate = layout.plate_at(row) if row >= 0 else 0
            self.plates.offer({str(number): plate for number, plate in enumerate(layout.plates)}, str(self._plate))

    def _show_pictures(self, on: bool) -> None:
        """Draw pictures in place of discs; what reads them is made when they are asked for first."""
        if on and self._well_pictures is None:
            from napari_cdcl.panels.screen.well_pictures import WellPictures

            self._well_pictures = WellPictures(self._session, self)
            self._well_pictures.changed.connect(self.map.update)
        self.map.set_pictures(self._picture_of if on else None)

    def _picture_of(self, well: int) -> QPixmap | None:
        return None if self._well_pictures is None else self._well_pictures.picture(self._first_well + well)

    def _edit(self, on: bool) -> None:
        """Let clicks choose wells to say something of, or items to look at."""
        if on:
            self.editor.begin()
        if self._editor is not None:
            self._editor.setVisible(on)
        self.show_plate(max(self._plate, 0))

    def _on_items(self, _items: Any = None) -> None:
        items = self._session.items
        if items is None:
            return
        self.colour.offer(colour_columns(items.table), self._session.colour)
        self._on_colour()
        self.show_plate(max(self._plate, 0))

    def _on_colour(self, _column: str = "") -> None:
        items, column = self._session.items, self._session.colour
        if items is None:
            return
        from cdcl.scatter import colour_column, one_colour  # with the first items: an empty window does without pandas
        from napari_cdcl.panels.screen.legend_text import write_legend

        self.colour.show_key(column)
        known = column in items.table
        self._colouring = colour_column(items.table, column) if known else one_colour(len(items))
        self.legend.setText(write_legend(self._colouring) if known else "")
        self._paint()

    def _paint(self) -> None:
        layout, wells = self._session.plate_layout, self._session.item_wells
        colouring = self._colouring
        if self._plate < 0 or layout is None or wells is None or colouring is None:
            return
        if len(colouring) == len(wells.well_of):
            self.map.set_colours(colour_wells(colouring, wells, layout.wells_on(self._plate)))

    def _on_selection(self, _mask: Any = None) -> None:
        layout, editing = self._session.plate_layout, self.editing.isChecked()
        if layout is None or self._plate < 0:
            return
        marked = self.editor.shown() if editing else actions.selected_wells(self._session)
        shown = layout.wells_on(self._plate)
        if len(marked):
            self.map.set_ringed(marked[shown])
        self.map.set_doubtful(self.editor.lacking()[shown] if editing else np.zeros(shown.stop - shown.start, np.bool_))

    def _on_row(self, row: int) -> None:
        layout = self._session.plate_layout
        if layout is not None and row >= 0 and layout.plate_at(row) != self._plate:
            self.show_plate(layout.plate_at(row))
        self._frame_current()

    def _frame_current(self) -> None:
        layout, row = self._session.plate_layout, self._session.row
        if layout is not None and self._plate >= 0:
            shown = row >= 0 and layout.plate_at(row) == self._plate
            self.map.set_current(int(layout.well_of[row]) - self._first_well if shown else -1)

    def _turn(self, by: int) -> None:
        layout = self._session.plate_layout
        if layout is not None:
            plate = (self._plate + by) % len(layout.plates)
            actions.show_row(self._session, int(layout.first_rows[layout.wells_on(plate).start]))

    def _on_selected(self, wells: list[int], mode: actions.Mode) -> None:
        chosen = [self._first_well + well for well in wells]
        if self.editing.isChecked():
            self.editor.choose(chosen, mode)
        else:
            actions.select_wells(self._session, chosen, mode)

    @property
    def _first_well(self) -> int:
        layout = self._session.plate_layout
        return 0 if layout is None else layout.wells_on(self._plate).start

    def _describe(self, well: int) -> str:
        layout, screen = self._session.plate_layout, self._session.screen
        if layout is None or screen is None:
            return ""
        rows = np.flatnonzero(layout.well_of == self._first_well + well)
        first = screen.sites.iloc[int(rows[0])]
        known = [str(first[name]) for name in ("treatment", "mechanism", "control") if first.get(name)]
        return f"{first['well']}: {', '.join([*known, f'{len(rows)} field' + 's' * (len(rows) > 1)])}"
