"""Scores that were written already: of a run, of a file of profiles, or a table of scores itself. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.bounded import check_regular
from cdcl.errors import CDCLError, ProfilesError, RunError
from cdcl.profiles import CORRECTIONS
from cdcl.runs import Run
from cdcl.runs.own_tables import OwnTable
from napari_cdcl.models.score_texts import BASELINES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAIN = "as they are"
"""What profiles that were not corrected are called."""

_NONE = "none"
_FINEST = ("site", "scores", "profiles")
_TABLES = (".csv", ".parquet")
_NEEDED = {"name", "level", "value"}
_NUMBERS = ("low", "high", "chance", "count", "null", "null_low", "null_high", "q")
_TEXTS = ("name", "level", "label", "note", "run", "correction")
_SCORES = OwnTable("score", (), (), _TEXTS, ("value", *_NUMBERS, *BASELINES))
"""A table of scores, a stranger's too, which may lack what a run's own scores have."""


ScoreKey = tuple[str, str]
"""Name and level of a score."""


@dataclass(frozen=True, eq=False)
class Scored:
    """The scores of some profiles: a column of the table.

    Attributes
    ----------
    source
        The run's folder, or the file.
    what
        "as they are", or the correction.
    scores
        By name and level: what scores.csv says of it, by column.
    baselines
        The baselines' values of the same scores, by name; none where they were not asked for.
    by_label
        The file with the values of single treatments, if there is one.
    note
        Why there are no scores, where there are none.
    stale
        The profiles have changed since.
    key
        Which profiles of the run these are, as `RunProfiles.key` has it.
    """

    source: Path
    title: str
    what: str
    scores: Mapping[ScoreKey, Mapping[str, Any]]
    baselines: Mapping[ScoreKey, Mapping[str, float]] = field(default_factory=dict)
    by_label: Path | None = None
    note: str = ""
    stale: bool = False
    key: str = ""


def scores_folder(source: Path) -> Path:
    """Give the folder that further scores of a run or a file of profiles are kept in."""
    return source / "scores" if source.is_dir() else source.with_name(f"{title_of_source(source)}-scores")


def title_of_source(source: Path) -> str:
    """Name a run or a file in a few letters."""
    name = source.resolve().name
    return name if source.is_dir() else name.removesuffix(".gz").rpartition(".")[0] or name


def score_files(source: Path) -> list[Path]:
    """List the files with scores of a run or of a file of profiles, the oldest first; a table of scores is its own."""
    found = [source / "corrections" / "scores.parquet", Run(source).scores] if source.is_dir() else []
    folder = scores_folder(source)
    inside = [path for path in folder.iterdir() if path.suffix in _TABLES] if folder.is_dir() else []
    found += [path for path in inside if not path.stem.endswith("-by-label")]
    if source.is_file() and is_scores_table(source):
        found.append(source)
    return sorted((path for path in found if path.is_file()), key=lambda path: path.stat().st_mtime_ns)


def stamp_of(source: Path) -> tuple[tuple[str, int], ...]:
    """Tell whether something was scored again: another stamp, other scores."""
    try:
        return tuple((str(path), path.stat().st_mtime_ns) for path in score_files(source))
    except OSError:
        return ()


def is_scores_table(path: Path) -> bool:
    """Tell a table of scores from one of profiles, by its columns."""
    try:
        check_regular(path)
        if path.suffix == ".parquet":
            return set(pq.read_schema(path).names) >= _NEEDED
        return path.name.endswith(".csv") and set(pd.read_csv(path, nrows=0).columns) >= _NEEDED
    except (CDCLError, OSError, ValueError, pa.ArrowException):
        return False


def read_scored(source: Path) -> list[Scored]:
    """Read all scores of a run or a file; it may run in any thread.

    Where the same profiles were scored twice, the newer scores are taken, with the baselines of the older ones if they
    bring none. Corrected profiles have the baselines of the same profiles as they are.

    Raises
    ------
    ProfilesError
        If a file cannot be read.
    """
    found: dict[tuple[str, str], Scored] = {}
    for path in score_files(source):
        for scored in _read(source, path):
            place = (scored.title, scored.what)
            before = found.get(place)
            found[place] = scored if before is None else _renewed(before, scored)
    everything = [_with_baselines(scored, found.get((scored.title, PLAIN))) for scored in found.values()]
    return sorted(everything, key=lambda scored: (scored.title != title_of_source(source), _rank(scored.what)))


def read_labels(path: Path, name: str, level: str) -> pd.DataFrame:
    """Read the values of single treatments (or batches, or mechanisms) of one score; it may run in any thread.

    Returns
    -------
    DataFrame
        `label`, `value` and, where the score tells, `low`, `high`, `count`, `q` and `predicted`.

    Raises
    ------
    ProfilesError
        If the file cannot be read.
    """
    table = _read_table(path)
    if not {"name", "level", "label", "value"} <= set(table):
        raise ProfilesError(f"{path} has no values of single treatments; score again.")
    rows = table[(table["name"] == name) & (table["level"] == level)]
    known = ["low", "high", "count", "q", "predicted"]
    kept = [column for column in known if column in rows and rows[column].notna().any()]
    return rows[["label", "value", *kept]].astype({"label": str}).reset_index(drop=True)


def _read(source: Path, path: Path) -> list[Scored]:
    table = _read_table(path)
    if not set(table) >= _NEEDED:
        raise ProfilesError(f"{path} has no scores: a table of scores has the columns name, level and value.")
    if "correction" in table:
        return _of_sweep(source, table, path)
    by_label = path.with_name(f"{path.stem}-by-label.csv")
    return [
        Scored(
            source,
            title_of_source(source),
            _what(path.stem) if path != source else PLAIN,
            _by_key(table),
            _baselines(table),
            by_label if by_label.is_file() else None,
            stale=_is_older(path, source, path.stem),
            key="site" if path.stem in _FINEST else path.stem,
        )
    ]


def _of_sweep(source: Path, table: pd.DataFrame, path: Path) -> list[Scored]:
    """Split a table of corrections, and perhaps of several runs, to one set of scores each.

    The first run is the one that was asked for; the scores of its single treatments lie in a folder beside the table.
    """
    level = "site" if path == source else path.stem.removesuffix("-corrections")
    labels = path.with_name(f"{path.stem}-by-label")
    runs = table["run"].astype(str) if "run" in table else pd.Series("", index=table.index)
    own, found = title_of_source(source), []
    for (run, correction), rows in table.groupby([runs, "correction"], sort=False):
        title = own if runs.nunique() == 1 or run == own else str(run)
        failed = rows[rows["name"] == "correction"]
        note = str(failed["note"].iloc[0]) if len(failed) else ""
        key = "site" if level in _FINEST else level
        key = key if correction == _NONE else f"{key}@{correction}"
        by_label = labels / f"{correction}.csv" if run == runs.iloc[0] else None
        by_label = by_label if by_label is not None and by_label.is_file() else None
        scores = _by_key(rows[rows["name"] != "correction"])
        found.append(Scored(source, title, _what(key), scores, by_label=by_label, note=note, key=key))
    return found


def _renewed(before: Scored, scored: Scored) -> Scored:
    baselines, by_label = scored.baselines or before.baselines, scored.by_label or before.by_label
    return replace(scored, baselines=baselines, by_label=by_label)


def _with_baselines(scored: Scored, plain: Scored | None) -> Scored:
    return scored if scored.baselines or plain is None else replace(scored, baselines=plain.baselines)


def _by_key(table: pd.DataFrame) -> dict[ScoreKey, dict[str, Any]]:
    notes = table["note"].fillna("").astype(str) if "note" in table else ""
    table = table.assign(level=table["level"].fillna("").astype(str), note=notes)
    records = table.rename(columns=str).to_dict("records")
    return {(str(score["name"]), str(score["level"])): {str(k): v for k, v in score.items()} for score in records}


def _baselines(table: pd.DataFrame) -> dict[ScoreKey, dict[str, float]]:
    names = [name for name in BASELINES if name in table]
    keyed = _by_key(table)
    return {key: {name: float(score[name]) for name in names} for key, score in keyed.items()} if names else {}


def _read_table(path: Path) -> pd.DataFrame:
    check_regular(path, ProfilesError)
    try:
        return _SCORES.read(path)
    except RunError as error:
        raise ProfilesError(str(error)) from error


def _what(stem: str) -> str:
    """Say what a file of scores is of: "tvn" for site@tvn, "wells, tvn" for well@tvn."""
    level, _, correction = stem.partition("@")
    parts = ["" if level in _FINEST else f"{level}s", correction]
    return ", ".join(filter(None, parts)) or PLAIN


def _rank(what: str) -> tuple[bool, int, str]:
    """Order what is not corrected before corrections, and these as `cdcl correct` names them."""
    names = list(CORRECTIONS)
    return what != PLAIN, names.index(what) if what in names else len(names), what


def _is_older(path: Path, source: Path, stem: str) -> bool:
    """Tell whether the profiles were written after their scores."""
    level, _, correction = stem.partition("@")
    profiles = source if source.is_file() else Run(source).profiles("site" if level in _FINEST else level)
    if correction and source.is_dir():
        profiles = source / "corrections" / correction / profiles.name
    return profiles.is_file() and profiles != path and profiles.stat().st_mtime_ns > path.stat().st_mtime_ns
