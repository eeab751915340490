"""A job array that embeds: task r of n takes every n-th plate, and they share the folder that they write to."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cdcl.clusters import slurm
from cdcl.errors import ConfigError
from cdcl.wording import option

if TYPE_CHECKING:
    from cdcl.clusters.job import Job

_SCRIPT = """\
#!/bin/bash
# Written by `cdcl embed --sbatch`; submit it with `sbatch {script}`. Should a task die, submit the same again: plates
# that are done are passed over.
{directives}

set -u

if [ -z "${{SLURM_ARRAY_TASK_ID:-}}" ]; then echo "this is an array for SLURM: sbatch {script}" >&2; exit 2; fi
{modules}
export RANK=$SLURM_ARRAY_TASK_ID WORLD_SIZE=$SLURM_ARRAY_TASK_COUNT
exec {python} -m cdcl {arguments}
"""


def array_script(job: Job, tasks: int) -> str:
    """Write the script of an array for SLURM; each task has one machine.

    Parameters
    ----------
    job
        What each task runs, with the task's number as `RANK` and the number of tasks as `WORLD_SIZE` in its
        environment.
    tasks
        How many, 1 or more.

    Returns
    -------
    str
        The text of the script.

    Raises
    ------
    ConfigError
        If there are less than one task, or machines are asked for that no cluster gives.
    """
    if tasks < 1:
        raise ConfigError(f"{option('tasks')} {tasks}: at least 1 is needed.")
    job.machines.check()
    wanted = [f"job-name={job.name}", "output=%x-%A-%a.out", f"array=0-{tasks - 1}", "nodes=1", "ntasks-per-node=1"]
    return _SCRIPT.format(
        script=shlex.quote(str(job.script)),
        directives="\n".join([*(f"#SBATCH --{directive}" for directive in wanted), *slurm.resources(job.machines)]),
        modules=job.machines.preparation(),
        python=job.python(),
        arguments=shlex.join(job.arguments),
    )
