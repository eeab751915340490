"""The button that asks why two groups differ: `cdcl difference` in a child, its page in the browser."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_cdcl.ui.job_controls import JobControls

if TYPE_CHECKING:
    from napari_cdcl.models.session import Session

TIP = (
    "Show on one page how the selection differs from what is set aside (else from all the rest): real fields, or "
    "single cells, along the axis between them, what each channel contributes, where the network looks."
)
NAMES = ("selected", "the others")


class WhyDifferent(QWidget):
    """A button, a bar and a line of words."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._page = Path()
        self.controls = JobControls(
            "Why different?", TIP, done="The page is open in the browser.", cancelled="Cancelled.", parent=self
        )
        row = QHBoxLayout()
        row.addWidget(self.controls.button)
        row.addWidget(self.controls.progress, 1)
        row.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.controls.words)
        self.controls.words.hide()
        self.controls.wanted.connect(self._ask)

    def _ask(self) -> None:
        session = self._session
        items, one, run = session.items, session.selection, session.run
        if items is None or run is None:
            self.controls.tell("Open a run: its network says why fields differ.")
            return
        other = ~one if session.aside is None else session.aside & ~one
        cells = items.key == "cell"
        shown = items.rows >= 0
        if cells:  # rows of the run's cell profiles
            this, that = np.flatnonzero(one & shown), np.flatnonzero(other & shown)
        else:
            this, that = np.unique(items.rows[one & shown]), np.unique(items.rows[other & shown])
        if not len(this) or not len(that):
            self.controls.tell("Select something that is shown in fields, and leave something to compare with.")
            return
        if not cells and items.level == "cell":  # corrected ones: a field with cells of both is in neither
            this, that = np.setdiff1d(this, that), np.setdiff1d(that, this)
        self._folder = tempfile.TemporaryDirectory(prefix="cdcl-why-")
        words: list[Any] = ["difference", run.folder, *(["--level", "cell"] if cells else [])]
        for flag, name, rows in zip(("this", "that"), NAMES, (this, that), strict=True):
            place = Path(self._folder.name) / f"{flag}.txt"
            place.write_text("\n".join(map(str, rows.tolist())), encoding="utf-8")
            words += [f"--{flag}", place, f"--name-{flag}", name]
        self._page = run.folder / "differences" / "selection.html"
        self.controls.start([[*map(str, words), "-o", str(self._page)]], self._show)

    def _show(self) -> None:
        self.controls.tell(f"The page is {self._page}.")
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._page)))
