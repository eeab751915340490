"""What a run's folder says of scores, corrections and quality, read for its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.metrics.judging import coarsest
from cdcl.profiles import read_profiles
from cdcl.profiles.identity import identity, made_of
from cdcl.projections import PROJECTIONS, read_projection
from cdcl.runs.own_tables import BY_LABEL, COMPARED, QUALITY, SCORES

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run


@dataclass(frozen=True)
class Findings:
    """Tables of a run; those that it has not yet are empty.

    Attributes
    ----------
    scores
        scores.csv: one row a metric and level.
    by_label
        scores-by-label.csv: the same of each treatment, batch and mechanism.
    sweep
        corrections/scores.parquet: scores after every correction, and of other runs.
    beside
        corrections/beside.parquet: scores of runs side by side, without corrections.
    quality
        The tables of quality/, by name, without .csv.
    outdated
        Files that are older than the profiles they speak of.
    """

    scores: pd.DataFrame
    by_label: pd.DataFrame
    sweep: pd.DataFrame
    quality: dict[str, pd.DataFrame]
    outdated: tuple[str, ...] = ()
    beside: pd.DataFrame = field(default_factory=pd.DataFrame)

    def coarsest(self) -> pd.DataFrame:
        """Give the scores that could be had, by name, each of its coarsest level."""
        return coarsest(self.scores)


def read_findings(run: Run) -> Findings:
    """Read what there is.

    Raises
    ------
    RunError
        If a table is damaged; the message says which verb makes it anew.
    """
    sweep_path, beside_path = (run.folder / "corrections" / f"{name}.parquet" for name in ("scores", "beside"))
    sweep, beside = (COMPARED.read(path) for path in (sweep_path, beside_path))
    scores = SCORES.read(run.scores)
    if not len(scores) and len(sweep):
        first = sweep[(sweep["run"] == sweep["run"].iloc[0]) & (sweep["correction"] == "none")]
        scores = first.drop(columns=["run", "correction"]).reset_index(drop=True)
    paths = {name: run.folder / "quality" / f"{name}.csv" for name in QUALITY}
    quality = {name: QUALITY[name].read(path) if path.exists() else pd.DataFrame() for name, path in paths.items()}
    by_label = BY_LABEL.read(run.scores.with_name("scores-by-label.csv"))
    outdated = tuple(_outdated(run, [run.scores, sweep_path, beside_path, paths["flags"]]))
    return Findings(scores, by_label, sweep, quality, outdated, beside)


def _outdated(run: Run, made: list[Path]) -> list[str]:
    if not run.profiles("site").exists():
        return []
    since = run.profiles("site").stat().st_mtime
    older = [path for path in made if path.exists() and path.stat().st_mtime < since]
    return [str(path.relative_to(run.folder)) for path in (*older, *_older_maps(run))]


def _older_maps(run: Run) -> list[Path]:
    """Give the maps that the page shows and that were made of other profiles than those there are now."""
    older, sums = [], {}
    for path in (run.projection(name) for name in PROJECTIONS):
        parameters = read_projection(path).parameters if path.exists() else {}
        source = run.profiles(str(parameters.get("level", "site")))
        if parameters and source.exists():
            if source not in sums:
                sums[source] = identity(read_profiles(source))
            older += [path] * (not made_of(parameters, path, sums[source], source))
    return older
