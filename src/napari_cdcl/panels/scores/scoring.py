"""Score profiles in a child: what, after which corrections, with which baselines; progress and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from cdcl.errors import CDCLError
from cdcl.events import Advanced, Began, Said, Warned
from cdcl.profiles import CORRECTIONS
from napari_cdcl.actions.scores import ALL, NONE, Scoring, can_correct, scorable, scoring_steps
from napari_cdcl.models.score_files import title_of_source
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.jobs import CANCELLED, Job
from napari_cdcl.ui.choosers import Chooser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.events import Event

NOTHING = "Open a run (Screen panel), or add a run or a file of profiles with Add."
KEPT = "Cancelled. What was scored before is as it was."


class ScorePart(QWidget):
    """Runs `cdcl score`, and `cdcl correct` before it where one correction is asked for."""

    scored = Signal(object)
    """Path of the run or file that has other scores now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: list[Path] = []
        self._steps: list[list[str]] = []
        self._scoring: Path | None = None
        self._warnings: list[str] = []
        self._stage = ""
        self.job: Job | None = None
        self._make_controls()
        self._lay_out()
        self._connect()
        self.offer([])

    def _make_controls(self) -> None:
        self.source = Chooser("The run, or file of profiles, that is scored.")
        self.profiles = Chooser("Which of its profiles. Wells and treatments are made of fields, and scored with them.")
        self.correction = Chooser(
            "Score after a correction of plate and batch effects too. One: its profiles are kept, to explore them. "
            "All: ten columns side by side, which takes ten times as long."
        )
        self.correction.offer(_corrections())
        self.correction.show_key(NONE)
        self.baselines = QCheckBox("baselines")
        self.baselines.setChecked(True)
        self.baselines.setToolTip(
            "Score noise, the layout and, where the images are at hand, intensities and an untrained network beside. "
            "A score that they reach too is no evidence."
        )
        self.button = QPushButton("Score")
        self.button.setToolTip("Score in a process of its own; the table shows the result at once.")
        self.progress = QProgressBar()
        self.progress.setToolTip("How many scores of this stage are done.")
        self.progress.hide()
        self.words = QLabel()
        self.words.setWordWrap(True)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(4, 0, 4, 4)
        form.addRow("of", self.source)
        form.addRow("profiles", self.profiles)
        form.addRow("correction", self.correction)
        last = QHBoxLayout()
        last.addWidget(self.baselines)
        last.addWidget(self.button, 1)
        form.addRow(last)
        form.addRow(self.progress)
        form.addRow(self.words)

    def _connect(self) -> None:
        self.source.chosen.connect(self._on_source)
        self.profiles.chosen.connect(self._on_profiles)
        self.button.clicked.connect(self._press)

    @property
    def running(self) -> bool:
        """Whether a child is at work."""
        return self.job is not None

    def offer(self, sources: Sequence[Path]) -> None:
        """Offer runs and files to score; what was chosen stays chosen."""
        key = self.source.key
        self._sources = list(sources)
        titles = {str(source): title_of_source(source) for source in sources}
        self.source.offer(titles, key if key in titles else next(iter(titles), ""))
        self._on_source(self.source.key)

    def choose(self, source: Path) -> None:
        """Choose what is scored."""
        self.source.show_key(str(source))
        self._on_source(str(source))

    def score(self) -> None:
        """Start, with what is chosen."""
        source = self._source()
        if source is None or self.job is not None:
            return
        wish = Scoring(source, self.profiles.key, self.correction.key or NONE, self.baselines.isChecked())
        try:
            self._steps = scoring_steps(wish)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return
        self._scoring, self._warnings = source, []
        self._next()

    def _source(self) -> Path | None:
        return next((source for source in self._sources if str(source) == self.source.key), None)

    def _on_source(self, _key: str) -> None:
        source = self._source()
        titles = {} if source is None else scorable(source)
        key = self.profiles.key
        self.profiles.offer(titles, key if key in titles else next(iter(titles), ""))
        self._on_profiles(self.profiles.key)
        if self.job is None:
            self.button.setEnabled(source is not None)
            self.words.setText(NOTHING if source is None else "")

    def _on_profiles(self, key: str) -> None:
        source = self._source()
        self.correction.setEnabled(source is not None and can_correct(source, key))
        if not self.correction.isEnabled():
            self.correction.show_key(NONE)

    def _next(self) -> None:
        self._stage = ""
        self.job = Job(self._steps.pop(0), self)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(self._end)
        self.job.start()
        self.button.setText("Cancel")
        self.progress.setRange(0, 0)
        self.progress.show()
        self.words.setText("starting …")

    def _hear(self, event: Event) -> None:
        if isinstance(event, Began):
            self.progress.setRange(0, event.total or 0)
            self.words.setText(self._stage or f"{event.task} …")
        elif isinstance(event, Advanced):
            self.progress.setValue(event.done)
            self.words.setText(": ".join(filter(None, [self._stage, event.note])))
        elif isinstance(event, Said):
            self._stage = event.message
            self.words.setText(event.message)
        elif isinstance(event, Warned):
            self._warnings.append(event.message)

    def _end(self, well: bool, message: str) -> None:
        self.job = None
        if well and self._steps:
            self._tell()
            self._next()
            return
        self.button.setText("Score")
        self.progress.hide()
        done = "\n".join(["Scored.", *(f"⚠ {warning}" for warning in dict.fromkeys(self._warnings))])
        self.words.setText(done if well else KEPT if message == CANCELLED else message)
        self._tell()

    def _tell(self) -> None:
        if self._scoring is not None:
            self.scored.emit(self._scoring)

    def _press(self) -> None:
        if self.job is not None:
            self.job.cancel()
        else:
            self.score()


def _corrections() -> dict[str, str]:
    several = {NONE: "none", ALL: "none, and every one"}
    return several | {name: f"none, and {method.title}" for name, method in CORRECTIONS.items()}
