"""The attention of all selected fields on one page, drawn by a child that can be cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cdcl.events import Advanced, Began
from napari_cdcl.panels.attention.picture_window import PictureWindow
from napari_cdcl.preferences import device_arguments
from napari_cdcl.processes.jobs import CANCELLED, Job
from napari_cdcl.ui.file_dialogs import ask_new_file
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.attention import Question
    from cdcl.events import Event
    from napari_cdcl.models.session import Session

TITLE = "Contact sheet of the selection…"
TIP = "Draw each selected field with its attention beneath, on one page (PNG)."
STEPS = {"attend": "looking at the fields"}
"""What tasks of the child do, where their name does not say it."""


class SheetPart(QWidget):
    """A button, a bar while the child is at work, and what came of it.

    Parameters
    ----------
    question
        Says what is looked at, as the panel has it now; a sheet shows the mean of the heads.
    """

    def __init__(self, session: Session, question: Callable[[], Question], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._question = session, question
        self._links = Links()
        self.job: Job | None = None
        self.window_shown: PictureWindow | None = None
        self.button = QPushButton(TITLE)
        self.button.setToolTip(TIP)
        self.bar = QProgressBar()
        self.bar.setToolTip("How many of the fields the network has looked at.")
        self.stopper = QPushButton("Cancel")
        self.stopper.setToolTip("End the child that draws the sheet; nothing is written.")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self._lay_out()
        self.button.clicked.connect(self._ask)
        self.stopper.clicked.connect(self.cancel)
        for signal in (session.run_changed, session.selection_changed):
            self._links.add(signal, self._offer)
        self._show_busy(busy=False)
        self._offer()

    def _lay_out(self) -> None:
        busy = QHBoxLayout()
        busy.addWidget(self.bar, 1)
        busy.addWidget(self.stopper)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button)
        layout.addLayout(busy)
        layout.addWidget(self.words)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The fields of the selection, as rows of the screen."""
        items = self._session.items
        rows = np.zeros(0, dtype=np.int64) if items is None else np.unique(items.rows[self._session.selection])
        return rows[rows >= 0]

    def draw(self, path: Path) -> None:
        """Start the child that writes the sheet."""
        run, rows = self._session.run, self.rows
        if run is None or not len(rows):
            self.words.setText("Select fields first: in the scatter, on the plate map, or in the viewer.")
            return
        chosen, question = thin_out(rows), self._question()
        kind = "rollout" if question.kind == "rollout" else "mean"
        where = f"rows={';'.join(map(str, chosen.tolist()))}"
        options = ["--where", where, "--kind", kind, "--block", str(question.block), "-o", str(path)]
        options += ["--fine"] if question.fine else []
        self._start(["attend", str(run.folder), *options, *device_arguments()], path, (len(chosen), len(rows)))

    def cancel(self) -> None:
        """Ask the child to end."""
        if self.job is not None:
            self.words.setText("stopping …")
            self.job.cancel()

    def _start(self, arguments: list[str], path: Path, counts: tuple[int, int]) -> None:
        self.job = Job(arguments, self)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(lambda well, reason: self._end(path, counts, reason if not well else ""))
        self.words.setText("loading the network …")
        self.bar.setRange(0, 0)
        self._show_busy(busy=True)
        self.job.start()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Began):
            self.words.setText(f"{STEPS.get(event.task, event.task)} …")
            self.bar.setRange(0, event.total or 0)
        elif isinstance(event, Advanced):
            self.bar.setValue(event.done)

    def _end(self, path: Path, counts: tuple[int, int], reason: str) -> None:
        self.job = None
        self._show_busy(busy=False)
        if reason:
            self.words.setText("Cancelled; no sheet was written." if reason == CANCELLED else reason)
            return
        shown, selected = counts
        of = "" if shown == selected else f" of the {selected:,} selected, evenly spread"
        self.words.setText(f"{shown} fields{of}, in {path}.")
        self.window_shown = PictureWindow(path, self.window())
        self.window_shown.show()

    def _offer(self, _changed: Any = None) -> None:
        num, run = len(self.rows), self._session.run
        self.button.setEnabled(run is not None and num > 0 and self.job is None)
        missing = "Open a run first. " if run is None else "" if num else "Select fields first. "
        self.button.setToolTip(f"{missing}{TIP}")

    def _show_busy(self, *, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.stopper.setVisible(busy)
        self._offer()

    def _ask(self) -> None:
        run = self._session.run
        if run is None:
            return
        start = str(run.folder / "attention-sheet.png")
        path = ask_new_file(self, "Save the contact sheet", start, "PNG (*.png)")
        if path:
            self.draw(path.with_suffix(".png"))


def thin_out(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose as many rows as a sheet can show, evenly spread over all of them."""
    from cdcl.report.contact_sheet import MOST_FIELDS  # brings matplotlib

    if len(rows) <= MOST_FIELDS:
        return rows
    chosen: NDArray[np.int64] = rows[np.linspace(0, len(rows) - 1, MOST_FIELDS).round().astype(int)]
    return chosen
