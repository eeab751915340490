"""Two sittings at napari around a job of a real queue: submitted over a real ssh, left, found again and stopped."""

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

from cdcl.runs import Run

if TYPE_CHECKING:
    from slurm_on_loopback import Cluster
    from ssh_on_loopback import HeadNode

pytestmark = pytest.mark.slow

SITTING = Path(__file__).parents[1] / "plugin" / "sitting.py"


def sitting(head: HeadNode, part: str, folder: Path, *more: str) -> dict[str, Any]:
    """Sit at a napari of its own, whose settings lie in the folder."""
    own = {"XDG_CONFIG_HOME": str(folder), "NAPARI_CONFIG": str(folder / "napari.yaml"), "CDCL_SSH": head.ssh}
    command = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24", sys.executable, str(SITTING), part, str(folder), *more]
    own |= {"QT_QPA_PLATFORM": "xcb", "CDCL_CACHE": str(folder / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **own})
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run: a window is opened in another process")
def test_run_of_a_real_queue_is_found_again_by_another_napari(head: HeadNode, cluster: Cluster, project: Path) -> None:
    config = (project / "tiny.toml").read_text()
    (project / "tiny.toml").write_text(config.replace("steps = 40", "steps = 100000"))
    left = sitting(head, "submit", project, "head", head.cdcl)
    assert left["asked"] == ["A training is at work"]
    os.kill(left["follower"], signal.SIGKILL)  # as if this machine had gone down meanwhile
    run = Run(Path(left["run"]))
    job = json.loads(run.submission.read_text())["job"]
    assert (cluster.state(job), run.status()) == ("RUNNING", "running")
    found = sitting(head, "again", project)
    assert (found["status"], found["title"]) == ("running", f"<b>{run.folder.name}</b> training")
    assert "loss" in found["curves"]
    cluster.wait_for(job, "COMPLETED")
    assert run.checkpoint_steps()
