"""What is in the wells, edited: set for chosen wells, pasted from a spreadsheet, undone, and saved as a plate map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QGuiApplication, QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QGroupBox,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from cdcl.screen.natural import natural
from napari_cdcl import actions
from napari_cdcl.models.owned_files import folder_beside, free_path
from napari_cdcl.models.platemap_draft import COLUMNS, History
from napari_cdcl.models.platemap_pasting import corner_of, read_clipboard
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.buttons import make_button
from napari_cdcl.ui.file_dialogs import ask_file, ask_new_file
from napari_cdcl.ui.inputs import DropDown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_cdcl.models.platemap_draft import PlateMapDraft
    from napari_cdcl.models.session import Session

KINDS = ("", "negative", "positive", "empty")
"""Of control."""
MAPS = "Plate maps (*.csv *.tsv *.txt *.xlsx *.parquet);;Any file (*)"
PASTE = (
    "Set the wells from cells copied in a spreadsheet (Ctrl+V): a whole plate, or a block from the upper left "
    "chosen well on, with or without the names of rows and columns."
)
UNSAVED = "plate map"
"""Among what the session knows to be in no file."""
NAMED = 4
"""So many wells are named where there are more."""


class PlateEditor(QWidget):
    """Edits a draft of the screen's plate map; every change is on the screen at once, and can be undone."""

    chosen_changed = Signal()
    """Other wells are chosen, or something else is said of them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.history: History | None = None
        self._chosen = np.zeros(0, dtype=np.bool_)
        self._plate, self._saved = 0, True
        self._make_controls()
        self._lay_out()
        self._connect()

    def _make_controls(self) -> None:
        self.column = DropDown()
        self.column.setEditable(True)
        self.column.setToolTip("What is set: a known column, or type the name of one of your own.")
        self.column.addItems(list(COLUMNS))
        self.value = DropDown()
        self.value.setEditable(True)
        self.value.setToolTip("What the chosen wells have; empty takes it away. Return sets it.")
        for box in (self.column, self.value):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            box.setMinimumContentsLength(6)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setter = make_button("Set", "Give the chosen wells this value.")
        self.everywhere = QCheckBox("on all plates")
        self.everywhere.setToolTip("Set and paste for wells of the same names on every plate of the screen.")
        self.paster = make_button("Paste grid", PASTE)
        self.undoer = make_button("Undo", "Take the last change back (Ctrl+Z).")
        self.redoer = make_button("Redo", "Make the change again that was taken back (Ctrl+Shift+Z).")
        self.loader = make_button("Load map…", "Take a plate map from disk over: a table, grids, or a workbook.")
        self.saver = make_button("Save map…", "Write a plate map that can be loaded again; no file is replaced.")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _lay_out(self) -> None:
        box = QGroupBox("Plate map")
        grid = QGridLayout(box)
        grid.setContentsMargins(6, 4, 6, 4)
        grid.setSpacing(4)
        for number, widget in enumerate(
            (self.column, self.value, self.setter, self.everywhere, self.undoer, self.redoer, self.paster, self.loader)
        ):
            grid.addWidget(widget, *divmod(number, 2))
        grid.addWidget(self.saver, 4, 0, 1, 2)
        grid.addWidget(self.words, 5, 0, 1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box)

    def _connect(self) -> None:
        self.column.currentTextChanged.connect(self._on_column)
        self.setter.clicked.connect(self.set_value)
        edit = self.value.lineEdit()
        assert edit is not None
        edit.returnPressed.connect(self.set_value)
        self.paster.clicked.connect(self.paste)
        self.undoer.clicked.connect(lambda: self._step(-1))
        self.redoer.clicked.connect(lambda: self._step(1))
        self.loader.clicked.connect(self._ask_load)
        self.saver.clicked.connect(self._ask_save)
        keys: tuple[tuple[Any, Any], ...] = (
            (QKeySequence.StandardKey.Paste, self.paste),
            (QKeySequence.StandardKey.Undo, lambda: self._step(-1)),
            (QKeySequence.StandardKey.Redo, lambda: self._step(1)),
        )
        for key, act in keys:
            shortcut = QShortcut(QKeySequence(key), self, act)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def begin(self) -> None:
        """Begin with what the screen says now, unless its draft is under way already."""
        layout = self._session.plate_layout
        if layout is None or self.history is not None:
            return
        self.history = History(actions.begin_draft(self._session))
        self._chosen, self._saved = np.zeros(len(layout), dtype=np.bool_), True
        self._on_column()

    def forget(self) -> None:
        """Drop the draft: another screen is open."""
        self.history = None

    def show_plate(self, plate: int) -> None:
        """Paste onto this plate."""
        self._plate = plate

    def choose(self, wells: list[int], mode: actions.Mode) -> None:
        """Choose wells of the screen, by number, or take them off."""
        layout = self._session.plate_layout
        if self.history is None or layout is None:
            return
        marked = np.zeros_like(self._chosen)
        marked[actions.draft_wells(self.history.now, layout, wells)] = True
        others = {"add": self._chosen | marked, "subtract": self._chosen & ~marked}
        self._chosen = others.get(mode, marked)
        self._tell()

    def shown(self) -> NDArray[np.bool_]:
        """Mark the chosen wells of the screen, (W,)."""
        return self._of_screen(self._chosen)

    def lacking(self) -> NDArray[np.bool_]:
        """Mark the wells of the screen of which the column says nothing, (W,); none where it has no meaning for all."""
        if self.history is None or self._column in ("control", "mechanism", "concentration"):
            return self._of_screen(np.zeros_like(self._chosen))
        return self._of_screen(self.history.now.without(self._column))

    def set_value(self) -> None:
        """Give the chosen wells the value that is written."""
        if not self._chosen.any():
            self.words.setText("Choose wells first: click or drag over the map; names of rows and columns work too.")
            return
        text = self.value.currentText()
        self._change(self._column, dict.fromkeys(self._targets().tolist(), text))

    def paste(self) -> None:
        """Set the wells from the clipboard."""
        clipboard, layout = QGuiApplication.clipboard(), self._session.plate_layout
        if self.history is None or layout is None or clipboard is None:
            return
        shown, (shape, grid) = layout.wells_on(self._plate), layout.grid(self._plate)
        corner = corner_of(grid[self.shown()[shown]])
        try:
            blocks = read_clipboard(clipboard.text(), self._column, shape, corner)
            draft, missed = self._with_blocks(blocks, shown, grid)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return
        self._take(draft)
        if missed:
            self.words.setText(f"{self.words.text()} {missed:,} pasted values are of wells without images.")

    def load(self, path: Path) -> None:
        """Take a plate map over from disk."""
        if self.history is None:
            return
        try:
            draft, notes = actions.load_platemap(self.history.now, path)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return
        self._take(draft)
        self.words.setText(" ".join([f"{path.name} is taken over.", *notes]))

    def save(self, path: Path) -> None:
        """Write the plate map."""
        if self.history is None:
            return
        try:
            actions.save_platemap(self._session, self.history.now, self.history.begun, path)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return
        self._saved = True
        self._session.unsaved.pop(UNSAVED, None)
        self._tell()

    @property
    def _column(self) -> str:
        return self.column.currentText().strip()

    def _targets(self) -> NDArray[np.int64]:
        """Give the wells of the draft that a value is for."""
        assert self.history is not None
        names = self.history.now.layout.names
        chosen = np.isin(names, names[self._chosen]) if self.everywhere.isChecked() else self._chosen
        return np.flatnonzero(chosen)

    def _with_blocks(self, blocks: list[Any], shown: slice, grid: NDArray[np.int64]) -> tuple[PlateMapDraft, int]:
        """Give the draft with what was pasted, and how many values are of wells without images."""
        assert self.history is not None
        draft, layout, missed = self.history.now, self._session.plate_layout, 0
        assert layout is not None
        at = {(row, column): shown.start + well for well, (row, column) in enumerate(grid.tolist())}
        for column, values in blocks:
            if len(values) == 1 and self._chosen.any():
                wells = dict.fromkeys(self._targets().tolist(), next(iter(values.values())))
            else:
                wells = {w: text for place, text in values.items() if place in at for w in self._places_of(at[place])}
                missed += sum(place not in at and bool(text) for place, text in values.items())
            draft = draft.put(column, wells)
        return draft, missed

    def _places_of(self, well: int) -> list[int]:
        """Give the wells of the draft that a well of the screen stands for."""
        assert self.history is not None
        assert self._session.plate_layout is not None
        draft = self.history.now
        own = actions.draft_wells(draft, self._session.plate_layout, [well])
        if self.everywhere.isChecked():
            own = np.flatnonzero(np.isin(draft.layout.names, draft.layout.names[own]))
        return [int(well) for well in own]

    def _change(self, column: str, values: dict[int, str]) -> None:
        if self.history is None:
            return
        try:
            self._take(self.history.now.put(column, values))
        except CDCLError as error:
            self.words.setText(words_of(error))

    def _take(self, draft: PlateMapDraft) -> None:
        assert self.history is not None
        before = self.history.now
        if draft.table.equals(before.table):
            return
        self.history.push(draft)
        self._show(draft, before)

    def _step(self, by: int) -> None:
        if self.history is None:
            return
        before = self.history.now
        self._show(self.history.step(by), before)

    def _show(self, draft: PlateMapDraft, before: PlateMapDraft) -> None:
        self._saved = False
        self._session.unsaved[UNSAVED] = "Save map… (Screen panel, Edit map) writes it."
        actions.take_draft(self._session, draft, before)
        self._on_column()

    def _on_column(self, _text: str = "") -> None:
        """Offer the values there are, and colour by what is edited."""
        if self.history is None:
            return
        draft, column, text = self.history.now, self._column, self.value.currentText()
        offered = KINDS if column == "control" else sorted(map(str, set(draft.values(column))), key=natural)
        self.value.clear()
        self.value.addItems(list(offered)[:500])
        self.value.setEditText(text)
        items = self._session.items
        if items is not None and column in items.table:
            self._session.colour = column
        self._tell()

    def _tell(self) -> None:
        """Say how many wells are chosen, which lack something, and whether all is saved."""
        assert self.history is not None
        num, lacking = int(self._targets().size), np.flatnonzero(self.history.now.without(self._column))
        parts = [f"{num:,} well{'s' * (num != 1)} chosen."] if num else ["Click or drag over wells to choose them."]
        if len(lacking) and self._column:
            draft = self.history.now
            names = [f"{draft.plates[well]}/{draft.layout.names[well]}" for well in lacking[:NAMED].tolist()]
            more = ", …" if len(lacking) > NAMED else ""
            parts.append(f"{len(lacking):,} wells without {self._column}: {', '.join(names)}{more}.")
        if self._column == "batch":
            parts.append("A batch is given to whole plates.")
        if not self._saved:
            parts.append("<b>Not saved.</b>")
        self.words.setText(" ".join(parts))
        undo, redo = self.history.can
        self.undoer.setEnabled(undo)
        self.redoer.setEnabled(redo)
        self.chosen_changed.emit()

    def _of_screen(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        layout = self._session.plate_layout
        if self.history is None or layout is None:
            return np.zeros(0 if layout is None else len(layout), dtype=np.bool_)
        return actions.shown_wells(self.history.now, layout, marked)

    def _ask_load(self) -> None:
        path = ask_file(self, "Load a plate map", MAPS, str(self._folder))
        if path:
            self.load(path)

    def _ask_save(self) -> None:
        proposed = str(free_path(self._folder, "platemap.csv"))
        path = ask_new_file(self, "Save the plate map", proposed, "Plate maps (*.csv)")
        if path:
            self.save(path)

    @property
    def _folder(self) -> Path:
        return Path() if self._session.screen is None else folder_beside(self._session.screen)
