"""*Submit to a cluster*, with an ssh that stays here and a queue of one job, which really trains."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from qtpy.QtCore import Qt
from tiny import make_config, make_screen

from cdcl.config import write_config
from cdcl.errors import ConfigError
from cdcl.runs import Run
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.train.cluster_dialog import ClusterDialog
from napari_cdcl.runs.cluster import Cluster, submission_words, was_submitted
from napari_cdcl.runs.training_queue import Plan

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from napari_cdcl.panels.train.panel import TrainPanel

PATIENCE = 120_000


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
    panel.setup.submit.submit(cluster)
    run = Run(tmp_path / "runs" / "tiny-1")
    qtbot.waitUntil(lambda: "is in the queue of head" in panel.setup.message.text(), timeout=PATIENCE)
    assert was_submitted(run)
    queue = panel.setup._trainings
    qtbot.waitUntil(lambda: queue.current is not None and not queue.current.running, timeout=4 * PATIENCE)
    assert run.status() == "done", (tmp_path / "runs" / "job-7.out").read_text()
    assert queue.current.glance.status == "done"


@pytest.mark.slow
def test_refusal_of_the_cluster_is_a_line(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path, cluster: Cluster
) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    take_tiny(panel, tmp_path)
    panel.setup.submit.submit(Cluster("head", "/no/such/cdcl", here=str(tmp_path)))
    qtbot.waitUntil(lambda: "/no/such/cdcl" in panel.setup.message.text(), timeout=PATIENCE)
    assert "Traceback" not in panel.setup.message.text()
    assert not was_submitted(Run(tmp_path / "runs" / "tiny-1"))


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
