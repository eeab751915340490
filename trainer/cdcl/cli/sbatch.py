"""`cdcl train --sbatch`: the same training as a SLURM job."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.atomic import write_text
from cdcl.slurm import Job, job_script

if TYPE_CHECKING:
    from argparse import Namespace


def write_job(args: Namespace) -> None:
    """Write the script and say how to submit it."""
    job = Job(
        run=args.out.resolve(),
        arguments=_arguments(args),
        nodes=args.nodes,
        gpus=args.gpus,
        partition=args.partition or "",
        time=args.time,
    )
    write_text(args.sbatch, job_script(job))
    print(f"submit it with: {shlex.join(['sbatch', str(args.sbatch)])}", file=sys.stderr)  # noqa: T201


def _arguments(args: Namespace) -> list[str]:
    """Say again what this process was told, so that it means the same in another working directory."""
    arguments = [] if args.config is None else [_anywhere(args.config)]
    for option, value in (("--screen", args.screen), ("--out", args.out), ("--cache", args.cache)):
        arguments += [option, str(value.resolve())] if value is not None else []
    for setting in args.set:
        arguments += ["--set", setting]
    return arguments + (["--device", args.device] if args.device else [])


def _anywhere(config: str) -> str:
    return str(Path(config).resolve()) if Path(config).is_file() else config
