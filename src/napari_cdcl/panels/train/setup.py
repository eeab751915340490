"""Set a training up: recipe, pairing, settings, guides and preview; `starting` takes it from there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QGroupBox, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cdcl.screen.natural import natural
from napari_cdcl.models.counting import counted
from napari_cdcl.panels.train.form import ConfigForm
from napari_cdcl.panels.train.guide_words import look_at_guides
from napari_cdcl.panels.train.pairing_part import PairingPart
from napari_cdcl.panels.train.preview import PreviewPart
from napari_cdcl.panels.train.readiness import HINT, WaitingButtons, reason_against
from napari_cdcl.panels.train.recipe_chooser import DEFAULT, RecipeChooser
from napari_cdcl.panels.train.starting import StartPart
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.launch import IN_MEMORY, has_files
from napari_cdcl.ui.choosers import colour_columns
from napari_cdcl.ui.file_dialogs import ask_folder
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.train.guide_words import Finding
    from napari_cdcl.runs.training_queue import TrainingQueue

MOST_OFFERED = 60
"""Names in a menu; with more groups, typing is quicker."""


class SetupPart(QWidget):
    """Asks what is trained and how, says what the screen has for it, and lets it be started once nothing is missing."""

    def __init__(self, session: Session, trainings: TrainingQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._worker = BackgroundWorker(self)
        self._links = Links()
        self._findings: list[Finding] = []
        self._make_controls(trainings)
        self._lay_out()
        self._connect()
        self.recipes.choose(DEFAULT)
        self._on_screen()
        self.starting.look_for_gpus(lambda gpus: self.preview.largest.setVisible(bool(gpus)))

    def _make_controls(self, trainings: TrainingQueue) -> None:
        self.recipes = RecipeChooser()
        self.screen_line = QLabel(HINT)
        self.screen_line.setWordWrap(True)
        self.simulate = QPushButton("Write a simulated screen to a folder…")
        tip = "Small fields in 6 batches, with known treatments and batch effects, to try things on."
        self.simulate.setToolTip(tip)
        self.pairing = PairingPart()
        self.form = ConfigForm()
        self.starting = StartPart(self._session, trainings, lambda: self.form.config)
        self.preview = PreviewPart(self.starting.wanted)
        at = self.starting
        self._waiting = WaitingButtons(at.start, at.copy, at.slurm, at.submit, self.preview.button)

    def _lay_out(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        for title, widget in (
            ("Recipe", self.recipes),
            ("Pairing on this screen", self.pairing),
            ("Settings", self.form),
            ("Preview", self.preview),
        ):
            layout.addWidget(_box(title, widget))
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
        outer.addWidget(self.starting)

    def _connect(self) -> None:
        self._links.add(self._session.screen_changed, self._on_screen)
        self._links.add(self._session.screen_relabelled, self._on_screen)
        self.recipes.chosen.connect(self._on_recipe)
        self.form.changed.connect(self._on_form)
        self.simulate.clicked.connect(self._ask_simulate)
        self._pairing_timer = QTimer(self)
        self._pairing_timer.setInterval(200)
        self._pairing_timer.setSingleShot(True)
        self._pairing_timer.timeout.connect(self._look_at_screen)

    def _on_recipe(self, config: RunConfig) -> None:
        self.form.set_config(config)
        self._offer_groups()
        self.starting.propose_name()

    def _on_form(self) -> None:
        guides = self.form.config.guides if self.form.config is not None else ()
        if len(guides) != len(self._findings):
            self._findings = []  # they are of other guides
        reason = self._show_readiness()
        # A screen that is missing is said above; a setting that is wrong, beside the buttons.
        self.starting.message.setText(reason if self.form.problems or self._findings else "")
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

    def _look_at_screen(self) -> None:
        """Say what the screen has for these settings: partners, and the columns of guides."""
        config, screen = self.form.config, self._session.screen
        if config is not None and screen is not None:
            self._look_at_guides(screen, config)
        self.pairing.count(screen, config)

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
            if reason or self.starting.message.text() == before:
                self.starting.message.setText(reason)

    def _ask_simulate(self) -> None:
        folder = ask_folder(self, "An empty folder for the simulated screen")
        if folder:
            self.starting.simulate_into(folder)


def _box(title: str, widget: QWidget) -> QGroupBox:
    box = QGroupBox(title)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(6, 4, 6, 4)
    layout.addWidget(widget)
    return box
