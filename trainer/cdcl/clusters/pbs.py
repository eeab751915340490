"""What PBS Pro and OpenPBS read in a job script, and how they start a command on every machine."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cdcl.clusters import own_timer

if TYPE_CHECKING:
    from cdcl.clusters.job import Job

_LONGEST_NAME = 15
"""Older servers refuse a longer name of a job."""


def directives(job: Job) -> list[str]:
    """Give the lines that qsub reads."""
    machines = job.machines
    hours, rest = divmod(machines.seconds, 3600)
    wanted = [
        f"-N {job.name[:_LONGEST_NAME]}",
        "-j oe",
        f"-l select={machines.nodes}:ncpus={machines.cores}:ngpus={machines.gpus}:mpiprocs=1",
        *(["-l place=scatter"] if machines.nodes > 1 else []),
        f"-l walltime={hours:02d}:{rest // 60:02d}:{rest % 60:02d}",
        *([f"-q {machines.partition}"] if machines.partition else []),
        "-r y",
    ]
    return [f"#PBS {directive}" for directive in wanted]


def lines(job: Job) -> dict[str, str]:
    """Give the shell's lines; pbsdsh starts commands without the job's variables, so the working folder is not kept."""
    return {
        "timer": own_timer.start(job.machines),
        "head": 'job=${PBS_JOBID%%[!0-9]*}\nhead=$(sort -u "$PBS_NODEFILE" | head -n 1)',
        "everywhere": "pbsdsh -u -- " if job.machines.nodes > 1 else "",
        "after": own_timer.end(),
        "again": f"qsub {shlex.quote(str(job.script))}",
    }
