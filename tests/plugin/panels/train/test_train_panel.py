"""The panel from choosing a recipe to a training that is watched, stopped, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QEvent
from qtpy.QtGui import QCloseEvent, QGuiApplication
from qtpy.QtWidgets import QMainWindow
from tiny import make_config, make_screen

from cdcl.config import write_config
from cdcl.runs import Run
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.train.closing import ClosingQuestion, ask_when_closing
from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.panels.train.watch import describe_speed
from napari_cdcl.runs.launch import check_name, free_name, write_plan
from napari_cdcl.runs.run_watch import Glance
from napari_cdcl.runs.training_queue import Training, training_queue_of
from napari_cdcl.sample_data import simulated_fields

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PATIENCE = 120_000


pytestmark = pytest.mark.usefixtures("own_folders")


def take_tiny(panel: TrainPanel, tmp_path: Path, **changes: object) -> None:
    write_config(make_config(**changes), tmp_path / "tiny.toml")
    panel.setup.recipes.choose(str(tmp_path / "tiny.toml"))


def test_a_config_that_is_not_on_the_list_is_named_in_the_chooser(panel: TrainPanel, tmp_path: Path) -> None:
    names = panel.setup.recipes.names
    assert names.currentText() == "cdcl-small"
    take_tiny(panel, tmp_path)
    assert (names.currentIndex(), names.placeholderText()) == (-1, "tiny.toml")
    panel.setup.recipes.choose("demo-cdcl")
    assert (names.currentIndex(), names.placeholderText()) == (-1, "demo-cdcl")


def test_without_a_screen_nothing_can_be_started_and_it_says_what_to_do(panel: TrainPanel) -> None:
    assert not panel.setup.starting.start.isEnabled()
    assert "Open a screen first" in panel.setup.screen_line.text()


def test_a_screen_in_memory_is_explained_and_another_is_offered(panel: TrainPanel, viewer: ViewerModel) -> None:
    session_of(viewer).screen = simulated_fields()[0][1]["metadata"]["screen"]
    assert not panel.setup.starting.start.isEnabled()
    assert "in memory only" in panel.setup.screen_line.text()
    assert not panel.setup.simulate.isHidden()


def test_a_wrong_setting_stops_the_start_and_the_picture_stays(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    qtbot.waitUntil(lambda: panel.setup.pairing.picture.pairing is not None, timeout=PATIENCE)
    assert panel.setup.starting.start.isEnabled()
    panel.setup.form.set_value("batch_size", "none")
    assert not panel.setup.starting.start.isEnabled()
    assert "batch_size" in panel.setup.starting.message.text()
    assert panel.setup.pairing.picture.pairing is not None


def test_copying_writes_a_config_that_a_terminal_can_use(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    from cdcl.config import load_config
    from cdcl.readers import read_screen

    session_of(viewer).screen = make_screen(tmp_path / "screen")
    take_tiny(panel, tmp_path)
    panel.setup.starting.copy_command()
    words = panel.setup.starting.message.text()
    assert f"cdcl train {tmp_path / 'runs' / 'tiny-1.toml'}" in words
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() in words
    assert load_config(str(tmp_path / "runs" / "tiny-1.toml")).model_copy(update={"device": "cpu"}) == make_config()
    assert len(read_screen(tmp_path / "runs" / "tiny-1.screen.parquet")) == 16


@pytest.mark.slow
def test_a_slurm_job_calls_torchrun_with_absolute_paths(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    take_tiny(panel, tmp_path)
    panel.setup.starting.save_slurm(tmp_path / "job.sbatch")
    qtbot.waitUntil(lambda: "Submit it" in panel.setup.starting.message.text(), timeout=PATIENCE)
    script = (tmp_path / "job.sbatch").read_text()
    assert "torch.distributed.run" in script
    assert str(tmp_path / "runs" / "tiny-1.toml") in script


def test_a_name_that_is_taken_or_no_name_is_refused(panel: TrainPanel, viewer: ViewerModel, tmp_path: Path) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "file").write_text("")
    for name, reason in (("mine", "exists already"), ("a/b", "cannot be the name"), ("", "cannot be the name")):
        panel.setup.starting.name.setText(name)
        panel.setup.starting.start_training()
        assert reason in panel.setup.starting.message.text()
    assert training_queue_of(viewer).current is None
    assert free_name(tmp_path / "runs", "mine") == "mine-1"
    assert check_name(tmp_path / "runs", "new") == tmp_path / "runs" / "new"


@pytest.mark.slow
def test_a_training_from_the_panel_is_watched_stopped_and_goes_on(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    session = session_of(viewer)
    session.screen = make_screen(tmp_path / "screen")
    take_tiny(panel, tmp_path, steps=100_000, probes=10_000)
    panel.watch.sampled.setChecked(True)
    panel.setup.starting.start.click()
    assert panel.tabs.currentWidget() is panel.watched
    watch = panel.watch
    qtbot.waitUntil(lambda: "loss" in watch.curves.shown, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.items is not None and "sample of tiny-1" in session.items.title, timeout=PATIENCE)
    first = session.items
    qtbot.waitUntil(lambda: session.items is not first, timeout=PATIENCE)
    assert session.items is not None
    assert session.items.table.equals(first.table)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: "sample: batch recognised" in watch.curves.shown, timeout=PATIENCE)
    watch.stop.click()
    assert "stopping" in watch.title.text()
    training = training_queue_of(viewer).current
    assert training is not None
    qtbot.waitUntil(lambda: not training.running, timeout=PATIENCE)
    assert "ready to go on" in watch.title.text()
    assert not watch.go_on.isHidden()
    watch.go_on.click()
    again = training_queue_of(viewer).current
    assert again is not None
    assert again is not training
    qtbot.waitUntil(lambda: again.glance.task == "train" and again.glance.done > 0, timeout=PATIENCE)
    panel.watch.stop.click()
    qtbot.waitUntil(lambda: not again.running, timeout=PATIENCE)


@pytest.mark.slow
def test_a_live_run_is_found_again_by_a_new_panel(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    screen = make_screen(tmp_path / "screen")
    training_queue_of(viewer).submit(write_plan(make_config(steps=100_000), screen, tmp_path / "runs" / "alive"))
    run = Run(tmp_path / "runs" / "alive")
    qtbot.waitUntil(lambda: run.status() == "running" and run.log.exists(), timeout=PATIENCE)
    training_queue_of(viewer).let_go()
    other = ViewerModel()
    second = TrainPanel(other)
    qtbot.addWidget(second)
    qtbot.waitUntil(lambda: training_queue_of(other).current is not None, timeout=PATIENCE)
    training = training_queue_of(other).current
    assert training is not None
    assert training.run == run
    qtbot.waitUntil(lambda: "loss" in second.watch.curves.shown, timeout=PATIENCE)
    second.watch.stop.click()
    qtbot.waitUntil(lambda: not training.running, timeout=PATIENCE)


class _Busy(Training):
    """A training that says it is at work and notes what it is asked."""

    own = True  # type: ignore[assignment]
    asked = ""

    def stop(self) -> None:
        self.asked += "stop"


@pytest.mark.parametrize(
    ("answer", "closes", "asked"), [("keep", True, ""), ("stop", True, "stop"), ("back", False, "")]
)
def test_closing_while_training_is_asked_once(
    qtbot: QtBot, viewer: ViewerModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    answer: str, closes: bool, asked: str,
) -> None:  # fmt: skip
    window, trainings = QMainWindow(), training_queue_of(viewer)
    qtbot.addWidget(window)
    panel = TrainPanel(viewer)
    window.setCentralWidget(panel)
    trainings.current = _Busy(Run(tmp_path))
    questions: list[str] = []

    def ask(self: ClosingQuestion) -> str:
        questions.append("asked")
        return answer

    monkeypatch.setattr(ClosingQuestion, "ask", ask)
    ask_when_closing(panel, trainings)
    ask_when_closing(panel, trainings)
    event = QCloseEvent()
    (question,) = window.findChildren(ClosingQuestion)
    stopped = question.eventFilter(window, event)
    assert questions == ["asked"]
    assert stopped is not closes
    assert trainings.current.asked == asked
    assert trainings.current.running is not closes
    assert not question.eventFilter(window, QEvent(QEvent.Type.Show))


def test_closing_an_idle_window_asks_nothing(
    qtbot: QtBot, viewer: ViewerModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    monkeypatch.setattr(ClosingQuestion, "ask", lambda _self: pytest.fail("asked"))
    assert not ClosingQuestion(window, training_queue_of(viewer)).eventFilter(window, QCloseEvent())


def test_a_long_silence_is_remarked_on() -> None:
    words = describe_speed(Glance("running", task="train", unit="step", rate=2.0, left=120.0, silence=7200.0))
    assert "2 steps a second" in words
    assert "2 min left" in words
    assert "no news for 2 h 0 min" in words
