"""`cdcl submit` and `cdcl follow` over a real ssh to a real queue: seen here, lost, found again, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from slurm_on_loopback import wait_until

from cdcl.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

    from slurm_on_loopback import Cluster
    from ssh_on_loopback import HeadNode

pytestmark = pytest.mark.slow


class Desk:
    """A machine that reaches the head node."""

    def __init__(self, head: HeadNode, project: Path) -> None:
        self.project, self._head = project, head
        self.here = project / "here"
        self.here.mkdir()
        self.there = project / "there"

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "cdcl", *map(str, arguments)],
            env={**os.environ, "CDCL_SSH": self._head.ssh},
            stderr=subprocess.PIPE,
            text=True,
        )

    def submit(self, name: str, *more: str | Path) -> subprocess.Popen[str]:
        where = ["--screen", self.project / "screen.csv", "--there", self.there / name, "--out", self.here / name]
        config = self.project / "tiny.toml"
        return self.start("submit", "head", config, *where, "--cdcl", self._head.cdcl, "--time", "00:30:00", *more)


@pytest.fixture
def desk(head: HeadNode, project: Path) -> Desk:
    return Desk(head, project)


def finished(process: subprocess.Popen[str], status: int = 0) -> str:
    _, said = process.communicate(timeout=180)
    assert process.returncode == status, said
    return said


def same_files(here: Path, there: Path, *names: str) -> None:
    for name in names:
        assert (here / name).read_bytes() == (there / name).read_bytes(), name


def test_run_is_submitted_and_arrives_whole(desk: Desk) -> None:
    said = finished(desk.submit("first"))
    assert "training on 16 of 16 images" in said
    run = Run(desk.here / "first")
    assert run.status() == "done"
    weights = "checkpoints/40/weights.safetensors"
    same_files(run.folder, desk.there / "first", "log.csv", "events.jsonl", "config.toml", "screen.parquet", weights)
    assert not list(run.folder.rglob(".*.arriving"))


def test_run_is_followed_again_after_a_crash_and_a_broken_network(desk: Desk, head: HeadNode, cluster: Cluster) -> None:
    first = desk.submit("long", "--set", "steps=100000")
    run = Run(desk.here / "long")
    wait_until(lambda: run.log.exists() and len(run.log.read_text().splitlines()) > 3, "the log to arrive")
    assert run.status() == "running"
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert run.status() == "crashed"

    again = desk.start("follow", run.folder)
    seen = len(run.log.read_text())
    wait_until(lambda: run.status() == "running" and len(run.log.read_text()) > seen, "the log to grow again")
    head.go_down()
    head.go_up()
    seen = len(run.log.read_text())
    wait_until(lambda: len(run.log.read_text()) > seen, "the log to grow after the network came back")

    run.ask_to_stop()
    said = finished(again)
    assert "Trying again in" in said
    assert run.status() == "stopped"
    same_files(run.folder, desk.there / "long", "log.csv", "events.jsonl")
    job = json.loads((run.folder / "cluster.json").read_text())["job"]
    cluster.wait_for(job, "COMPLETED")


def test_follower_that_is_interrupted_leaves_the_job_alone(desk: Desk, cluster: Cluster) -> None:
    process = desk.submit("left", "--set", "steps=100000")
    run = Run(desk.here / "left")
    wait_until(run.log.exists, "the log to arrive")
    process.send_signal(signal.SIGINT)
    said = finished(process, 130)
    assert f"follow it again with: cdcl follow {run.folder}" in said
    job = json.loads((run.folder / "cluster.json").read_text())["job"]
    assert cluster.state(job) == "RUNNING"
    cluster.call("scancel", job)


def test_shared_folder_is_not_copied(desk: Desk) -> None:
    mapped = ["--map", f"{desk.project}={desk.project}", "--out", desk.there / "shared", "--there", ""]
    said = finished(desk.submit("shared", *mapped))
    assert "training on 16 of 16 images" in said
    run = Run(desk.there / "shared")
    assert (run.status(), run.checkpoint_steps()) == ("done", [40])
    assert (run.checkpoints / "40" / "state.pt").exists(), "the run itself, no copy"
    finished(desk.start("follow", run.folder))  # which it could not, had the job taken away where it was submitted


def test_job_that_waits_leaves_the_queue_when_asked_to_stop(desk: Desk, cluster: Cluster) -> None:
    for node in ("127.0.0.2", "127.0.0.3"):
        cluster.call("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
    try:
        process = desk.submit("waits")
        run = Run(desk.here / "waits")
        wait_until(lambda: run.status() == "running", "the job to be followed")
        run.ask_to_stop()
        assert "the job left the queue before its first step" in finished(process)
    finally:
        for node in ("127.0.0.2", "127.0.0.3"):
            cluster.call("scontrol", "update", f"nodename={node}", "state=resume")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--screen", "/nowhere.csv"], "the job is over (failed): there is no file or folder /nowhere.csv."),
        (["--time", "24:00"], "head: --time 24:00: write it as"),
        (["--cdcl", "/no/cdcl"], "/no/cdcl: No such file or directory"),
        (["--partition", "none"], "Invalid partition"),
        (["--set", "steps=none"], "steps"),
    ],
)
def test_refusals_of_the_cluster_are_one_line(desk: Desk, change: list[str], said: str) -> None:
    found = finished(desk.submit("refused", *change), 2)
    assert said in found.splitlines()[-1]
    assert found.splitlines()[-1].startswith("cdcl: error: ")


def test_host_that_is_not_there(desk: Desk, project: Path) -> None:
    where = ["--screen", "/s.csv", "--there", "/r", "--out", project / "run"]
    said = finished(desk.start("submit", "nobody.invalid", "dino", *where), 2)
    assert "ssh does not reach nobody.invalid" in said
    assert not (project / "run").exists()
