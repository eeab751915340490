"""Watch a training: how far, how fast, its curves, what it says; stop it, go on, longer, or from another checkpoint."""

from __future__ import annotations

from functools import partial
from math import isfinite
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QInputDialog,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.config import load_config
from cdcl.errors import CDCLError
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.train.elsewhere import may_train_here
from napari_cdcl.panels.train.preview import in_time
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.cluster import take_over
from napari_cdcl.runs.launch import branch_plan, check_name, free_name, go_on_plan, resume_plan
from napari_cdcl.runs.snapshot_texts import describe_sample
from napari_cdcl.runs.snapshots import read_snapshot
from napari_cdcl.ui.curves import Curves
from napari_cdcl.ui.unsaved import may_go
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from cdcl.runs import Run
    from napari_cdcl.models.session import Session
    from napari_cdcl.runs.run_watch import Glance
    from napari_cdcl.runs.snapshots import Snapshot
    from napari_cdcl.runs.training_queue import Plan, Training, TrainingQueue

NOTHING = "Nothing trains. Set a training up, or choose a run in the Runs panel to watch it."
STATUS = {
    "submitted": "submitted; its job has not begun",
    "running": "training",
    "done": "done",
    "stopped": "stopped, ready to go on",
    "failed": "failed",
    "crashed": "crashed",
}
SILENT = 120.0
"""Seconds without a word after which a training that is said to run deserves a remark."""
LINES = 8
"""What fits without pushing the curves out of a laptop's window; the rest is in the log."""


class WatchPart(QWidget):
    """Shows the training that the window follows."""

    def __init__(self, session: Session, trainings: TrainingQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._trainings = session, trainings
        self._worker = BackgroundWorker(self)
        self._training: Training | None = None
        self._glance: Glance | None = None
        self._snapshot: Snapshot | None = None
        self._stopping = False
        self._make_controls()
        self._lay_out()
        self._connect()
        self._follow()

    def _make_controls(self) -> None:
        self.title, self.waiting, self.notes, self.sample = QLabel(NOTHING), QLabel(), QLabel(), QLabel()
        for label in (self.title, self.waiting, self.notes, self.sample):
            label.setWordWrap(True)
        self.withdrawers: list[QPushButton] = []
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = QProgressBar()
        self.speed = QLabel()
        self.speed.setWordWrap(True)
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("End it at its next step with a checkpoint. It frees the GPU, and can go on exactly.")
        self.go_on = QPushButton("Go on")
        self.go_on.setToolTip(
            "Go on from the newest checkpoint, as if it had not stopped; or follow the cluster again."
        )
        self.longer = QPushButton("Longer…")
        self.longer.setToolTip("Train more steps than were asked for; the learning rate follows the longer schedule.")
        self.branch = QPushButton("Branch…")
        self.branch.setToolTip("Begin a new run at a checkpoint of this one.")
        self.branches = QMenu(self.branch)
        self.branch.setMenu(self.branches)
        self.end_now = QPushButton("End now")
        self.end_now.setToolTip("If it does not stop: end its process. What it did since its last checkpoint is lost.")
        self.sampled = QCheckBox("show the sample in the scatter")
        self.sampled.setToolTip(
            "While it trains, a fixed sample of fields is embedded now and then: batches mix, treatments part."
        )
        self.curves = Curves()

    def _lay_out(self) -> None:
        buttons = flow(self.stop, self.go_on, self.longer, self.branch, self.end_now)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.progress, self.speed):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        layout.addWidget(self.sampled)
        layout.addWidget(self.sample)
        layout.addWidget(self.curves, 1)
        layout.addWidget(self.notes)
        layout.addWidget(self.waiting)

    def _connect(self) -> None:
        self._trainings.changed.connect(self._follow)
        self._trainings.told.connect(self._say)
        self.stop.clicked.connect(self._stop)
        self.end_now.clicked.connect(self._end)
        self.go_on.clicked.connect(self._resume)
        self.longer.clicked.connect(self._ask_longer)
        self.branches.aboutToShow.connect(self._offer_branches)
        self.sampled.toggled.connect(lambda _on: self._show_snapshot(again=True))

    @property
    def run(self) -> Run | None:
        """The run on display."""
        return self._training.run if self._training is not None else None

    def _follow(self) -> None:
        """Show the training that is followed now, and what waits."""
        names = [plan.folder.name for plan in self._trainings.waiting]
        self.waiting.setText(f"waiting: {', '.join(names)}" if names else "")
        self.waiting.setVisible(bool(names))
        self._offer_withdrawal()
        training = self._trainings.current
        if training is not self._training:
            if self._training is None or training is None or training.run != self._training.run:
                self._snapshot = None
            self._training, self._stopping = training, False
            if training is not None:
                training.looked.connect(self._show)
        if training is None:
            self._rest()
        else:
            self._show(training.glance)

    def _offer_withdrawal(self) -> None:
        """A button for each training that waits."""
        for button in self.withdrawers:
            button.hide()
            button.deleteLater()
        self.withdrawers = []
        layout = self.layout()
        assert layout is not None
        for plan in self._trainings.waiting:
            button = QPushButton(f"Take back {plan.folder.name}")
            button.setToolTip("Take it off the list: it is not started. Its settings stay in Set up.")
            button.clicked.connect(partial(self._withdraw, plan))
            layout.addWidget(button)
            self.withdrawers.append(button)

    def _withdraw(self, plan: Plan, _checked: bool = False) -> None:
        self._trainings.withdraw(plan)
        self._say(f"{plan.folder.name} is taken back; it was not started.")

    def _rest(self) -> None:
        for widget in (self.progress, self.speed, self.sample):
            widget.hide()
        for button in (self.stop, self.go_on, self.longer, self.branch, self.end_now):
            button.hide()

    def _show(self, glance: Glance) -> None:
        # All at once: beside an OpenGL canvas each repaint has the whole window put together anew.
        self.setUpdatesEnabled(False)
        try:
            self._show_parts(glance)
        finally:
            self.setUpdatesEnabled(True)

    def _show_parts(self, glance: Glance) -> None:
        training = self._training
        if training is None:
            return
        self._glance = glance
        status = "stopping …" if self._stopping and glance.live else STATUS[glance.status]
        reason = f": {glance.reason}" if glance.reason and glance.status not in ("done", "stopped") else ""
        self.title.setText(f"<b>{training.run.folder.name}</b> {status}{reason}")
        self.title.setToolTip(str(training.run.folder))
        self._show_progress(glance)
        self._show_buttons(glance)
        self.curves.show_curves(glance.curves)
        self.sample.setText(describe_sample(glance))
        self.sample.setVisible(bool(self.sample.text()))
        self.notes.setText("<br>".join(_write_note(note.text, note.warning) for note in glance.notes[-LINES:]))
        self._show_snapshot()

    def _show_progress(self, glance: Glance) -> None:
        self.progress.setVisible(glance.live)
        self.progress.setRange(0, glance.total)
        self.progress.setValue(glance.done)
        self.progress.setFormat(f"{glance.task} %v of %m" if glance.total else f"{glance.task} %v")
        self.speed.setText(describe_speed(glance))
        self.speed.show()

    def _show_buttons(self, glance: Glance) -> None:
        live, steps = glance.live, glance.checkpoints
        self.stop.setVisible(live)
        self.stop.setEnabled(not self._stopping)
        self.end_now.setVisible(live and self._stopping and bool(self._training and self._training.own))
        self.go_on.setVisible(not live and glance.status != "done")
        fits, parts = glance.fitting_batch, glance.fitting_micro_batch
        words = f"Go on, {parts} images at a time" if parts else f"Go on with batches of {fits}" if fits else "Go on"
        self.go_on.setText(words)
        self.longer.setVisible(not live and bool(steps))
        self.branch.setVisible(bool(steps))

    def _stop(self) -> None:
        if self._training is not None:
            self._stopping = True
            self._training.stop()
            self._show(self._training.glance)

    def _end(self) -> None:
        if self._training is not None:
            self._training.end_now()

    def _resume(self) -> None:
        if self._training is not None:
            glance = self._training.glance
            fitting = {"batch_size": glance.fitting_batch, "micro_batch": glance.fitting_micro_batch}
            settings = [f"{name}={value}" for name, value in fitting.items() if value]
            self._trainings.submit(go_on_plan(self._training.run, *settings))

    def _ask_longer(self) -> None:
        if self._training is None:
            return
        run = self._training.run
        then = "From then on it is a run of this machine, and Go on no longer follows the cluster."
        if not may_train_here(run, "Longer, it", then, self):
            return
        try:
            config = load_config(str(run.config))
        except CDCLError as error:
            self._say(words_of(error))
            return
        unit, now = ("steps", config.steps) if config.steps is not None else ("epochs", config.epochs)
        wanted, well = QInputDialog.getInt(
            self, "Train longer", f"{unit} in all:", 2 * (now or 1), (now or 0) + 1, 10**9
        )
        if well:
            self._train_longer(run, f"{unit}={wanted}")

    def _train_longer(self, run: Run, setting: str) -> None:
        try:
            take_over(run)
        except CDCLError as error:
            self._say(words_of(error))
            return
        self._trainings.submit(resume_plan(run, setting))

    def _offer_branches(self) -> None:
        self.branches.clear()
        if self._training is None:
            return
        for step in reversed(self._training.glance.checkpoints):
            self.branches.addAction(f"from step {step:,} …", partial(self._ask_branch, step))

    def _ask_branch(self, step: int) -> None:
        """Ask for a name and settings that differ, such as a learning rate."""
        assert self._training is not None
        run = self._training.run
        then = f"{run.folder.name} itself stays as it is."
        if not may_train_here(run, "The branch", then, self):
            return
        name, well = QInputDialog.getText(
            self, "Branch", "Name of the new run; then settings that differ, such as: lower-lr optimizer.lr=1e-4",
            text=free_name(run.folder.parent, f"{run.folder.name}-from-{step}"),
        )  # fmt: skip
        words = name.split()
        if not well or not words:
            return
        try:
            place = check_name(run.folder.parent, words[0])
        except CDCLError as error:
            self._say(words_of(error))
            return
        self._trainings.submit(branch_plan(run, step, place, *words[1:]))

    def _say(self, text: str) -> None:
        self._session.told.emit(text)

    def _show_snapshot(self, *, again: bool = False) -> None:
        """Read the newest snapshot in a thread, if there is a newer one."""
        run = self.run
        if run is None or self._glance is None or self._worker.busy:
            return
        if again and self._snapshot is not None and self._snapshot.run == run:
            self._take_snapshot(self._snapshot)
        last = self._snapshot.step if self._snapshot is not None and self._snapshot.run == run else -1
        newer = [step for step in self._glance.snapshots if step > last]
        if newer:
            self._worker.run(partial(read_snapshot, run, newer[0], self._snapshot), self._take_snapshot)

    def _take_snapshot(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.run != self.run:
            return
        self._snapshot = snapshot
        if self.sampled.isChecked():
            self._explore(snapshot)

    def _explore(self, snapshot: Snapshot) -> None:
        """Show the sample in the scatter; if it is there already, only move its points."""
        session, items = self._session, snapshot.to_items(self._session.screen)
        shown = session.items
        if shown is not None and shown.title.startswith(_sample_of(snapshot.run)) and len(shown) == len(items):
            session.extend_items(points=items.points)
        elif may_go(session, self):
            session.items = items
        else:
            self.sampled.setChecked(False)


def describe_speed(glance: Glance) -> str:
    """Say how fast it goes, how much of that is waiting for data, and how long it will take."""
    words: list[str] = []
    if glance.live and isfinite(glance.rate):
        words.append(f"{glance.rate:.3g} {glance.unit}s a second")
    if isfinite(images := glance.last("images_per_second")):
        words.append(f"{images:.0f} images a second")
    if isfinite(wait := glance.last("data_wait")):
        words.append(f"{wait:.0%} of the time waiting for data")
    if glance.live and isfinite(glance.left):
        words.append(f"{in_time(glance.left)} left")
    if glance.live and glance.silence > SILENT:
        words.append(f"no news for {in_time(glance.silence)}: the machine slept, or a step takes long")
    return " · ".join(words)


def _sample_of(run: Run) -> str:
    return f"sample of {run.folder.name}, "


def _write_note(text: str, warning: bool) -> str:
    from html import escape

    return f"<span style='color:#e9a23b'>⚠ {escape(text)}</span>" if warning else escape(text)
