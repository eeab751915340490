"""*Submit to a cluster*, with an ssh that stays here and a queue of one job, which really trains."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QMessageBox
from tiny import make_config, make_screen

from cdcl.clusters.remote.submission import Submission
from cdcl.config import write_config
from cdcl.errors import ConfigError
from cdcl.runs import Run
from cdcl.screen.tables import write_screen
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.train.cluster_dialog import ClusterDialog
from napari_cdcl.runs.cluster import Cluster, submission_words, was_submitted
from napari_cdcl.runs.launch import go_on_plan
from napari_cdcl.runs.training_queue import Plan

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from napari_cdcl.panels.train.panel import TrainPanel

PATIENCE = 120_000
SITTING = Path(__file__).parents[2] / "sitting.py"


def take_tiny(panel: TrainPanel, tmp_path: Path) -> None:
    write_config(make_config(), tmp_path / "tiny.toml")
    panel.setup.recipes.choose(str(tmp_path / "tiny.toml"))


STAND_INS = {
    "ssh-here": """#!{python}
import subprocess, sys
print("Welcome to the cluster. {All jobs} are logged.", flush=True)
sys.exit(subprocess.call(["sh", "-c", sys.argv[-1].replace("bash -lc", "bash -c", 1)]))
""",
    "sbatch": """#!/bin/bash
for script; do true; done
export SLURM_JOB_ID=7 SLURM_NNODES=1 SLURM_JOB_NODELIST=here
bash "$script" > job-7.out 2>&1 < /dev/null &
echo $! > {folder}/pid
echo 7
""",
    "squeue": """#!/bin/bash
if kill -0 "$(cat {folder}/pid)" 2>/dev/null; then echo "RUNNING|None"; else echo "COMPLETED|None"; fi
""",
    "srun": """#!/bin/bash
shift
exec "$@"
""",
    "scontrol": """#!/bin/bash
echo 127.0.0.1
""",
}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster that sees the folder of the test."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in STAND_INS.items():
        (tools / name).write_text(text.replace("{python}", sys.executable).replace("{folder}", str(tools)))
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CDCL_SSH", str(tools / "ssh-here"))
    return Cluster("head", f"{sys.executable} -m cdcl", here=str(tmp_path))


@pytest.mark.slow
def test_run_is_submitted_and_followed_to_its_end(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path, cluster: Cluster
) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    take_tiny(panel, tmp_path)
    panel.setup.starting.submit.submit(cluster)
    run = Run(tmp_path / "runs" / "tiny-1")
    qtbot.waitUntil(lambda: "is in the queue of head" in panel.setup.starting.message.text(), timeout=PATIENCE)
    assert was_submitted(run)
    queue = panel.setup.starting._trainings
    qtbot.waitUntil(lambda: queue.current is not None and not queue.current.running, timeout=4 * PATIENCE)
    assert run.status() == "done", (tmp_path / "runs" / "job-7.out").read_text()
    assert queue.current.glance.status == "done"
    asked: list[str] = []

    def cancel() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.reject()

    QTimer.singleShot(100, cancel)
    panel.watch.longer.click()
    assert asked == ["tiny-1 was trained on head, as job 7. Longer, it would train on this machine."]
    assert not queue.busy
    assert was_submitted(run)


@pytest.mark.slow
def test_refusal_of_the_cluster_is_a_line(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path, cluster: Cluster
) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    take_tiny(panel, tmp_path)
    panel.setup.starting.submit.submit(Cluster("head", "/no/such/cdcl", here=str(tmp_path)))
    qtbot.waitUntil(lambda: "/no/such/cdcl" in panel.setup.starting.message.text(), timeout=PATIENCE)
    assert "Traceback" not in panel.setup.starting.message.text()
    assert not was_submitted(Run(tmp_path / "runs" / "tiny-1"))


@pytest.mark.slow
def test_run_is_found_again_by_another_napari(tmp_path: Path, cluster: Cluster) -> None:
    write_screen(make_screen(tmp_path / "images"), tmp_path / "screen.parquet")
    write_config(make_config(steps=100_000, save_every=100_000, probes=0), tmp_path / "tiny.toml")
    left = sitting("submit", tmp_path, "head", cluster.cdcl)
    assert left["asked"] == ["A training is at work"]
    os.kill(left["follower"], signal.SIGKILL)  # as if the machine had gone down meanwhile
    run = Run(Path(left["run"]))
    assert run.status() == "running"
    found = sitting("again", tmp_path)
    assert found["status"] == "running"
    assert found["title"] == f"<b>{run.folder.name}</b> training"
    assert found["watched"]
    assert "loss" in found["curves"]
    assert run.checkpoint_steps()


def sitting(part: str, folder: Path, *more: str) -> dict[str, Any]:
    """Sit at a napari of its own, whose settings lie in the folder."""
    if shutil.which("xvfb-run") is None:
        pytest.skip("needs xvfb-run: a window is opened and closed in another process")
    own = {"XDG_CONFIG_HOME": str(folder), "NAPARI_CONFIG": str(folder / "napari.yaml"), "QT_QPA_PLATFORM": "xcb"}
    own |= {"CDCL_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    command = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24", sys.executable, str(SITTING), part, str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **own})
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("verb", "submitted"), [("follow", True), ("train", False)])
def test_submitted_run_goes_on_by_being_followed(verb: str, submitted: bool, tmp_path: Path) -> None:
    if submitted:
        Submission("head", "cdcl", "/runs/first", "7", 0.0, shared=True).write(tmp_path)
    assert go_on_plan(Run(tmp_path)).verb == verb


def test_form_remembers_what_was_written(qtbot: QtBot) -> None:
    dialog = ClusterDialog()
    qtbot.addWidget(dialog)
    qtbot.keyClicks(dialog.host, "me@head")
    qtbot.keyClicks(dialog.there, "/data/lab")
    dialog.gpus.setValue(4)
    qtbot.mouseClick(dialog.buttons.buttons()[0], Qt.MouseButton.LeftButton)
    again = ClusterDialog()
    qtbot.addWidget(again)
    assert again.cluster() == dialog.cluster()
    assert (again.cluster().host, again.cluster().there, again.cluster().gpus) == ("me@head", "/data/lab", 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"host": " "}, "Which host"), ({"here": ""}, "Which folder"), ({"here": "/usr"}, "choose a folder in it")],
)
def test_what_is_missing_is_said(change: dict[str, str], said: str, tmp_path: Path) -> None:
    plan = Plan(tmp_path / "runs" / "first", ("a.toml", "--screen", "s", "--out", "o"))
    with pytest.raises(ConfigError, match=said):
        submission_words(plan, Cluster(**{"host": "head", "here": str(tmp_path), **change}))


def test_settings_of_another_kind_are_left_alone() -> None:
    assert Cluster.of({"host": 3, "gpus": "many", "nodes": 2}) == Cluster(nodes=2)
    assert Cluster.of(None) == Cluster()
