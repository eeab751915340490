"""Where a run goes, what computes it, and the buttons that start it or take it elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.train.readiness import HINT
from napari_cdcl.panels.train.submit_button import SubmitButton
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.runs.devices import device_choices, list_gpus, split_device
from napari_cdcl.runs.folders import remember_runs_folder, runs_folder
from napari_cdcl.runs.launch import check_name, free_name, write_plan
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_folder, ask_new_file
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session
    from napari_cdcl.runs.training_queue import Plan, TrainingQueue


class StartPart(QWidget):
    """Makes a `Plan` of the settings and hands it to the window's trainings.

    Parameters
    ----------
    trainings
        What starts the run and follows it.
    settings
        Gives the config as it stands; None while one of them is wrong.
    """

    def __init__(
        self,
        session: Session,
        trainings: TrainingQueue,
        settings: Callable[[], RunConfig | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._trainings, self._settings = session, trainings, settings
        self._worker = BackgroundWorker(self)
        self._job: Job | None = None
        self._make_controls()
        self._make_buttons()
        self._lay_out()
        self.folder_button.clicked.connect(self._ask_folder)
        self.folder.editingFinished.connect(self._on_folder)
        self.start.clicked.connect(self.start_training)
        self.copy.clicked.connect(self.copy_command)
        self.slurm.clicked.connect(self._ask_slurm)
        self.submit.told.connect(self.message.setText)

    def _make_controls(self) -> None:
        self.folder = QLineEdit(str(runs_folder()))
        self.folder.setToolTip("Where runs are kept, each in a folder of its own.")
        self.folder_button = QToolButton()
        self.folder_button.setText("…")
        self.folder_button.setToolTip("Choose the folder of runs.")
        self.name = QLineEdit()
        self.name.setToolTip("The folder of this run; everything about it will be in there.")
        self.device = Chooser("What computes. Several GPUs are driven by torchrun.")
        self.device.offer(device_choices([]), "auto")
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _make_buttons(self) -> None:
        self.start = QPushButton("Start training")
        self.start.setToolTip("Start it in a process of its own: the window stays free, and may be closed.")
        self.copy = QPushButton("Copy as command")
        self.copy.setToolTip("Write config and screen beside the run, and copy the command that does the same.")
        self.slurm = QPushButton("Save as SLURM job…")
        self.slurm.setToolTip("Write a file for sbatch that calls torchrun, stops before its time is up, and resumes.")
        self.submit = SubmitButton(self.make_plan, self._trainings)

    def _lay_out(self) -> None:
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(self.folder_button)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("folder", place)
        form.addRow("run", self.name)
        form.addRow("device", self.device)
        form.addRow(flow(self.start, self.copy, self.slurm, self.submit))
        form.addRow(self.message)

    def look_for_gpus(self, tell: Callable[[list[str]], None]) -> None:
        """Offer the GPUs of this machine once they are found, and tell of them."""

        def offer(gpus: list[str]) -> None:
            self.device.offer(device_choices(gpus), "auto")
            tell(gpus)

        self._worker.run(list_gpus, offer)

    def propose_name(self) -> None:
        """Name the next run after its recipe, as no run in the folder is named."""
        config = self._settings()
        self.name.setText(free_name(Path(self.folder.text()), config.recipe if config else ""))

    def wanted(self) -> tuple[RunConfig, Screen] | None:
        """Give what would be trained, and on which screen; None where either is missing."""
        config, screen = self._settings(), self._session.screen
        if config is None or screen is None:
            return None
        device, _ = split_device(self.device.key)
        return config.model_copy(update={"device": device or "auto"}), screen

    def make_plan(self) -> Plan | None:
        """Write what a training needs and give its plan; None where something is missing, which is said."""
        wanted = self.wanted()
        if wanted is None:
            self.message.setText(HINT if self._settings() is not None else "A setting is wrong; mend it first.")
            return None
        try:
            place = check_name(Path(self.folder.text()).expanduser(), self.name.text())
            return write_plan(*wanted, place, split_device(self.device.key)[1], actions.cells_file(self._session))
        except CDCLError as error:
            self.message.setText(words_of(error))
            return None

    def start_training(self) -> None:
        """Start what was set up, or let it wait until the training at work has ended."""
        plan = self.make_plan()
        if plan is not None:
            self._trainings.submit(plan)
            self.propose_name()
            self.message.setText(f"{plan.folder.name}: see Watch.")

    def copy_command(self) -> None:
        """Copy the command that does the same in a terminal."""
        plan = self.make_plan()
        clipboard = QGuiApplication.clipboard()
        if plan is not None and clipboard is not None:
            clipboard.setText(plan.in_words())
            self.message.setText(f"Copied: {plan.in_words()}")

    def save_slurm(self, path: Path) -> None:
        """Write an sbatch file that trains what was set up; the trainer itself writes it."""
        plan = self.make_plan()
        if plan is None:
            return
        # The device chosen here is this machine's; over there it is a GPU where there is one.
        job = ["--device", "auto", "--sbatch", str(path), "--gpus", str(max(1, plan.processes))]
        self._run(["train", *plan.arguments, *job], f"Submit it: sbatch {path}")

    def simulate_into(self, folder: Path) -> None:
        """Write a simulated screen to a folder."""
        self.message.setText("simulating …")
        self._run(["simulate", "-o", str(folder)], f"Written. Open it with the Screen panel: {folder}")

    def _run(self, arguments: list[str], done: str) -> None:
        self._job = Job(arguments, self)
        self._job.finished.connect(lambda well, reason: self.message.setText(done if well else reason))
        self._job.start()

    def _ask_slurm(self) -> None:
        name = f"{self.name.text() or 'job'}.sbatch"
        path = ask_new_file(self, "Save as SLURM job", str(Path(self.folder.text()) / name))
        if path:
            self.save_slurm(path)

    def _ask_folder(self) -> None:
        folder = ask_folder(self, "Folder of runs", self.folder.text())
        if folder:
            self.folder.setText(str(folder))
            self._on_folder()

    def _on_folder(self) -> None:
        remember_runs_folder(self.folder.text())
        self.propose_name()
