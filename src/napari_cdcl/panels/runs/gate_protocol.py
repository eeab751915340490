"""Which protocol new plates are held against: one of the recent ones, another folder, or a new one of the run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from napari_cdcl.actions.gate import free_place, protocol_steps
from napari_cdcl.models.window_words import words_of
from napari_cdcl.qt_settings import read_setting, write_setting
from napari_cdcl.ui.buttons import make_button
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_folder, ask_new_file
from napari_cdcl.ui.fold import Fold
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.recents import note_recent, recent_sources
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from cdcl.runs import Run

RECENT = "protocols/recent"
PLACE = "protocols/folder"
"""Where the last protocol was written: the next one is proposed beside it."""
NONE_YET = "No protocol yet: make one of a run, or open a folder that holds one."
NO_RUN = "Choose one run in the table above."


class GateProtocol(QWidget):
    """Chooses a protocol, or has a child make one."""

    chosen = Signal(object)
    """Path of the folder that the user chose or made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._make_controls()
        self._lay_out_making()
        self._lay_out()
        self._connect()
        self.set_run(None)
        self.show_recent()

    def _make_controls(self) -> None:
        self.recent = Chooser("The protocol that new plates are held against; the last ones are listed.")
        self.recent.setMinimumContentsLength(8)
        self.recent.setAccessibleName("protocol")
        self.opener = make_button("Open…", "Choose the folder of another protocol; or drop it here.")
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.correction = Chooser(
            "Fit this correction of plate effects to the run's profiles and freeze it: new plates are corrected by it."
        )
        self.correction.setMinimumContentsLength(14)
        self.focus = QCheckBox("judge focus")
        self.focus.setChecked(True)
        self.focus.setToolTip("Freeze how sharp fields are, too. That reads all pixels of the run's screen once.")
        self.making = JobControls(
            "Make protocol…",
            "Freeze the run's network, and what is usual on its plates, in a new folder.",
            done="",
            cancelled="Cancelled. No protocol was made.",
            parent=self,
        )
        self.making.words.hide()
        self.of = QLabel()
        self.of.setWordWrap(True)
        self._making_form = QWidget(self)
        self._making_form.hide()
        self.maker = Fold(
            "Make one of the chosen run", "A protocol freezes a run, to hold new plates against.", self._build
        )

    def _build(self) -> QWidget:
        from cdcl.profiles import CORRECTIONS  # pandas takes a moment to import

        self.correction.offer({"": "no correction"} | {name: method.title for name, method in CORRECTIONS.items()}, "")
        return self._making_form

    def _lay_out_making(self) -> None:
        """Lay the controls out before the fold is opened: Qt owns what has a place, and Python nothing of a window."""
        layout = QVBoxLayout(self._making_form)
        layout.setContentsMargins(12, 0, 0, 0)
        layout.addWidget(self.of)
        layout.addLayout(flow(self.correction, self.focus, self.making.button))
        layout.addWidget(self.making.progress)
        layout.addWidget(self.making.words)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(QLabel("protocol"))
        row.addWidget(self.recent, 1)
        row.addWidget(self.opener)
        layout.addLayout(row)
        layout.addWidget(self.about)
        layout.addWidget(self.maker)

    def _connect(self) -> None:
        self.recent.chosen.connect(lambda place: self.chosen.emit(Path(place)))
        self.opener.clicked.connect(self._ask)
        self.making.wanted.connect(self._ask_place)

    def set_run(self, run: Run | None) -> None:
        """Take the run that a protocol can be made of, or None."""
        self._run = run
        self.of.setText(NO_RUN if run is None else f"of the run <b>{run.folder.name}</b>")
        if not self.making.running:
            self.making.button.setEnabled(run is not None)

    def show_recent(self, folder: Path | None = None) -> None:
        """List the recent protocols, and this one, which is on display then, first."""
        if folder is not None:
            note_recent(folder, RECENT)
        places = recent_protocols()
        shown = "" if folder is None else str(folder.resolve())
        self.recent.offer({str(place): f"{place.name}  ({place.parent})" for place in places}, shown)
        self.recent.setToolTip(shown or "The protocol that new plates are held against; the last ones are listed.")
        if not places:
            self.about.setText(NONE_YET)

    def make(self, place: Path) -> None:
        """Have a child make a protocol of the run in a new folder, and choose it then."""
        if self._run is None:
            self.making.tell(NO_RUN)
            return
        try:
            steps = protocol_steps(self._run, place, self.correction.key, focus=self.focus.isChecked())
        except CDCLError as error:
            self.making.tell(words_of(error))
            return
        write_setting(PLACE, str(place.parent))
        self.making.start(steps, partial(self._made, place))

    def _made(self, place: Path) -> None:
        self.making.tell(f"The protocol is in {place}.")
        self.making.button.setEnabled(self._run is not None)
        self.chosen.emit(place)

    def _ask(self) -> None:
        folder = ask_folder(self, "Folder of a protocol")
        if folder:
            self.chosen.emit(folder)

    def _ask_place(self) -> None:
        if self._run is None:
            return
        kept = Path(str(read_setting(PLACE, "") or ""))
        place = ask_new_file(
            self, "A new folder for the protocol", free_place(self._run, kept if kept.name and kept.is_dir() else None)
        )
        if place:
            self.make(place)


def recent_protocols() -> list[Path]:
    """Give the protocols that were used last and are there still, the newest first."""
    return recent_sources(RECENT)
