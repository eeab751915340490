"""Score profiles in a child: what, after which corrections, with which baselines; progress and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QWidget

from cdcl.errors import CDCLError
from cdcl.profiles import CORRECTIONS
from napari_cdcl.actions.scores import ALL, NONE, Scoring, can_correct, scorable, scoring_steps
from napari_cdcl.models.score_files import title_of_source
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.job_controls import JobControls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_cdcl.processes.jobs import Job

NOTHING = "Open a run (Screen panel), or add a run or a file of profiles with Add."
KEPT = "Cancelled. What was scored before is as it was."


class ScorePart(QWidget):
    """Runs `cdcl score`, and `cdcl correct` before it where one correction is asked for."""

    scored = Signal(object)
    """Path of the run or file that has other scores now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: list[Path] = []
        self._scoring: Path | None = None
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
        self.controls = JobControls(
            "Score",
            "Score in a process of its own; the table shows the result at once.",
            done="Scored.",
            cancelled=KEPT,
            parent=self,
        )
        self.button, self.progress, self.words = self.controls.button, self.controls.progress, self.controls.words

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
        self.controls.wanted.connect(self.score)
        self.controls.step_ended.connect(self._tell)

    @property
    def running(self) -> bool:
        """Whether a child is at work."""
        return self.controls.running

    @property
    def job(self) -> Job | None:
        """The child at work."""
        return self.controls.job

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
            steps = scoring_steps(wish)
        except CDCLError as error:
            self.words.setText(words_of(error))
            return
        self._scoring = source
        self.controls.start(steps)

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

    def _tell(self) -> None:
        if self._scoring is not None:
            self.scored.emit(self._scoring)


def _corrections() -> dict[str, str]:
    several = {NONE: "none", ALL: "none, and every one"}
    return several | {name: f"none, and {method.title}" for name, method in CORRECTIONS.items()}
