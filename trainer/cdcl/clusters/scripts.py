"""The job script of a training: torchrun on every node, a checkpoint before the time is up, and on it goes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.clusters import lsf, pbs, slurm

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.clusters.job import Job


@dataclass(frozen=True, slots=True)
class Scheduler:
    """How one scheduler wants a job written.

    Attributes
    ----------
    submit
        The command that takes the script, with `{script}` for its place.
    directives
        The lines of comments that the scheduler reads.
    guard
        The variable that is set inside a job.
    lines
        The shell's lines that name the job (`job`), its first machine (`head`) and how a command is started on
        every machine (`everywhere`), tell the script when its time is nearly up, and submit it again (`again`).
    """

    submit: str
    directives: Callable[[Job], list[str]]
    guard: str
    lines: Callable[[Job], dict[str, str]]


SCHEDULERS = {
    "sbatch": Scheduler("sbatch {script}", slurm.directives, "SLURM_JOB_ID", slurm.lines),
    "bsub": Scheduler("bsub < {script}", lsf.directives, "LSB_JOBID", lsf.lines),
    "qsub": Scheduler("qsub {script}", pbs.directives, "PBS_JOBID", pbs.lines),
}
"""By the command that takes the script: SLURM, LSF, and PBS Pro or OpenPBS."""

_SCRIPT = """\
#!/bin/bash
# Written by `cdcl train --{command}`; submit it with `{submit}`. The comments below are for the scheduler, and yours.
{directives}

set -u

if [ -z "${{{guard}:-}}" ]; then echo "this is a job for a cluster: submit it with {submit}" >&2; exit 2; fi
{modules}
run={run}
stopped=no

# When the time is nearly up the run ends at its next step with a checkpoint, and the job is queued anew.
trap 'stopped=yes; touch "$run/STOP"' USR1
{timer}
{head}
resume=
if [ -e "$run/config.toml" ]; then resume=--resume; fi

{everywhere}{python} -m torch.distributed.run \\
    --nnodes={nodes} --nproc-per-node={gpus} \\
    --rdzv-backend=c10d --rdzv-id="$job" --rdzv-endpoint="$head:$((20000 + job % 20000))" \\
    -m cdcl {arguments} $resume &
training=$!

# A signal ends `wait` early; it is called again until the training itself is over.
while kill -0 "$training" 2>/dev/null; do wait "$training"; done
wait "$training"
status=$?
{after}
if [ "$stopped" = yes ] && [ "$status" -eq 0 ]; then {again}; fi
exit "$status"
"""


def job_script(job: Job, command: str = "sbatch") -> str:
    """Write the script of a training job.

    Parameters
    ----------
    command
        What it will be given to; a key of `SCHEDULERS`.

    Raises
    ------
    ConfigError
        If the job asks for what no cluster gives.
    """
    job.machines.check()
    scheduler, machines = SCHEDULERS[command], job.machines
    return _SCRIPT.format(
        command=command,
        submit=scheduler.submit.format(script=shlex.quote(str(job.script))),
        directives="\n".join(scheduler.directives(job)),
        guard=scheduler.guard,
        modules=machines.preparation(),
        run=shlex.quote(str(job.run)),
        python=job.python(),
        nodes=machines.nodes,
        gpus=machines.gpus,
        arguments=shlex.join(job.arguments),
        **scheduler.lines(job),
    )
