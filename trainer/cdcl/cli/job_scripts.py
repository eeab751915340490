"""`cdcl train --sbatch` and its kin, `cdcl embed --sbatch`: the same work as a job of a cluster."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.atomic import write_text
from cdcl.cli.parser import UsageError
from cdcl.clusters import SCHEDULERS, Job, Machines, array_script, job_script

if TYPE_CHECKING:
    from argparse import Namespace


def asked_for(args: Namespace) -> str | None:
    """Tell which scheduler's script was asked for, by the command that takes it.

    Raises
    ------
    UsageError
        If there were several, or the script would overwrite a folder.
    """
    named = [command for command in SCHEDULERS if getattr(args, command, None) is not None]
    if len(named) > 1:
        raise UsageError(f"--{' and --'.join(named)}: a job is for one scheduler.")
    if named and getattr(args, named[0]).is_dir():
        raise UsageError(f"--{named[0]} {getattr(args, named[0])}: this is a folder; name a file for the script.")
    return named[0] if named else None


def write_training(args: Namespace, command: str) -> None:
    """Write the script of a training and say how to submit it."""
    arguments = ["train", *([] if args.config is None else [_anywhere(args.config)])]
    arguments += _paths(args, ("--screen", "--out", "--cells", "--from-checkpoint", "--cache"))
    for setting in args.set:
        arguments += ["--set", setting]
    arguments += ["--log", args.log] if args.log else []
    arguments += ["--device", args.device] if args.device else []
    script = getattr(args, command).resolve()
    job = Job(args.out.resolve(), arguments, script, _machines(args), _folders(args))
    _write(script, job_script(job, command), SCHEDULERS[command].submit)


def write_embedding(args: Namespace) -> None:
    """Write the script of an array that embeds cells, and say how to submit it.

    Raises
    ------
    UsageError
        If there is no run, or the tasks would have no folder to share.
    """
    if args.network is not None or args.model is None:
        raise UsageError("--sbatch: an array embeds with a run's network; give the run.")
    if args.level != "cell" or args.out is None or args.out.suffix:
        raise UsageError("--sbatch: tasks of an array share a folder, a file a plate: add --level cell -o DIR.")
    arguments = ["embed", str(args.model.resolve()), "--level", "cell"]
    arguments += _paths(args, ("--screen", "--out", "--cells", "--cache"))
    arguments += [word for word, asked in (("--probe-blocks", args.probe_blocks), ("--best", args.best)) if asked]
    arguments += ["--device", args.device] if args.device else []
    script = args.sbatch.resolve()
    job = Job(args.out.resolve(), arguments, script, _machines(args), [args.model.resolve(), *_folders(args)])
    _write(script, array_script(job, args.tasks), SCHEDULERS["sbatch"].submit)


def _write(script: Path, text: str, submit: str) -> None:
    write_text(script, text)
    print(f"submit it with: {submit.format(script=shlex.quote(str(script)))}", file=sys.stderr)  # noqa: T201


def machine_words(args: Namespace) -> list[str]:
    """Say again which machines were asked for, for the cdcl of the cluster."""
    named = {"--nodes": args.nodes, "--gpus": args.gpus, "--partition": args.partition, "--time": args.time}
    words = [word for option, value in named.items() if value is not None for word in (option, str(value))]
    words += [word for name in args.module for word in ("--module", name)]
    return words + (["--container", args.container] if args.container else [])


def _machines(args: Namespace) -> Machines:
    return Machines(
        nodes=getattr(args, "nodes", 1),
        gpus=args.gpus,
        partition=args.partition or "",
        time=args.time,
        modules=tuple(args.module),
        container=_anywhere(args.container) if args.container else "",
    )


def _paths(args: Namespace, options: tuple[str, ...]) -> list[str]:
    """Say paths again so that they mean the same in another working directory."""
    named = ((option, getattr(args, option[2:].replace("-", "_"))) for option in options)
    return [word for option, path in named if path is not None for word in (option, str(path.resolve()))]


def _folders(args: Namespace) -> list[Path]:
    """Give the folders that hold what is read, for a container's eyes."""
    named = [args.screen, args.cells, args.cache, getattr(args, "from_checkpoint", None)]
    paths = [path.resolve() for path in named if path is not None]
    return [path if path.is_dir() else path.parent for path in paths]


def _anywhere(config: str) -> str:
    return str(Path(config).resolve()) if Path(config).is_file() else config
