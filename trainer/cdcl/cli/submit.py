"""`cdcl submit`: train on a cluster, seen from here."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.bounded import read_text
from cdcl.cli.follow import follow_aloud
from cdcl.cli.job_scripts import machine_words
from cdcl.cli.parser import UsageError
from cdcl.cli.streams import tell
from cdcl.clusters.remote.host import Host
from cdcl.clusters.remote.submission import Order, submit
from cdcl.config import load_config, write_config
from cdcl.errors import ConfigError
from cdcl.runs import Run

if TYPE_CHECKING:
    from argparse import Namespace


def perform(args: Namespace) -> int:
    """Submit a training and follow it."""
    config = load_config(args.config, args.set)  # what is wrong with it is said before anybody is asked
    run, there = Run(args.out), _there(args)
    if (run.config.exists() or run.submission.exists()) and not args.resume:
        raise UsageError(f"{args.out} is a run already; take another name, or --resume.")
    order = _order(args, there)
    submission = submit(Host(args.host, args.cdcl), order)
    submission.write(args.out)
    if not order.shared:
        write_config(config, run.config)  # it is a run from now on, though its job may wait for days
    tell(f"job {submission.job} on {args.host} trains {there}; {run.submission} remembers it")
    if args.detach:
        tell(f"follow it with: cdcl follow {args.out}")
        return 0
    return follow_aloud(args, submission, run)


def _order(args: Namespace, there: str) -> Order:
    arguments = ["--screen", _on_cluster(args.screen, args.map), *machine_words(args)]
    for setting in args.set:
        arguments += ["--set", setting]
    for option, path in (("--cells", args.cells), ("--cache", args.cache)):
        arguments += [option, _on_cluster(str(path), args.map)] if path else []
    arguments += ["--device", args.device] if args.device else []
    is_text = Path(args.config).is_file()
    config = read_text(Path(args.config), ConfigError) if is_text else args.config
    return Order(config, is_text, arguments, there, args.resume, shared=_translated(args.out, args.map) == there)


def _there(args: Namespace) -> str:
    """Give the run's folder on the cluster."""
    named = args.there or _translated(args.out, args.map)
    if named is None:
        raise UsageError("where on the cluster? Give --there /its/run/folder, or --map HERE=THERE for a shared drive.")
    return str(named)


def _on_cluster(path: str, maps: list[str]) -> str:
    """Give a path as the cluster has it: mapped from here, or from / on as it is."""
    mapped = _translated(Path(path), maps)
    if mapped is None and not posixpath.isabs(path):
        raise UsageError(f"{path}: name it as the cluster has it, from / on, or add --map HERE=THERE.")
    return mapped or path


def _translated(path: Path, maps: list[str]) -> str | None:
    """Give the place on the cluster of a path here; None where no drive that both see holds it."""
    for pair in maps:
        here, found, there = pair.partition("=")
        if not found or not here or not posixpath.isabs(there):
            raise UsageError(f"--map {pair}: write HERE=THERE, the folder here and the same folder on the cluster.")
        try:
            rest = path.absolute().relative_to(Path(here).absolute())
        except ValueError:
            continue
        return posixpath.join(there, *rest.parts)
    return None
