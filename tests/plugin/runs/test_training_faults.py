"""What goes wrong in real children: too little memory, of one process and of two; and two processes that go well."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tiny import make_config, make_screen

from cdcl.config import load_config, write_config
from cdcl.runs import Run
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.runs.folders import remember_runs_folder
from napari_cdcl.runs.launch import resume_plan, write_plan
from napari_cdcl.runs.training_queue import Plan, training_queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen
    from napari_cdcl.runs.training_queue import Training

PATIENCE = 60_000
LONG = 100_000
posix = pytest.mark.skipif(os.name != "posix", reason="signals and SLURM are POSIX's")

SMALL_MEMORY = """
import sys, torch
from cdcl.training.loop import Session
step = Session._one_step
def in_little_memory(self, batch, waited):
    if len(batch) > {most}:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    return step(self, batch, waited)
Session._one_step = in_little_memory
from cdcl.cli import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class OnSmallMachine(Plan):
    """A training whose device holds few images: `cdcl` itself, but for a step that runs out of memory."""

    script: Path = Path()

    def command(self) -> list[str]:
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={self.processes}"]
        return [sys.executable, *(launcher if self.processes > 1 else []), str(self.script), "train", *self.arguments]


def on_small_machine(plan: Plan, folder: Path, most: int) -> OnSmallMachine:
    script = folder / "small.py"
    script.write_text(SMALL_MEMORY.format(most=most))
    return OnSmallMachine(plan.folder, plan.arguments, plan.processes, script)


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    trainer = str(Path(__file__).parents[2] / "trainer")
    monkeypatch.setenv("PYTHONPATH", trainer)
    remember_runs_folder(tmp_path / "runs")


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    return make_screen(tmp_path / "screen")


@pytest.fixture
def panel(qtbot: QtBot, screen: Screen, viewer: ViewerModel) -> Iterator[TrainPanel]:
    session_of(viewer).screen = screen
    panel = TrainPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    yield panel
    trainings = training_queue_of(viewer)
    if trainings.current is not None:
        trainings.current.end_now()
    trainings.let_go()


def current(panel: TrainPanel) -> Training:
    training = training_queue_of(panel.viewer).current  # type: ignore[attr-defined]
    assert training is not None
    return training


@pytest.mark.slow
@pytest.mark.parametrize(("processes", "most"), [(1, 4), (2, 2)])
def test_too_little_memory_names_the_batch_that_fits_and_the_run_goes_on_with_it(
    qtbot: QtBot, panel: TrainPanel, screen: Screen, tmp_path: Path, processes: int, most: int
) -> None:
    plan = write_plan(make_config(), screen, tmp_path / "runs" / "large", processes)
    training_queue_of(panel.viewer).submit(on_small_machine(plan, tmp_path, most))  # type: ignore[attr-defined]
    first, watch = current(panel), panel.watch
    qtbot.waitUntil(lambda: not first.running, timeout=PATIENCE)
    run = first.run
    assert run.status() == "failed"
    assert "batch_size = 8 does not fit into the memory of" in watch.title.text()
    assert "4 does" in watch.title.text()
    assert "Traceback" not in watch.title.text()
    assert watch.go_on.text() == "Go on with batches of 4"
    watch.go_on.click()
    again = current(panel)
    assert again is not first
    assert again.plan is not None
    assert again.plan.processes == processes
    qtbot.waitUntil(lambda: not again.running, timeout=PATIENCE)
    assert run.status() == "done"
    assert load_config(str(run.config)).batch_size == 4
    assert watch.go_on.text() == "Go on"


@posix
@pytest.mark.slow
def test_two_processes_from_the_panel_stop_within_a_step_and_go_on(
    qtbot: QtBot, panel: TrainPanel, tmp_path: Path
) -> None:
    write_config(make_config(steps=LONG, save_every=LONG), tmp_path / "tiny.toml")
    panel.setup.recipes.choose(str(tmp_path / "tiny.toml"))
    panel.setup.starting.device.offer({"cpu*2": "CPU, 2 processes (torchrun)"}, "cpu*2")
    panel.setup.starting.start.click()
    training, run = current(panel), current(panel).run
    assert training.plan is not None
    assert "--nproc-per-node=2" in training.plan.command()
    qtbot.waitUntil(lambda: training.glance.task == "train" and training.glance.done > 3, timeout=PATIENCE)
    panel.watch.stop.click()
    at_work = len(run.log.read_text().splitlines())
    qtbot.waitUntil(lambda: not training.running, timeout=PATIENCE)
    assert run.status() == "stopped"
    (step,) = run.checkpoint_steps()
    assert step <= at_work + 2
    assert json.loads((run.checkpoints / str(step) / "weights.json").read_text())["processes"] == 2
    assert training._child is not None
    with pytest.raises(ProcessLookupError):  # nobody of the group is left
        os.killpg(training._child.pid, 0)
    plan = resume_plan(run, f"steps={step + 2}")
    assert plan.processes == 2
    training_queue_of(panel.viewer).submit(plan)  # type: ignore[attr-defined]
    again = current(panel)
    qtbot.waitUntil(lambda: not again.running, timeout=PATIENCE)
    assert again.glance.status == "done"
    assert again.glance.curves["loss"].steps.tolist() == list(range(step + 2))


@posix
@pytest.mark.slow
def test_a_slurm_job_of_the_panel_trains_where_srun_starts_it(qtbot: QtBot, panel: TrainPanel, tmp_path: Path) -> None:
    write_config(make_config(), tmp_path / "tiny.toml")
    panel.setup.recipes.choose(str(tmp_path / "tiny.toml"))
    job = tmp_path / "my job.sbatch"
    panel.setup.starting.save_slurm(job)
    qtbot.waitUntil(lambda: "Submit it" in panel.setup.starting.message.text(), timeout=PATIENCE)
    assert subprocess.run(["bash", "-n", str(job)], check=False).returncode == 0
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in (("srun", 'shift\nexec "$@"'), ("scontrol", "echo localhost")):
        (tools / name).write_text(f"#!/bin/bash\n{script}\n")
        (tools / name).chmod(0o755)
    slurm = {"SLURM_JOB_ID": str(os.getpid() % 9000), "SLURM_NNODES": "1", "SLURM_JOB_NODELIST": "localhost"}
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    command = [shutil.which("bash") or "bash", str(job)]
    environment = {**os.environ, **slurm, "PATH": path}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Run(tmp_path / "runs" / "tiny-1").status() == "done"
