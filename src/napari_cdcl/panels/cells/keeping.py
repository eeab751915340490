"""Cells kept in a file: found in the whole screen by a child, or taken from a layer; then counted and explored."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from cdcl.errors import CDCLError, ScreenError
from napari_cdcl import actions
from napari_cdcl.models.owned_files import folder_beside, free_path
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.launch import IN_MEMORY, has_files
from napari_cdcl.ui.buttons import make_button
from napari_cdcl.ui.file_dialogs import ask_new_file
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.cells import Cells
    from cdcl.screen import Screen
    from napari_cdcl.models.cell_preview import Wanted
    from napari_cdcl.models.session import Session


class CellKeeping(QWidget):
    """Writes the cells of the screen, and shows what there is."""

    asked = Signal(object)
    """A path to keep the cells at."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.worker = BackgroundWorker(self)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._make_controls()
        self._lay_out()
        self._connect()
        self.follow()

    def _make_controls(self) -> None:
        self.controls = JobControls(
            "Save cells…",
            "Write the coordinates of the screen's cells beside it; crops are cut when needed.",
            done="",
            cancelled="Cancelled; nothing was written. Pixels that were decoded stay decoded.",
            parent=self,
        )
        self.keeper, self.progress, self.words = self.controls.button, self.controls.progress, self.controls.words
        self.explorer = make_button("Explore cells", "Show the cells that are kept, each as a point over its field.")
        self.counter = make_button("Colour by count", "Colour the plate map by how many cells each field has.")
        self.writer = make_button("Save labels…", "Write where cells are, with archetypes, annotations and treatments.")
        menu = QMenu(self.writer)
        menu.addAction("Table (.csv, .parquet)…", self._ask_labels)
        menu.addAction("OME-Zarr labels, in a new folder…", self._ask_ome)
        self.writer.setMenu(menu)

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, buttons in ((first, (self.keeper, self.writer)), (second, (self.explorer, self.counter))):
            for button in buttons:
                row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self.progress)
        layout.addWidget(self.words)

    def _connect(self) -> None:
        self.controls.wanted.connect(self._ask_cells)
        self.controls.step_ended.connect(self._sweep)
        self.explorer.clicked.connect(self.explore)
        self.counter.clicked.connect(self._count)

    @property
    def running(self) -> bool:
        """Whether a child is at work."""
        return self.controls.running

    def follow(self) -> None:
        """Look which cells the screen has."""
        screen, path = self._session.screen, actions.cells_file(self._session)
        self.keeper.setEnabled(screen is not None or self.running)
        self.writer.setEnabled(screen is not None)
        for button in (self.explorer, self.counter):
            button.setEnabled(path is not None)
        if not self.running:
            self.words.setText("" if path is None else f"The screen has cells: {path.name}.")
            self.words.setToolTip("" if path is None else str(path))

    def keep_all(self, wanted: Wanted, path: Path) -> None:
        """Let a child find or read the cells of the whole screen; those of a cancelled one are not written."""
        screen = self._session.screen
        if screen is None or not self._may_write(path):
            return
        if not has_files(screen):
            self.words.setText(IN_MEMORY)
            return
        self._scratch = _scratch_folder()
        table = Path(self._scratch.name) / "screen.parquet"
        from cdcl.screen.tables import write_screen  # brings pandas, and no panel waits for that

        write_screen(screen, table)
        self.controls.start([wanted.arguments(table, path)], partial(self._take_up, screen, path))

    def _may_write(self, path: Path) -> bool:
        """Whether no child is at work and cells can be kept there; if they cannot, it says why."""
        if self.running:
            return False
        try:
            actions.check_cells_path(self._session, path)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return False
        return True

    def save_ome(self, path: Path) -> None:
        """Let a child write the cells as OME-Zarr labels into a new folder, with what is said of them beside."""
        if self.running:
            return
        self._scratch = _scratch_folder()
        try:
            if path.exists():
                raise ScreenError(f"{path.name} exists already in {path.parent}; choose another name.")
            arguments = actions.prepare_ome(self._session, Path(self._scratch.name), path)
        except CDCLError as error:
            self._sweep()
            self.words.setText(words_of(error))
            return
        written = f"Wrote OME-Zarr labels, and a table of them: {path}"
        self.controls.start([arguments], lambda: self.controls.tell(written))

    def keep_layer(self, cells: Cells, side: int, path: Path) -> None:
        """Write the cells of a layer; fields that it says nothing of keep the cells they have in the file."""
        screen = self._session.screen
        if screen is None or not self._may_write(path):
            return
        self.words.setText("writing …")
        self.worker.run(
            partial(actions.keep_cells, screen, cells, side, path), partial(self._on_kept, screen, path), self._complain
        )

    def explore(self) -> None:
        """Show the cells that are kept, after a question where names would be lost; what is selected begins anew."""
        screen, path = self._session.screen, actions.cells_file(self._session)
        if screen is None or path is None or not may_go(self._session, self):
            return
        self.words.setText("reading …")
        done = partial(self._on_items, screen)
        self.worker.run(partial(actions.cell_items, path, screen), done, self._complain)

    def save_labels(self, path: Path) -> None:
        """Write what is said of the cells."""
        try:
            actions.write_labels(self._session, path)
        except CDCLError as error:
            self.words.setText(words_of(error))

    def _take_up(self, screen: Screen, path: Path) -> None:
        if self._of_session(screen):
            actions.note_cells(self._session, path)
            self.follow()
        self.controls.tell(self.controls.said)

    def _sweep(self) -> None:
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def _on_kept(self, screen: Screen, path: Path, cells: Cells) -> None:
        if self._of_session(screen):
            actions.note_cells(self._session, path)
            self.follow()
        self.words.setText(f"Wrote {path.name}: {actions.count_cells(cells, len(screen))}")

    def _of_session(self, screen: Screen) -> bool:
        """Tell whether these cells are of the screen that is open, labels apart."""
        own = self._session.screen
        return own is not None and own.folder == screen.folder and len(own) == len(screen)

    def _on_items(self, screen: Screen, items: Any) -> None:
        if not self._of_session(screen):
            return
        self._session.items = items
        self.words.setText(f"{len(items):,} cells are shown: in Explore, and as rings over their fields.")

    def _count(self) -> None:
        path, items = actions.cells_file(self._session), self._session.items
        stay = items is not None and items.level == "site"  # else fields take the place of what is explored
        if path is not None and (stay or may_go(self._session, self)):
            try:
                actions.show_counts(self._session, path)
            except CDCLError as error:
                self._complain(error)

    def _complain(self, error: Exception) -> None:
        self.words.setText(words_of(error))

    def _ask_cells(self) -> None:
        screen = self._session.screen
        if screen is not None:
            proposed = str(actions.cells_file(self._session) or actions.cells_beside(screen))
            path = ask_new_file(self, "Save the screen's cells", proposed, "Cells (*.parquet)")
            if path:
                self.asked.emit(path)

    def _ask_labels(self) -> None:
        self._ask("cell_labels.csv", "Tables (*.csv *.parquet)", self.save_labels)

    def _ask_ome(self) -> None:
        self._ask("cell_labels", "A new folder (*)", self.save_ome)

    def _ask(self, name: str, kinds: str, then: Callable[[Path], object]) -> None:
        screen = self._session.screen
        if screen is not None:
            proposed = str(free_path(folder_beside(screen), name))
            path = ask_new_file(self, "Save labels of cells", proposed, kinds)
            if path:
                then(path)


def _scratch_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="cdcl-", ignore_cleanup_errors=True)
