"""The attention of all selected fields on one page, drawn by a child that can be cancelled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_cdcl.panels.attention.picture_window import PictureWindow
from napari_cdcl.preferences import device_arguments
from napari_cdcl.ui.file_dialogs import ask_new_file
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.attention import Question
    from napari_cdcl.models.session import Session

TITLE = "Contact sheet of the selection…"
TIP = "Draw each selected field with its attention beneath, on one page (PNG)."


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
        self.window_shown: PictureWindow | None = None
        self.controls = JobControls(TITLE, TIP, done="", cancelled="Cancelled; no sheet was written.", parent=self)
        self.button, self.words = self.controls.button, self.controls.words
        self._lay_out()
        self.controls.wanted.connect(self._ask)
        self.controls.step_ended.connect(self._offer)
        for signal in (session.run_changed, session.selection_changed):
            self._links.add(signal, self._offer)
        self._offer()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.button, self.controls.progress, self.words):
            layout.addWidget(widget)

    @property
    def running(self) -> bool:
        """Whether a child is at work."""
        return self.controls.running

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
        arguments = ["attend", str(run.folder), *options, *device_arguments()]
        self.controls.start([arguments], partial(self._show, path, len(chosen), len(rows)))

    def cancel(self) -> None:
        """Ask the child to end."""
        self.controls.cancel()

    def _show(self, path: Path, shown: int, selected: int) -> None:
        of = "" if shown == selected else f" of the {selected:,} selected, evenly spread"
        self.controls.tell(f"{shown} fields{of}, in {path}.")
        self.window_shown = PictureWindow(path, self.window())
        self.window_shown.show()

    def _offer(self, _changed: Any = None) -> None:
        num, run = len(self.rows), self._session.run
        self.button.setEnabled(self.running or (run is not None and num > 0))
        if not self.running:
            missing = "Open a run first. " if run is None else "" if num else "Select fields first. "
            self.button.setToolTip(f"{missing}{TIP}")

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
