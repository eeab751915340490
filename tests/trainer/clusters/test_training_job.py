"""A training's job script: valid bash that starts, stops, and goes on, for each scheduler."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cdcl.clusters import SCHEDULERS, Job, Machines, job_script
from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LAUNCH = """#!/bin/bash
echo "$@" > "$HERE/called"
while [ ! -e "$HERE/my run/STOP" ]; do sleep 0.05; done
exit ${STATUS:-0}
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    run = tmp_path / "my run"
    run.mkdir()
    arguments = ["train", "demo-cdcl", "--screen", "/data/a screen.csv", "--out", str(run)]
    machines = Machines(nodes=2, gpus=4, partition="gpu", time="08:00:00")
    return Job(run, arguments, tmp_path / "job.sh", machines)


ENVIRONMENT = {
    "sbatch": {"SLURM_JOB_ID": "4711", "SLURM_NNODES": "2", "SLURM_JOB_NODELIST": "n[1-2]"},
    "bsub": {"LSB_JOBID": "4711", "LSB_MCPU_HOSTS": "first 8 second 8"},
    "qsub": {"PBS_JOBID": "4711.server"},
}
LAUNCHERS = {"sbatch": "srun", "bsub": "blaunch", "qsub": "pbsdsh"}
SCONTROL = '#!/bin/bash\nif [ "$1" = show ]; then echo first; echo second; else echo "$@" > "$HERE/requeued"; fi\n'
AGAIN = {
    "scontrol": SCONTROL,
    "bsub": '#!/bin/bash\ncat > "$HERE/requeued"\n',
    "qsub": '#!/bin/bash\necho "$@" > "$HERE/requeued"\n',
}


def start(job: Job, folder: Path, command: str = "sbatch", **environment: str) -> subprocess.Popen[str]:
    """Run the script with commands of the scheduler that only note what they were called with."""
    tools = folder / "tools"
    tools.mkdir()
    for name, text in {LAUNCHERS[command]: LAUNCH, **AGAIN}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    (folder / "nodes").write_text("first\nfirst\nsecond\nsecond\n")
    job.script.write_text(job_script(job, command))
    settings = {**ENVIRONMENT[command], "HERE": str(folder), "PBS_NODEFILE": str(folder / "nodes")}
    path = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.Popen(
        ["bash", str(job.script)],
        env={**os.environ, **settings, **path, **environment},
        text=True,
        stderr=subprocess.PIPE,
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
    for command in SCHEDULERS:
        written = job_script(Job(job.run, job.arguments, job.script), command)
        assert not re.search(r"--partition| -q ", written)


@pytest.mark.parametrize(("nodes", "gpus"), [(0, 1), (1, 0)])
def test_nothing_to_train_on_is_refused(nodes: int, gpus: int, job: Job) -> None:
    with pytest.raises(ConfigError, match="at least 1 is needed"):
        job_script(Job(job.run, job.arguments, job.script, Machines(nodes=nodes, gpus=gpus)))


@pytest.mark.parametrize("time", ["24:00", "60", "a day", "1:2:3:4", "", "-1:00:00"])
def test_time_that_schedulers_read_differently_is_refused(time: str, job: Job) -> None:
    with pytest.raises(ConfigError, match=r"write it as \[DAYS-\]HOURS:MINUTES:SECONDS"):
        job_script(Job(job.run, job.arguments, job.script, Machines(time=time)))


def test_stretch_too_short_to_stop_in_is_refused(job: Job) -> None:
    with pytest.raises(ConfigError, match="asked to stop 5 minutes before"):
        job_script(Job(job.run, job.arguments, job.script, Machines(time="00:05:00")))


def test_days_count() -> None:
    assert Machines(time="2-03:04:05").seconds == ((2 * 24 + 3) * 60 + 4) * 60 + 5


def test_job_told_that_its_time_is_up_stops_the_run_and_queues_anew(job: Job, tmp_path: Path) -> None:
    process = start(job, tmp_path)
    called = wait_for(tmp_path / "called")
    assert "torch.distributed.run --nnodes=2 --nproc-per-node=4" in called
    assert "--rdzv-endpoint=first:24711" in called
    assert called.rstrip().endswith(f"-m cdcl train demo-cdcl --screen /data/a screen.csv --out {job.run}")
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=10) == 0
    assert (tmp_path / "requeued").read_text() == "requeue 4711\n"


def test_lsf_starts_on_every_machine_and_is_given_the_script_again(job: Job, tmp_path: Path) -> None:
    written = job_script(job, "bsub").splitlines()
    for wanted in ("-n 64", '-R "span[ptile=32]"', '-gpu "num=4/host"', "-q gpu", "-W 08:00", "-J my_run"):
        assert f"#BSUB {wanted}" in written
    process = start(job, tmp_path, "bsub")
    called = wait_for(tmp_path / "called")
    assert called.startswith("-z first second ")
    assert "--rdzv-endpoint=first:24711" in called
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=10) == 0
    assert (tmp_path / "requeued").read_text() == job.script.read_text()


def test_pbs_starts_on_every_machine_and_is_given_the_script_again(job: Job, tmp_path: Path) -> None:
    written = job_script(job, "qsub").splitlines()
    for wanted in ("-l select=2:ncpus=32:ngpus=4:mpiprocs=1", "-l walltime=08:00:00", "-q gpu", "-N my_run"):
        assert f"#PBS {wanted}" in written
    process = start(job, tmp_path, "qsub")
    called = wait_for(tmp_path / "called")
    assert called.startswith("-u -- ")
    assert "--rdzv-endpoint=first:24711" in called
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=10) == 0
    assert (tmp_path / "requeued").read_text() == f"{job.script}\n"


@pytest.mark.parametrize("command", ["bsub", "qsub"])
def test_own_clock_stops_the_run_in_time(command: str, job: Job, tmp_path: Path) -> None:
    short = replace(job, machines=replace(job.machines, time="00:05:01"))
    process = start(short, tmp_path, command)
    assert process.wait(timeout=20) == 0
    assert (tmp_path / "requeued").exists()


@pytest.mark.parametrize("command", ["bsub", "qsub"])
def test_own_clock_ends_with_the_job(command: str, job: Job, tmp_path: Path) -> None:
    long = replace(job, machines=replace(job.machines, time="7-03:05:07"))
    nap = f"sleep {long.machines.seconds - 300}"
    process = start(long, tmp_path, command)
    wait_for(tmp_path / "called")
    assert subprocess.run(["pgrep", "-f", nap], capture_output=True, check=False).returncode == 0
    (job.run / "STOP").touch()
    assert process.wait(timeout=20) == 0
    time.sleep(0.2)
    assert subprocess.run(["pgrep", "-fx", nap], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("command", SCHEDULERS)
def test_modules_and_container_come_before_python(command: str, job: Job) -> None:
    machines = replace(job.machines, modules=("cuda/12.8", "a b"), container="/images/cdcl.sif")
    data, run = job.run.parent / "data", job.run.parent
    written = job_script(replace(job, machines=machines, folders=(data, run)), command)
    assert "\nmodule load cuda/12.8\nmodule load 'a b'\n" in written
    binds = [f"--bind={run}", f"--bind={data}"]
    python = shlex.join(["apptainer", "exec", "--nv", *binds, "/images/cdcl.sif", "python"])
    assert f"{python} -m torch.distributed.run" in written


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


@pytest.mark.parametrize("command", SCHEDULERS)
def test_script_is_sound_bash_and_says_where_it_belongs(command: str, job: Job) -> None:
    script = job.script
    script.write_text(job_script(job, command))
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False).stderr == b""
    outside = {name: value for name, value in os.environ.items() if not re.match("SLURM|LSB|PBS", name)}
    found = subprocess.run(["bash", str(script)], env=outside, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    submit = SCHEDULERS[command].submit.format(script=script)
    assert found.stderr == f"this is a job for a cluster: submit it with {submit}\n"


def test_failure_is_passed_on_and_not_queued_again(job: Job, tmp_path: Path) -> None:
    process = start(job, tmp_path, STATUS="3")
    wait_for(tmp_path / "called")
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=10) == 3
    assert not (tmp_path / "requeued").exists()
