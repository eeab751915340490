"""What a run's folder says of scores, corrections and quality, read for its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import RunError
from cdcl.metrics.judging import coarsest
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run

_QUALITY = ("flags", "layout", "plates", "batches", "separation", "wells", "archetypes", "controls")


_COMPARED = ("run", "correction", "name", "level", "value", "low", "high")


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
    sweep, beside = (_read(path, "score", _COMPARED) for path in (sweep_path, beside_path))
    scores = _read(run.scores, "score", ("name", "level", "value", "low", "high", "chance", "note"))
    if not len(scores) and len(sweep):
        first = sweep[(sweep["run"] == sweep["run"].iloc[0]) & (sweep["correction"] == "none")]
        scores = first.drop(columns=["run", "correction"]).reset_index(drop=True)
    paths = {name: run.folder / "quality" / f"{name}.csv" for name in _QUALITY}
    quality = {name: _read(path, "quality", ()) for name, path in paths.items()}
    by_label = _read(run.scores.with_name("scores-by-label.csv"), "score", ("name", "label", "value"))
    outdated = tuple(_outdated(run, [run.scores, sweep_path, beside_path, paths["flags"]]))
    return Findings(scores, by_label, sweep, quality, outdated, beside)


def _outdated(run: Run, made: list[Path]) -> list[str]:
    if not run.profiles("site").exists():
        return []
    since = run.profiles("site").stat().st_mtime
    return [str(path.relative_to(run.folder)) for path in made if path.exists() and path.stat().st_mtime < since]


def _read(path: Path, maker: str, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a table; texts stay texts ("01", "NA"), and only what is empty is missing."""
    if not path.exists():
        return pd.DataFrame(columns=list(needed))
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (ValueError, OSError) as error:
        raise RunError(f"{path} cannot be read; make it anew with {verb(maker)}.") from error
    missing = [name for name in needed if name not in table]
    if missing:
        what = "no table of scores" if "value" in needed else "no table of this kind"
        raise RunError(f"{path} is {what}; make it anew with {verb(maker)}.")
    return table


_TEXTS = ("batch", "plate", "well", "site", "channel", "treatment", "compound", "control", "label", "flag", "reason",
          "name", "level", "note", "positive", "expected", "found", "effect", "reference")  # fmt: skip


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(_TEXTS, "str"), keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    texts = [name for name in _TEXTS if name in table]
    return table.assign(**{name: table[name].fillna("") for name in texts})
