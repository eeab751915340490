"""The hits of a run in the window: found by a child, read, starred, saved, and seen beside their controls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import write_text
from cdcl.bounded import read_json
from cdcl.errors import CDCLError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from cdcl.runs import Run
    from cdcl.screen import Screen

STARS = "stars.json"
"""File of a run with the treatments that the user has starred."""


@dataclass(frozen=True, eq=False)
class RunHits:
    """What is known of the treatments of a run.

    Attributes
    ----------
    run
        Whose.
    table
        As from `cdcl.hits.find_hits`; None where it was not made yet.
    stars
        Treatments that the user has starred.
    stale
        The profiles, or the shares of phenotypes, have changed since.
    """

    run: Run
    table: pd.DataFrame | None
    stars: frozenset[str]
    stale: bool = False


def hit_steps(run: Run) -> list[list[str]]:
    """Give the arguments of the child that finds the hits of a run.

    Raises
    ------
    RunError
        If the run has no profiles yet.
    """
    if not run.profiles("site").is_file():
        raise RunError(f"{run.folder.name} has no profiles yet; embed it first (Runs panel, Embed).")
    return [["hits", str(run.folder), "--no-montage"]]


def stamp_of_hits(run: Run) -> tuple[int, ...]:
    """Give what changes when the hits, their profiles or the stars do."""
    paths = (run.hits, run.profiles("site"), run.shares, run.folder / STARS)
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def read_run_hits(run: Run) -> RunHits:
    """Read the hits of a run; it may run in any thread.

    Raises
    ------
    RunError
        If the file is no table of hits.
    """
    from cdcl.hits import read_hits  # pandas takes a moment to import

    if not run.hits.is_file():
        return RunHits(run, None, read_stars(run))
    sources = [path for path in (run.profiles("site"), run.shares) if path.is_file()]
    stale = any(path.stat().st_mtime_ns > run.hits.stat().st_mtime_ns for path in sources)
    return RunHits(run, read_hits(run.hits), read_stars(run), stale)


def read_stars(run: Run) -> frozenset[str]:
    """Name the treatments that are starred; none where the file is damaged."""
    try:
        stars = read_json(run.folder / STARS).get("treatments", [])
    except CDCLError:
        return frozenset()
    return frozenset(star for star in stars if isinstance(star, str)) if isinstance(stars, list) else frozenset()


def write_stars(run: Run, stars: Iterable[str]) -> None:
    """Keep the stars with the run.

    Raises
    ------
    DiskError
        If they cannot be written.
    """
    write_text(run.folder / STARS, json.dumps({"treatments": sorted(stars)}, indent=1, ensure_ascii=False))


def treatments_that_are(hits: RunHits, kind: str) -> set[str] | None:
    """Name the treatments that are "hits", "starred", "flagged" or "toxic"; None for any other word: all of them."""
    from cdcl.hits.reasons import FEW_CELLS

    assert hits.table is not None
    table, names = hits.table, hits.table["treatment"].astype(str)
    if kind == "hits":
        return set(names[table["hit"]])
    if kind == "starred":
        return set(names) & hits.stars
    if kind == "flagged":
        return set(names[table["flags"] != ""]) if "flags" in table else set()
    if kind == "toxic":
        return set(names[table["cells"] < FEW_CELLS]) if "cells" in table else set()
    return None


def save_hits(hits: RunHits, treatments: Iterable[str], path: Path) -> None:
    """Write the rows of these treatments, in this order, with a column `starred`.

    Raises
    ------
    CDCLError
        If it cannot be written, or the name ends in neither .csv nor .xlsx.
    """
    from cdcl.hits import write_hits

    assert hits.table is not None
    table = hits.table.set_index(hits.table["treatment"].astype(str), drop=False).loc[list(treatments)]
    starred = np.array([name in hits.stars for name in table.index], dtype=bool)
    write_hits(table.reset_index(drop=True).assign(starred=starred), path)


def fields_beside_controls(screen: Screen, treatment: str, most: int) -> list[tuple[int, int]]:
    """Choose rows of the screen: a field of a treatment and a control of the same plate, on `most` plates at most."""
    from cdcl.hits import beside_controls

    return beside_controls(screen.sites, treatment, most)
