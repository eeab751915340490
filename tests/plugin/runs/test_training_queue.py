"""Real trainings in children: how they end, go on, wait, fail and outlive the window."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tiny import make_config, make_screen

from cdcl.runs import Run
from napari_cdcl.runs.launch import branch_plan, live_runs, resume_plan, write_plan
from napari_cdcl.runs.run_watch import RunWatch
from napari_cdcl.runs.training_queue import Training, TrainingQueue, training_queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen
    from napari_cdcl.runs.training_queue import Plan

PATIENCE = 120_000
LONG = 100_000
"""Steps that no test waits for."""
posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    return make_screen(tmp_path / "screen")


@pytest.fixture
def trainings() -> Iterator[TrainingQueue]:
    trainings = TrainingQueue()
    yield trainings
    if trainings.current is not None:
        trainings.current.end_now()
    trainings.let_go()


def plan_of(screen: Screen, folder: Path, **changes: object) -> Plan:
    return write_plan(make_config(**changes), screen, folder)


def ended(training: Training, qtbot: QtBot) -> tuple[bool, str]:
    with qtbot.waitSignal(training.finished, timeout=PATIENCE) as end:
        pass
    return end.args[0], end.args[1]


def started(trainings: TrainingQueue, plan: Plan, qtbot: QtBot, *, at_step: int = 3) -> Training:
    trainings.submit(plan)
    assert trainings.current is not None
    training = trainings.current
    qtbot.waitUntil(lambda: training.glance.last("loss") == training.glance.last("loss"), timeout=PATIENCE)
    qtbot.waitUntil(lambda: training.run.checkpoint_steps() != [] or at_step == 0, timeout=PATIENCE)
    return training


def weights(run: Run, step: int) -> bytes:
    return (run.checkpoints / str(step) / "weights.safetensors").read_bytes()


@pytest.mark.slow
def test_window_and_terminal_give_the_same_weights_to_the_bit(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    plan = plan_of(screen, tmp_path / "runs" / "window")
    trainings.submit(plan)
    assert trainings.current is not None
    assert ended(trainings.current, qtbot) == (True, "done at step 6 of 6")
    recipe, table = plan.arguments[0], plan.arguments[2]
    other = tmp_path / "elsewhere" / "terminal"
    command = [sys.executable, "-m", "cdcl", "train", recipe, "--screen", table, "--out", str(other)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert weights(Run(plan.folder), 6) == weights(Run(other), 6)
    assert (plan.folder / "config.toml").read_text() == (other / "config.toml").read_text()


@posix
@pytest.mark.slow
def test_a_killed_training_is_told_and_resumes_to_the_same_weights(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    training = started(trainings, plan_of(screen, tmp_path / "killed", steps=LONG), qtbot)
    assert training._child is not None
    with qtbot.waitSignal(training.finished, timeout=PATIENCE) as end:
        os.killpg(training._child.pid, signal.SIGKILL)
    assert end.args[0] is False
    assert "signal 9" in end.args[1]
    assert "can go on" in end.args[1]
    assert training.run.status() == "crashed"
    saved = training.run.checkpoint_steps()[-1]
    trainings.submit(resume_plan(training.run, f"steps={saved + 2}"))
    assert trainings.current is not None
    assert ended(trainings.current, qtbot)[0]
    assert trainings.current.glance.status == "done"


@pytest.mark.slow
def test_stopping_leaves_a_checkpoint_of_the_very_step_and_goes_on(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    training = started(trainings, plan_of(screen, tmp_path / "stopped", steps=LONG, save_every=LONG), qtbot, at_step=0)
    with qtbot.waitSignal(training.finished, timeout=PATIENCE) as end:
        began = time.perf_counter()
        training.stop()
        assert time.perf_counter() - began < 0.1
    assert end.args[0] is True
    assert training.glance.status == "stopped"
    (step,) = training.run.checkpoint_steps()
    assert int(training.glance.curves["loss"].steps[-1]) == step - 1
    trainings.submit(resume_plan(training.run, f"steps={step + 1}"))
    assert trainings.current is not None
    assert ended(trainings.current, qtbot)[0]
    assert trainings.current.glance.curves["loss"].steps.tolist() == list(range(step + 1))


@pytest.mark.slow
def test_a_training_that_is_stopped_before_its_first_step_ends_too(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    trainings.submit(plan_of(screen, tmp_path / "early", steps=LONG))
    training = trainings.current
    assert training is not None
    with qtbot.waitSignal(training.finished, timeout=PATIENCE) as end:
        training.stop()
    assert end.args[0] is True
    assert training.run.status() != "running"


@pytest.mark.slow
def test_of_two_trainings_one_waits_and_a_third_of_the_same_name_is_refused(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    told: list[str] = []
    trainings.told.connect(told.append)
    first, second = plan_of(screen, tmp_path / "first"), plan_of(screen, tmp_path / "second")
    trainings.submit(first)
    trainings.submit(second)
    trainings.submit(second)
    assert [plan.folder.name for plan in trainings.waiting] == ["second"]
    assert "second waits until first has ended" in told[0]
    assert "choose" in told[1] or "give the new run another name" in told[1]
    assert not second.folder.exists()
    qtbot.waitUntil(lambda: Run(second.folder).config.exists(), timeout=PATIENCE)
    assert Run(first.folder).status() == "done"
    assert trainings.current is not None
    assert ended(trainings.current, qtbot)[0]
    assert not trainings.busy


@pytest.mark.slow
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    trainings.submit(plan_of(screen, tmp_path / "damaged"))
    assert trainings.current is not None
    assert ended(trainings.current, qtbot)[0]
    run = trainings.current.run
    (run.checkpoints / "6" / "state.pt").write_bytes(b"not a checkpoint")
    trainings.submit(resume_plan(run, "steps=7"))
    assert ended(trainings.current, qtbot)[0]
    notes = [note.text for note in trainings.current.glance.notes if note.warning]
    assert any("is damaged; the checkpoint before it is used" in text for text in notes)
    assert trainings.current.glance.status == "done"


@pytest.mark.slow
def test_pixels_outlive_the_folder_of_the_screen(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    training = started(trainings, plan_of(screen, tmp_path / "gone", steps=LONG), qtbot)
    shutil.rmtree(screen.folder)
    done = training.glance.done
    qtbot.waitUntil(lambda: training.glance.done > done, timeout=PATIENCE)
    with qtbot.waitSignal(training.finished, timeout=PATIENCE):
        training.stop()
    trainings.submit(resume_plan(training.run))
    assert trainings.current is not None
    well, reason = ended(trainings.current, qtbot)
    assert not well
    assert "Traceback" not in reason
    assert str(screen.folder) in reason or "unreadable" in reason


@posix
@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_in_words_and_the_checkpoint_stays(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    trainings.submit(plan_of(screen, tmp_path / "full"))
    assert trainings.current is not None
    assert ended(trainings.current, qtbot)[0]
    run = trainings.current.run
    run.events.unlink()
    run.events.symlink_to("/dev/full")
    trainings.submit(resume_plan(run, "steps=8"))
    well, reason = ended(trainings.current, qtbot)
    assert not well
    assert "the disk is full" in reason
    assert run.status() != "running"
    assert 6 in run.checkpoint_steps()


@pytest.mark.slow
def test_a_run_of_the_command_line_is_found_and_watched(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    plan = plan_of(screen, tmp_path / "runs" / "cli", steps=LONG)
    process = subprocess.Popen(plan.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        qtbot.waitUntil(lambda: live_runs(tmp_path / "runs") == [Run(plan.folder)], timeout=PATIENCE)
        trainings.attach(Run(plan.folder))
        training = trainings.current
        assert training is not None
        assert not trainings.busy
        qtbot.waitUntil(lambda: "loss" in training.glance.curves, timeout=PATIENCE)
        with qtbot.waitSignal(training.finished, timeout=PATIENCE) as end:
            training.stop()
        assert end.args[0] is True
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


@posix
@pytest.mark.slow
def test_a_training_outlives_the_window_that_started_it(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    plan = plan_of(screen, tmp_path / "survivor", steps=LONG)
    window = textwrap.dedent(f"""
        import os, signal, sys, time
        from pathlib import Path
        from qtpy.QtWidgets import QApplication
        from napari_cdcl.runs.training_queue import Plan, TrainingQueue
        app = QApplication([])
        trainings = TrainingQueue()
        trainings.submit(Plan(Path({str(plan.folder)!r}), {plan.arguments!r}))
        while trainings.current.glance.task != "train":
            app.processEvents()
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    killed = subprocess.run([sys.executable, "-c", window], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    run = Run(plan.folder)
    assert run.status() == "running"
    steps = RunWatch(run).look().done
    trainings.attach(run)
    training = trainings.current
    assert training is not None
    qtbot.waitUntil(lambda: training.glance.done > steps, timeout=PATIENCE)
    assert training.glance.curves["loss"].steps[0] == 0
    with qtbot.waitSignal(training.finished, timeout=PATIENCE):
        training.stop()
    assert run.status() == "stopped"


@pytest.mark.slow
def test_a_branch_trains_in_a_folder_of_its_own(
    qtbot: QtBot, trainings: TrainingQueue, screen: Screen, tmp_path: Path
) -> None:
    trainings.submit(plan_of(screen, tmp_path / "trunk"))
    assert trainings.current is not None
    assert ended(trainings.current, qtbot)[0]
    trainings.submit(branch_plan(trainings.current.run, 3, tmp_path / "branch", "optimizer.lr=0.01"))
    assert ended(trainings.current, qtbot)[0]
    assert Run(tmp_path / "branch").checkpoint_steps() == [3, 6]


def test_what_is_wrong_before_the_first_step_is_told(qtbot: QtBot, trainings: TrainingQueue, tmp_path: Path) -> None:
    trainings.submit(resume_plan(Run(tmp_path / "nowhere")))
    assert trainings.current is not None
    well, reason = ended(trainings.current, qtbot)
    assert not well
    assert "nowhere" in reason


def test_a_window_has_one_list_of_trainings() -> None:
    class Viewer:
        pass

    one, other = Viewer(), Viewer()
    assert training_queue_of(one) is training_queue_of(one)
    assert training_queue_of(one) is not training_queue_of(other)


def test_several_gpus_are_driven_by_torchrun(tmp_path: Path) -> None:
    from napari_cdcl.runs.training_queue import Plan

    plan = Plan(tmp_path / "run", ("a.toml", "--screen", "my screen.csv"), processes=2)
    assert "torch.distributed.run" in plan.command()
    assert "--nproc-per-node=2" in plan.command()
    assert plan.in_words().startswith("torchrun --standalone --nproc-per-node=2 -m cdcl train a.toml")
    assert "'my screen.csv'" in plan.in_words()
