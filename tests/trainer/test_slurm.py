"""The job script: valid bash that starts, stops, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from cdcl.errors import ConfigError
from cdcl.slurm import Job, job_script

if TYPE_CHECKING:
    from pathlib import Path

SRUN = """#!/bin/bash
echo "$@" > "$HERE/called"
while [ ! -e "$HERE/my run/STOP" ]; do sleep 0.05; done
exit ${STATUS:-0}
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    run = tmp_path / "my run"
    run.mkdir()
    arguments = ["demo-cdcl", "--screen", "/data/a screen.csv", "--out", str(run)]
    return Job(run, arguments, nodes=2, gpus=4, partition="gpu", time="08:00:00")


def start(job: Job, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Run the script with commands of SLURM that only note what they were called with."""
    tools = folder / "tools"
    tools.mkdir()
    scontrol = '#!/bin/bash\nif [ "$1" = show ]; then echo first; echo second; else echo "$@" > "$HERE/requeued"; fi\n'
    for name, text in (("srun", SRUN), ("scontrol", scontrol)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    script = folder / "job.sh"
    script.write_text(job_script(job))
    settings = {"SLURM_JOB_ID": "4711", "SLURM_NNODES": "2", "SLURM_JOB_NODELIST": "n[1-2]", "HERE": str(folder)}
    path = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.Popen(
        ["bash", str(script)], env={**os.environ, **settings, **path, **environment}, text=True, stderr=subprocess.PIPE
    )


def wait_for(path: Path) -> str:
    for _ in range(200):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


def test_directives_ask_for_what_was_wanted(job: Job) -> None:
    lines = job_script(job).splitlines()
    assert lines[0] == "#!/bin/bash"
    for wanted in ("nodes=2", "ntasks-per-node=1", "gpus-per-node=4", "partition=gpu", "time=08:00:00", "requeue"):
        assert f"#SBATCH --{wanted}" in lines
    assert "#SBATCH --job-name=my_run" in lines


def test_partition_is_left_to_the_cluster(job: Job) -> None:
    assert "--partition" not in job_script(Job(job.run, job.arguments))


@pytest.mark.parametrize(("nodes", "gpus"), [(0, 1), (1, 0)])
def test_nothing_to_train_on_is_refused(nodes: int, gpus: int, job: Job) -> None:
    with pytest.raises(ConfigError, match="at least 1 is needed"):
        job_script(Job(job.run, job.arguments, nodes=nodes, gpus=gpus))


def test_job_told_that_its_time_is_up_stops_the_run_and_queues_anew(job: Job, tmp_path: Path) -> None:
    process = start(job, tmp_path)
    called = wait_for(tmp_path / "called")
    assert "torch.distributed.run --nnodes=2 --nproc-per-node=4" in called
    assert "--rdzv-endpoint=first:24711" in called
    assert called.rstrip().endswith(f"-m cdcl train demo-cdcl --screen /data/a screen.csv --out {job.run}")
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=10) == 0
    assert (tmp_path / "requeued").read_text() == "requeue 4711\n"


def test_run_that_ends_by_itself_is_not_queued_again(job: Job, tmp_path: Path) -> None:
    process = start(job, tmp_path)
    wait_for(tmp_path / "called")
    (job.run / "STOP").touch()
    assert process.wait(timeout=10) == 0
    assert not (tmp_path / "requeued").exists()


def test_run_that_exists_is_resumed(job: Job, tmp_path: Path) -> None:
    (job.run / "config.toml").touch()
    (job.run / "STOP").touch()
    process = start(job, tmp_path)
    assert process.wait(timeout=10) == 0
    assert (tmp_path / "called").read_text().rstrip().endswith("--resume")


def test_script_is_sound_bash_and_says_where_it_belongs(job: Job, tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    script.write_text(job_script(job))
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False).stderr == b""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
    found = subprocess.run(["bash", str(script)], env=outside, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert found.stderr == f"this is a job for SLURM: submit it with sbatch {script}\n"


def test_failure_is_passed_on_and_not_queued_again(job: Job, tmp_path: Path) -> None:
    process = start(job, tmp_path, STATUS="3")
    wait_for(tmp_path / "called")
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=10) == 3
    assert not (tmp_path / "requeued").exists()
