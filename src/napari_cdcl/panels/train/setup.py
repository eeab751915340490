"""Set a training up: recipe, pairing, settings, preview, name and device; then start it, or take it elsewhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from cdcl.screen.natural import natural
from napari_cdcl import actions
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.train.form import ConfigForm
from napari_cdcl.panels.train.guide_words import look_at_guides
from napari_cdcl.panels.train.pairing_picture import Pairing, PairingPicture
from napari_cdcl.panels.train.preview import PreviewPart
from napari_cdcl.panels.train.readiness import HINT, WaitingButtons, reason_against
from napari_cdcl.panels.train.recipe_chooser import DEFAULT, RecipeChooser
from napari_cdcl.panels.train.submit_button import SubmitButton
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.runs.devices import device_choices, list_gpus, split_device
from napari_cdcl.runs.folders import remember_runs_folder, runs_folder
from napari_cdcl.runs.launch import IN_MEMORY, check_name, free_name, has_files, write_plan
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.file_dialogs import ask_folder, ask_new_file
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.train.guide_words import Finding
    from napari_cdcl.runs.training_queue import Plan, TrainingQueue

MOST_OFFERED = 60
"""Names in a menu; with more groups, typing is quicker."""
WARN = "color: #e9a23b;"


class SetupPart(QWidget):
    """Makes a `Plan` of what the user chose and hands it to the window's trainings."""

    def __init__(self, session: Session, trainings: TrainingQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._trainings = session, trainings
        self._worker = BackgroundWorker(self)
        self._links = Links()
        self._job: Job | None = None
        self._counted: tuple[Any, Any] = (None, None)
        self._findings: list[Finding] = []
        self._make_controls()
        self._lay_out()
        self._connect()
        self.recipes.choose(DEFAULT)
        self._on_screen()
        self._worker.run(list_gpus, self._offer_devices)

    def _make_controls(self) -> None:
        self.recipes = RecipeChooser()
        self.screen_line = QLabel(HINT)
        self.screen_line.setWordWrap(True)
        self.simulate = QPushButton("Write a simulated screen to a folder…")
        tip = "Small fields in 6 batches, with known treatments and batch effects, to try things on."
        self.simulate.setToolTip(tip)
        self.pairing_words, self.doubts = QLabel(), QLabel()
        self.picture = PairingPicture()
        self.doubts.setStyleSheet(WARN)
        for label in (self.pairing_words, self.doubts):
            label.setWordWrap(True)
        self.form = ConfigForm()
        self.preview = PreviewPart(self._wanted)
        self.folder = QLineEdit(str(runs_folder()))
        self.folder.setToolTip("Where runs are kept, each in a folder of its own.")
        self.folder_button = QToolButton()
        self.folder_button.setText("…")
        self.folder_button.setToolTip("Choose the folder of runs.")
        self.name = QLineEdit()
        self.name.setToolTip("The folder of this run; everything about it will be in there.")
        self.device = Chooser("What computes. Several GPUs are driven by torchrun.")
        self.device.offer(device_choices([]), "auto")
        self.start = QPushButton("Start training")
        self.start.setToolTip("Start it in a process of its own: the window stays free, and may be closed.")
        self.copy = QPushButton("Copy as command")
        self.copy.setToolTip("Write config and screen beside the run, and copy the command that does the same.")
        self.slurm = QPushButton("Save as SLURM job…")
        self.slurm.setToolTip("Write a file for sbatch that calls torchrun, stops before its time is up, and resumes.")
        self.submit = SubmitButton(self.make_plan, self._trainings)
        self._waiting = WaitingButtons(self.start, self.copy, self.slurm, self.submit, self.preview.button)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _lay_out(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        for title, widgets in (
            ("Recipe", (self.recipes,)),
            ("Pairing on this screen", (self.pairing_words, self.picture, self.doubts)),
            ("Settings", (self.form,)),
            ("Preview", (self.preview,)),
        ):
            layout.addWidget(_box(title, widgets))
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.screen_line)
        outer.addWidget(self.simulate)
        outer.addWidget(scroll, 1)
        outer.addLayout(self._lay_out_start())

    def _lay_out_start(self) -> QFormLayout:
        place, buttons = QHBoxLayout(), flow(self.start, self.copy, self.slurm, self.submit)
        place.addWidget(self.folder, 1)
        place.addWidget(self.folder_button)
        form = QFormLayout()
        form.addRow("folder", place)
        form.addRow("run", self.name)
        form.addRow("device", self.device)
        form.addRow(buttons)
        form.addRow(self.message)
        return form

    def _connect(self) -> None:
        self._links.add(self._session.screen_changed, self._on_screen)
        self._links.add(self._session.screen_relabelled, self._on_screen)
        self.recipes.chosen.connect(self._on_recipe)
        self.form.changed.connect(self._on_form)
        self.folder_button.clicked.connect(self._ask_folder)
        self.folder.editingFinished.connect(self._on_folder)
        self.simulate.clicked.connect(self._ask_simulate)
        self.start.clicked.connect(self.start_training)
        self.copy.clicked.connect(self.copy_command)
        self.slurm.clicked.connect(self._ask_slurm)
        self.submit.told.connect(self.message.setText)
        self._pairing_timer = QTimer(self)
        self._pairing_timer.setInterval(200)
        self._pairing_timer.setSingleShot(True)
        self._pairing_timer.timeout.connect(self._count)

    def _on_recipe(self, config: RunConfig) -> None:
        self.form.set_config(config)
        self._offer_groups()
        self.name.setText(free_name(Path(self.folder.text()), config.recipe))

    def _on_form(self) -> None:
        guides = self.form.config.guides if self.form.config is not None else ()
        if len(guides) != len(self._findings):
            self._findings = []  # they are of other guides
        reason = self._show_readiness()
        # A screen that is missing is said above; a setting that is wrong, beside the buttons.
        self.message.setText(reason if self.form.problems or self._findings else "")
        self._pairing_timer.start()

    def _show_readiness(self) -> str:
        """Let the buttons go, or say why not."""
        reason = reason_against(self.form, self._session.screen, self._findings)
        self._waiting.say(reason, at_work=self.preview.button if self.preview.running else None)
        return reason

    def _on_screen(self, _screen: Any = None) -> None:
        screen = self._session.screen
        if screen is None:
            self.screen_line.setText(HINT)
        elif not has_files(screen):
            self.screen_line.setText(IN_MEMORY)
        else:
            name = screen.folder.resolve().name or str(screen.folder)
            self.screen_line.setText(
                f"Screen <b>{name}</b>: {counted(len(screen), 'fields')}, {', '.join(screen.channels)}"
            )
        self.simulate.setVisible(screen is None or not has_files(screen))
        self._offer_groups()
        self._on_form()

    def _offer_groups(self) -> None:
        """Offer the batches, or whatever is held out as a whole, by their names on this screen."""
        screen, config = self._session.screen, self.form.config
        by = config.split.by if config is not None else "batch"
        known = screen is not None and by in screen.sites
        found = sorted({str(name) for name in screen.sites[by].dropna().unique()}, key=natural) if known else []  # type: ignore[union-attr]
        for name in ("split.test", "split.validation"):
            self.form.offer(name, [one for one in found if one][:MOST_OFFERED])
        self.form.offer("guides", colour_columns(screen.sites) if screen is not None else ())

    def _count(self) -> None:
        """Count partners, unless neither screen nor what decides on partners has changed."""
        config, screen = self.form.config, self._session.screen
        if config is not None and screen is not None:
            self._look_at_guides(screen, config)
        if config is None and screen is not None:
            return  # what was counted last stays until the settings are right again
        if config is None or screen is None:
            self._counted = (None, None)
            self._show_pairing(None)
            return
        asked = (screen, (config.pairing, config.split))
        if self._counted[0] is asked[0] and self._counted[1] == asked[1]:
            return
        self._counted = asked
        self._worker.run(partial(Pairing.of, screen, config), lambda found: self._show_if_asked(asked, found))

    def _look_at_guides(self, screen: Screen, config: RunConfig) -> None:
        """Say of each guide what the screen has of its column."""
        if config.guides and self.form.guides is not None:
            self._worker.run(partial(look_at_guides, screen, config), lambda found: self._tell_guides(config, found))

    def _tell_guides(self, config: RunConfig, findings: list[Finding]) -> None:
        now = self.form.config
        if self.form.guides is not None and now is not None and now.guides == config.guides:
            self.form.guides.tell(findings)
            before, self._findings = reason_against(self.form, self._session.screen, self._findings), findings
            reason = self._show_readiness()
            if reason or self.message.text() == before:
                self.message.setText(reason)

    def _show_if_asked(self, asked: tuple[Any, Any], pairing: Pairing) -> None:
        if self._counted is asked:
            self._show_pairing(pairing)

    def _show_pairing(self, pairing: Pairing | None) -> None:
        self.picture.show_pairing(pairing)
        self.pairing_words.setText("" if pairing is None else pairing.in_words())
        self.doubts.setText("" if pairing is None else "\n".join(f"⚠ {doubt}" for doubt in pairing.doubts))
        self.doubts.setVisible(bool(self.doubts.text()))

    def _offer_devices(self, gpus: list[str]) -> None:
        self.device.offer(device_choices(gpus), "auto")
        self.preview.largest.setVisible(bool(gpus))

    def _wanted(self) -> tuple[RunConfig, Screen] | None:
        config, screen = self._config(), self._session.screen
        return None if config is None or screen is None else (config, screen)

    def _config(self) -> RunConfig | None:
        config = self.form.config
        device, _ = split_device(self.device.key)
        return None if config is None else config.model_copy(update={"device": device or "auto"})

    def make_plan(self) -> Plan | None:
        """Write what a training needs and give its plan; None where something is missing, which is said."""
        wanted = self._wanted()
        if wanted is None:
            self.message.setText(HINT if self.form.config is not None else "A setting is wrong; mend it first.")
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
            config = self.form.config
            self.name.setText(free_name(plan.folder.parent, config.recipe if config else ""))
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
        config = self.form.config
        self.name.setText(free_name(Path(self.folder.text()), config.recipe if config else ""))

    def _ask_simulate(self) -> None:
        folder = ask_folder(self, "An empty folder for the simulated screen")
        if folder:
            self.message.setText("simulating …")
            self._run(["simulate", "-o", str(folder)], f"Written. Open it with the Screen panel: {folder}")


def _box(title: str, widgets: tuple[QWidget, ...]) -> QGroupBox:
    box = QGroupBox(title)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(6, 4, 6, 4)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    return box
