"""Generated job scripts, really submitted: two nodes train, are told to stop, queue anew, and end where others do."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from safetensors.numpy import load_file
from slurm_on_loopback import wait_until

from cdcl.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

    from slurm_on_loopback import Cluster

pytestmark = pytest.mark.slow


def cdcl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cdcl", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def submit_training(cluster: Cluster, folder: Path, name: str) -> tuple[Run, str]:
    """Write a job that trains on two nodes and submit it; give its run and number."""
    script = f"{name}.sh"
    where = ["--nodes", "2", "--time", "00:30:00", "--sbatch", script, "--cache", "cache"]
    cdcl(folder, "train", "tiny.toml", "--screen", "screen.csv", "--out", name, *where)
    return Run(folder / name), cluster.submit(folder / script)


def output_of(folder: Path) -> str:
    return "\n".join(path.read_text()[-3000:] for path in sorted(folder.glob("*.out")))


def test_requeued_job_gives_the_weights_of_one_that_ran_through(cluster: Cluster, project: Path) -> None:
    whole, job = submit_training(cluster, project, "whole")
    cluster.wait_for(job, "COMPLETED")
    assert whole.status() == "done", output_of(project)

    parted, job = submit_training(cluster, project, "parted")
    wait_until(lambda: parted.log.exists() and len(parted.log.read_text().splitlines()) > 3, "three steps")
    cluster.call("scancel", "--batch", "--signal=USR1", job)
    cluster.wait_for(job, "PENDING")
    first = parted.checkpoint_steps()
    assert 0 < first[-1] < 40, output_of(project)
    # SLURM holds a requeued job for two minutes; nobody needs to wait for that here.
    cluster.call("scontrol", "update", f"jobid={job}", "StartTime=now")
    cluster.wait_for(job, "COMPLETED")

    said = (project / f"parted-{job}.out").read_text()
    assert f"resumed at step {first[-1]} of 40" in said
    ours, theirs = (load_file(run.checkpoints / "40" / "weights.safetensors") for run in (parted, whole))
    assert ours.keys() == theirs.keys()
    for name, weights in ours.items():
        assert (weights == theirs[name]).all(), name


def test_two_ranks_trained(cluster: Cluster, project: Path) -> None:
    run, job = submit_training(cluster, project, "first")
    cluster.wait_for(job, "COMPLETED")
    assert '"processes": 2' in (run.checkpoints / "40" / "weights.json").read_text()


def test_job_that_cannot_train_says_why_and_is_not_queued_again(cluster: Cluster, project: Path) -> None:
    config = (project / "tiny.toml").read_text()
    (project / "tiny.toml").write_text(config.replace("batch_size = 8", "batch_size = 7"))
    _, job = submit_training(cluster, project, "odd")
    cluster.wait_for(job, "FAILED")
    said = (project / f"odd-{job}.out").read_text()
    assert "batch_size = 7 cannot be shared evenly by 2 processes" in said


def test_array_embeds_every_plate_once(cluster: Cluster, project: Path) -> None:
    train = ["--screen", "screen.csv", "--out", "run", "--set", "steps=2", "--set", "cells.source=tiles"]
    train += ["--set", "cells.crop=16"]
    cdcl(project, "train", "tiny.toml", *train)
    cdcl(project, "embed", "run", "--level", "cell", "-o", "alone")
    cdcl(project, "embed", "run", "--level", "cell", "-o", "cells", "--sbatch", "array.sh", "--tasks", "2")
    job = cluster.submit(project / "array.sh")
    for task in range(2):
        cluster.wait_for(f"{job}_{task}", "COMPLETED")
    found, wanted = (pd.read_parquet(project / name) for name in ("cells", "alone"))
    assert len(wanted) == 16 * 4, "four tiles of 16 pixels in each of 16 fields"
    places = [name for name in wanted if name.startswith("Metadata_")]
    found, wanted = (table.sort_values(places, ignore_index=True) for table in (found, wanted))
    pd.testing.assert_frame_equal(found, wanted)
    assert sorted(path.name for path in (project / "cells").glob("*.parquet")) == sorted(
        path.name for path in (project / "alone").glob("*.parquet")
    )
