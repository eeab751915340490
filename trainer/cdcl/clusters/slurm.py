"""What SLURM reads in a job script, and how it starts a command on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.clusters.job import NOTICE_SECONDS

if TYPE_CHECKING:
    from cdcl.clusters.job import Job, Machines


def resources(machines: Machines) -> list[str]:
    """Give the directives that choose where a job runs, and for how long."""
    wanted = [
        f"gpus-per-node={machines.gpus}",
        f"cpus-per-task={machines.cores}",
        *([f"partition={machines.partition}"] if machines.partition else []),
        f"time={machines.time}",
    ]
    return [f"#SBATCH --{directive}" for directive in wanted]


def directives(job: Job) -> list[str]:
    """Give the lines that sbatch reads."""
    wanted = [
        f"job-name={job.name}",
        "output=%x-%j.out",
        "open-mode=append",
        f"nodes={job.machines.nodes}",
        "ntasks-per-node=1",
        f"signal=B:USR1@{NOTICE_SECONDS}",
        "requeue",
    ]
    return [f"#SBATCH --{directive}" for directive in wanted] + resources(job.machines)


def lines(job: Job) -> dict[str, str]:
    """Give the shell's lines; SLURM itself sends the signal, and keeps the script for the next stretch."""
    del job
    everywhere = "srun --kill-on-bad-exit=1 "
    return {
        "timer": "",
        "head": 'job=$SLURM_JOB_ID\nhead=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
        "everywhere": everywhere,
        "after": "",
        "again": 'scontrol requeue "$SLURM_JOB_ID"',
    }
