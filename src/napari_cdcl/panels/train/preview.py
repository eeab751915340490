"""Before training: views as the network will see them, and an estimate that was measured."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cdcl.config import write_config
from cdcl.errors import CDCLError, ScreenError
from cdcl.events import Advanced, Began
from napari_cdcl.models.preview_file import read_preview
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.jobs import Job
from napari_cdcl.runs.launch import IN_MEMORY, has_files
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen
    from napari_cdcl.models.preview_file import PreviewView

SIDE = 72
"""Pixels of a global view; four fit beside each other in the narrowest panel."""
MOST_LOCALS = 4
"""Local views of an image that are shown; the others are alike."""


class PreviewPart(QWidget):
    """Runs `cdcl preview` in a child and shows what it found.

    Parameters
    ----------
    wanted
        Gives config and screen, or None where there is nothing to preview.
    """

    def __init__(self, wanted: Callable[[], tuple[RunConfig, Screen] | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = wanted
        self._job: Job | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._make_controls()
        self._lay_out()
        self.button.clicked.connect(self._press)

    def _make_controls(self) -> None:
        self.button = QPushButton("Preview and estimate")
        self.button.setToolTip("Cut views of a few images and train a few steps that nobody keeps, to see and to time.")
        self.largest = QCheckBox("find the largest batch")
        self.largest.setToolTip("On a GPU: try batches until one does not fit; takes a few minutes.")
        self.progress = QProgressBar()
        self.progress.setMaximumHeight(6)
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.views = QWidget()
        self.grid = QGridLayout(self.views)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(2)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(flow(self.button, self.largest))
        layout.addWidget(self.progress)
        layout.addWidget(self.words)
        layout.addWidget(self.views)

    @property
    def running(self) -> bool:
        """Whether a child is at work."""
        return self._job is not None

    def _press(self) -> None:
        if self._job is not None:
            self._job.cancel()
            return
        wanted = self._wanted()
        if wanted is not None:
            try:
                self._start(*wanted)
            except CDCLError as error:
                self.words.setText(words_of(error))

    def _start(self, config: RunConfig, screen: Screen) -> None:
        if not has_files(screen):
            raise ScreenError(IN_MEMORY)
        self._folder = tempfile.TemporaryDirectory(prefix="cdcl-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        write_config(config, folder / "config.toml")
        from cdcl.screen.tables import write_screen  # brings pandas, and no panel waits for that

        write_screen(screen, folder / "screen.parquet")
        arguments = ["preview", str(folder / "config.toml"), "--screen", str(folder / "screen.parquet")]
        extra = ["--largest-batch"] if self.largest.isChecked() else []
        self._job = Job([*arguments, "-o", str(folder / "preview"), *extra], self)
        self._job.heard.connect(self._hear)
        self._job.finished.connect(self._end)
        self._job.start()
        self.button.setText("Cancel")
        self.words.setText("starting …")
        self.progress.setRange(0, 0)
        self.progress.show()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Began):
            self.words.setText(f"{'measuring a few steps' if event.task == 'train' else event.task} …")
            self.progress.setRange(0, event.total or 0)
        elif isinstance(event, Advanced):
            self.progress.setValue(event.done)

    def _end(self, well: bool, message: str) -> None:
        assert self._folder is not None
        self._job = None
        self.button.setText("Preview and estimate")
        self.progress.hide()
        if well:
            self.show_preview(Path(self._folder.name) / "preview")
        else:
            self.words.setText(message)
        self._folder.cleanup()
        self._folder = None

    def show_preview(self, folder: Path) -> None:
        """Show the thumbnails and the estimate of a folder that `cdcl preview` wrote."""
        try:
            found = read_preview(folder)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return
        self.words.setText(describe_estimate(found.estimate))
        self._clear()
        for row, anchor in enumerate(sorted({view.anchor for view in found.views})):
            self._show_row(row, [view for view in found.views if view.anchor == anchor])

    def _clear(self) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _show_row(self, row: int, views: list[PreviewView]) -> None:
        """Show the views of an image in a row: its own first, then its partner's; global ones first."""
        chosen = [view for view in views if view.kind == "global"]
        chosen += [view for view in views if view.kind == "local"][:: max(1, len(views) // (2 * MOST_LOCALS))]
        for column, view in enumerate(chosen[: 2 + MOST_LOCALS]):
            label = QLabel()
            side = SIDE if view.kind == "global" else SIDE * 2 // 3
            picture = QPixmap(str(view.picture))
            how = (Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
            label.setPixmap(picture.scaled(side, side, *how))
            place, whose = view.place, "the partner's" if view.partner else "its own"
            label.setToolTip(f"{view.kind} view, {whose} image\n" + "\n".join(f"{k}: {v}" for k, v in place.items()))
            label.setAccessibleName(f"{view.kind} view, {whose}")
            self.grid.addWidget(label, row * 2, column)
            words = [place.get("batch", ""), "partner" if view.partner else view.kind]
            caption = QLabel(" · ".join(filter(None, words)))
            caption.setStyleSheet("font-size: 9px;")
            self.grid.addWidget(caption, row * 2 + 1, column)
        title = QLabel(views[0].place.get("treatment", ""))
        title.setWordWrap(True)
        self.grid.addWidget(title, row * 2, len(chosen[: 2 + MOST_LOCALS]))
        self.grid.setColumnStretch(len(chosen[: 2 + MOST_LOCALS]) + 1, 1)


def describe_estimate(estimate: Mapping[str, Any]) -> str:
    """Say in words what a run will take."""
    seconds = estimate.get("seconds_per_step")
    words = [f"{estimate['images']:,} images, {estimate['steps']:,} steps of {estimate['batch_size']}"]
    if seconds:
        whole = seconds * estimate["steps"]
        words.append(f"{seconds:.2g} s a step on {estimate['device']} (measured now), {in_time(whole)} in all")
    words.append(f"{estimate['cache_bytes'] / 1e9:.2g} GB of disk for decoded pixels")
    if estimate.get("memory_bytes"):
        where = "of the GPU" if str(estimate["device"]).startswith("cuda") else "of the training's process"
        words.append(f"{estimate['memory_bytes'] / 1e9:.2g} GB of memory {where}")
    if estimate.get("largest_batch"):
        words.append(f"the largest batch that fits is {estimate['largest_batch']}")
    return "; ".join(words) + "."


def in_time(seconds: float) -> str:
    """Say a duration as one does: "40 s", "12 min", "3 h 20 min", "2.1 days"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86400:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min"
    return f"{seconds / 86400:.1f} days"
