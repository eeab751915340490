"""`cdcl runs`: the runs in a folder."""

from __future__ import annotations

import json
from math import isfinite, isnan
from typing import TYPE_CHECKING

from cdcl.cli.tables import align
from cdcl.runs import list_runs, summarise

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.runs import Summary


def perform(args: Namespace) -> None:
    """Print a line a run."""
    found = [summarise(run) for run in list_runs(args.folder)]
    if args.events:
        print("\n".join(json.dumps(_record(summary), allow_nan=False) for summary in found))  # noqa: T201
    elif found:
        header = ["run", "recipe", "status", "steps", "loss", "size"]
        print(align(header, [_row(summary, args.folder) for summary in found]))  # noqa: T201
    else:
        print(f"no runs in {args.folder}")  # noqa: T201


def _row(summary: Summary, folder: Path) -> list[str]:
    path = summary.run.folder
    name = str(path.relative_to(folder)) if path != folder else str(path)
    steps = f"{summary.step}/{summary.steps}" if summary.steps else str(summary.step)
    loss = "-" if isnan(summary.loss) else f"{summary.loss:.4g}"
    return [name, summary.recipe or "-", summary.status, steps, loss, _size(summary.num_bytes)]


def _record(summary: Summary) -> dict[str, object]:
    return {
        "run": str(summary.run.folder),
        "recipe": summary.recipe,
        "status": summary.status,
        "step": summary.step,
        "steps": summary.steps or None,
        "loss": summary.loss if isfinite(summary.loss) else None,
        "bytes": summary.num_bytes,
    }


def _size(num_bytes: int) -> str:
    size = float(num_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
