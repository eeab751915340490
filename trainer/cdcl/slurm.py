"""A job script for SLURM: torchrun on every node, a checkpoint before the time is up, and on it goes."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """What to train and on what.

    Attributes
    ----------
    run
        Folder of the run, as an absolute path; the job puts STOP into it and resumes from it.
    arguments
        What follows `cdcl train`, without `--resume`; paths in it are absolute.
    nodes, gpus
        Machines, and GPUs of each.
    partition
        "" leaves the choice to the cluster.
    time
        Limit of one stretch of the job, as SLURM writes it; a run that needs longer takes several.
    """

    run: Path
    arguments: Sequence[str]
    nodes: int = 1
    gpus: int = 1
    partition: str = ""
    time: str = "24:00:00"


NOTICE_SECONDS = 300
"""So long before its time is up the job is told, and asks the run to stop."""

CORES_PER_GPU = 8

_SCRIPT = """\
#!/bin/bash
# Written by `cdcl train --sbatch`; submit it with `sbatch`. Lines that begin with #SBATCH are yours to change.
{directives}

set -u

if [ -z "${{SLURM_JOB_ID:-}}" ]; then echo "this is a job for SLURM: submit it with sbatch $0" >&2; exit 2; fi

run={run}
stopped=no

# SLURM says when the time is nearly up; the run then ends at its next step with a checkpoint, and the job queues anew.
trap 'stopped=yes; touch "$run/STOP"' USR1

head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
resume=
if [ -e "$run/config.toml" ]; then resume=--resume; fi

srun --kill-on-bad-exit=1 {python} -m torch.distributed.run \\
    --nnodes="$SLURM_NNODES" --nproc-per-node={gpus} \\
    --rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$head:$((20000 + SLURM_JOB_ID % 20000))" \\
    -m cdcl train {arguments} $resume &
training=$!

# A signal ends `wait` early; it is called again until the training itself is over.
while kill -0 "$training" 2>/dev/null; do wait "$training"; done
wait "$training"
status=$?

if [ "$stopped" = yes ] && [ "$status" -eq 0 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
exit "$status"
"""


def job_script(job: Job) -> str:
    """Write the script of a job; it calls the Python that this process runs on.

    Raises
    ------
    ConfigError
        If it asks for less than one node or GPU.
    """
    for name, count in (("--nodes", job.nodes), ("--gpus", job.gpus)):
        if count < 1:
            raise ConfigError(f"{name} {count}: at least 1 is needed.")
    return _SCRIPT.format(
        directives="\n".join(f"#SBATCH --{directive}" for directive in _directives(job)),
        run=shlex.quote(str(job.run)),
        python=shlex.quote(sys.executable),
        gpus=job.gpus,
        arguments=shlex.join(job.arguments),
    )


def _directives(job: Job) -> list[str]:
    return [
        f"job-name={_job_name(job.run.name)}",
        "output=%x-%j.out",
        "open-mode=append",
        f"nodes={job.nodes}",
        "ntasks-per-node=1",
        f"gpus-per-node={job.gpus}",
        f"cpus-per-task={CORES_PER_GPU * job.gpus}",
        *([f"partition={job.partition}"] if job.partition else []),
        f"time={job.time}",
        f"signal=B:USR1@{NOTICE_SECONDS}",
        "requeue",
    ]


def _job_name(name: str) -> str:
    """Keep what a job's name and its output file may hold."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name) or "cdcl"
