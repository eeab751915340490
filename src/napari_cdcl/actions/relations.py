"""The relations of a run's treatments in the window: found by a child, read and held against what they must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.runs import Run


@dataclass(frozen=True, eq=False)
class RunRelations:
    """Pairs of treatments of a run.

    Attributes
    ----------
    run
        Whose.
    pairs
        As from `cdcl.hits.relations.find_relations`, `related` true or false; None where they were not made yet.
    stale
        The profiles have changed since.
    """

    run: Run
    pairs: pd.DataFrame | None
    stale: bool = False


def relation_steps(run: Run) -> list[list[str]]:
    """Give the arguments of the child that finds the relations of a run.

    Raises
    ------
    RunError
        If the run has no profiles yet.
    """
    if not run.profiles("site").is_file():
        raise RunError(f"{run.folder.name} has no profiles yet; embed it first (Runs panel, Embed).")
    return [["relations", str(run.folder)]]


def stamp_of_relations(run: Run) -> tuple[int, ...]:
    """Give what changes when the relations or their profiles do."""
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in (_file(run), run.profiles("site")))


def read_run_relations(run: Run) -> RunRelations:
    """Read the relations of a run; it may run in any thread.

    Raises
    ------
    RunError
        If the file is no table of pairs.
    """
    from cdcl.runs.own_tables import PAIRS  # pandas takes a moment to import

    path, source = _file(run), run.profiles("site")
    if not path.is_file():
        return RunRelations(run, None)
    pairs = PAIRS.read(path)
    odd = sorted(set(pairs["related"]) - {"True", "False"})
    if odd:
        raise RunError(f"{path} has {odd[0][:40]!r} in the column related, not True or False; compute it anew.")
    stale = source.is_file() and source.stat().st_mtime_ns > path.stat().st_mtime_ns
    return RunRelations(run, pairs.assign(related=pairs["related"] == "True"), stale)


def _file(run: Run) -> Path:
    return run.folder / "relations" / "pairs.csv"
