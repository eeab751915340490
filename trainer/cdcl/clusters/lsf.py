"""What LSF reads in a job script, and how it starts a command on every machine."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cdcl.clusters import own_timer

if TYPE_CHECKING:
    from cdcl.clusters.job import Job


def directives(job: Job) -> list[str]:
    """Give the lines that bsub reads; it counts slots, of which a machine gives as many as cores are wanted."""
    machines = job.machines
    minutes = -(-machines.seconds // 60)
    wanted = [
        f"-J {job.name}",
        f"-o {job.name}-%J.out",
        f"-n {machines.nodes * machines.cores}",
        f'-R "span[ptile={machines.cores}]"',
        f'-gpu "num={machines.gpus}/host"',
        *([f"-q {machines.partition}"] if machines.partition else []),
        f"-W {minutes // 60:02d}:{minutes % 60:02d}",
    ]
    return [f"#BSUB {directive}" for directive in wanted]


def lines(job: Job) -> dict[str, str]:
    """Give the shell's lines; LSB_MCPU_HOSTS lists every machine with its number of slots."""
    return {
        "timer": own_timer.start(job.machines),
        "head": (
            "job=$LSB_JOBID\nhosts=$(echo \"$LSB_MCPU_HOSTS\" | tr ' ' '\\n' | awk 'NR % 2' | tr '\\n' ' ')\n"
            "hosts=${hosts% }\nhead=${hosts%% *}"
        ),
        "everywhere": 'blaunch -z "$hosts" ' if job.machines.nodes > 1 else "",
        "after": own_timer.end(),
        "again": f"bsub < {shlex.quote(str(job.script))}",
    }
