"""`cdcl score --correct` and `--beside`: every metric after every correction, and of several runs, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.cli.sources import find_run, left_out, open_profiles
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Said, Warned, Wrote
from cdcl.metrics import METRICS, labels_table, scores_table
from cdcl.metrics.scoring import score_all
from cdcl.profiles import CORRECTIONS
from cdcl.profiles.corrections import compare, learn_correction
from cdcl.projections import project, write_projection

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task

MAP = "umap"
"""How profiles are drawn before and after the best correction."""

_MOST_POINTS = 5000
"""So many profiles show on a map whether batches mixed."""

NONE = "none"
"""What the scores without a correction are filed under; always there, to compare with."""


@dataclass(frozen=True)
class Swept:
    """The scores of one table of profiles after every correction.

    Attributes
    ----------
    table
        Tidy, one row a correction, metric and level: `correction`, then the columns of scores.csv. A correction that
        cannot be fitted has one row, without a value, whose note says why; the others still come.
    labels
        For each correction, the scores of single treatments, batches and mechanisms.
    """

    table: pd.DataFrame
    labels: dict[str, pd.DataFrame]


def perform(args: Namespace) -> None:
    """Score the profiles as they are and corrected, print a table, and keep it in the run or where asked."""
    if args.baselines:
        raise ProfilesError("--baselines makes a table of its own; ask for it without --correct and --beside.")
    names = chosen(args.correct or NONE)
    if args.out is not None and args.out.suffix not in (".parquet", ".csv"):
        raise ProfilesError(f"{args.out}: scores of corrections are written as .parquet or .csv.")
    table = run_task(_sweep(args, names), args)
    if not args.events:
        print(in_words(table))  # noqa: T201


def chosen(wanted: str) -> list[str]:
    """Resolve "all", or names joined by commas, to keys of `CORRECTIONS`.

    Raises
    ------
    ProfilesError
        If a name is unknown.
    """
    if wanted == "all":
        return list(CORRECTIONS)
    names = [name.strip() for name in wanted.split(",") if name.strip() not in ("", NONE)]
    for name in names:
        if name not in CORRECTIONS:
            raise ProfilesError(unknown_name("correction", name, [*CORRECTIONS, "all"]))
    return names


def sweep(profiles: Profiles, names: Sequence[str]) -> Task[Swept]:
    """Score profiles as they are, and after each correction."""
    tables, labels = [], {}
    for name in (NONE, *names):
        try:
            corrected = profiles if name == NONE else (yield from learn_correction(profiles, name)).apply(profiles)
        except ProfilesError as reason:
            yield Warned(f"{name}: {reason}")
            tables.append(pd.DataFrame({"correction": [name], "name": ["correction"], "note": [str(reason)]}))
            continue
        if name != NONE and (difference := compare(profiles, corrected)).nothing:
            yield Warned(difference.sentence(CORRECTIONS[name].title))
        yield Said(f"scores after {CORRECTIONS[name].title}" if name != NONE else "scores without a correction")
        scores = yield from score_all(corrected)
        labels[name] = labels_table(scores)
        table = scores_table(scores)
        table.insert(0, "correction", name)
        tables.append(table)
    return Swept(pd.concat(tables, ignore_index=True), labels)


def in_words(table: pd.DataFrame) -> str:
    """Lay a sweep out: a line each metric and level, a column each correction, or each run and correction."""
    several = table["run"].nunique() > 1
    table = table.assign(column=table["run"] + " " + table["correction"] if several else table["correction"])
    names = list(dict.fromkeys(table["column"]))
    scored = table[table["value"].notna()]
    keys = zip(scored["name"], scored["level"], scored["column"], strict=True)
    found = dict(zip(keys, scored["value"], strict=True))
    asked = dict.fromkeys((name, level) for name, level, _ in found)
    rows = [
        [_title(metric), level, *(_number(found.get((metric, level, name))) for name in names)]
        for metric, level in asked
    ]
    failed = table[table["name"] == "correction"]
    lines = [f"not corrected by {row.column}: {row.note}" for row in failed.itertuples()]
    shown = align(["score", "level", *names], rows) if rows else "no score can be had"
    return "\n".join([shown, *([""] if lines else []), *lines])


def _sweep(args: Namespace, names: Sequence[str]) -> Task[pd.DataFrame]:
    run, sources = find_run(args.profiles), [args.profiles, *args.beside]
    opened = [open_profiles(source, leave_out=True)[0] for source in sources]
    found = []
    for profiles in opened:
        yield from left_out(profiles)
        found.append((yield from sweep(profiles, names)))
    titles = _titles(sources)
    table = pd.concat(
        [one.table.assign(run=title)[["run", *one.table]] for title, one in zip(titles, found, strict=True)],
        ignore_index=True,
    )
    # Runs side by side have a file of their own, so that they do not take the place of corrections.
    kept = "scores.parquet" if names else "beside.parquet"
    out: Path | None = args.out or (run.folder / "corrections" / kept if run else None)
    if out is not None:
        yield from _write(table, found[0].labels, out)
    if run is not None and args.out is None and names:
        yield from _draw(opened[0], best_correction(table[table["run"] == table["run"].iloc[0]]), run)
    return table


def _write(table: pd.DataFrame, labels: dict[str, pd.DataFrame], out: Path) -> Task[None]:
    """Write all scores, and in a folder beside them those of the first source's labels, a file a correction."""
    with replaced_file(out) as temporary:
        if out.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        else:
            table.to_csv(temporary, index=False)
    yield Wrote("scores of corrections", str(out))
    folder = out.with_name(f"{out.stem}-by-label")
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for name, found in labels.items():
        with replaced_file(folder / f"{name}.csv") as temporary:
            found.to_csv(temporary, index=False)
    yield Wrote("scores of each treatment, batch and mechanism", str(folder))


def best_correction(table: pd.DataFrame) -> str:
    """Name the correction of the highest overall score; "" where no correction has one."""
    known = table[(table["name"] == "overall") & table["value"].notna() & (table["correction"] != NONE)]
    return str(known["correction"].iloc[int(known["value"].to_numpy().argmax())]) if len(known) else ""


def _draw(profiles: Profiles, best: str, run: Run) -> Task[None]:
    """Keep maps of the profiles before and after the best correction, for the report."""
    folder = run.folder / "corrections" / "maps"
    for old in folder.glob("*.parquet"):
        old.unlink()
    rows = np.arange(len(profiles))
    if len(rows) > _MOST_POINTS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_POINTS, replace=False))
    for name in (NONE, best) if best else ():
        corrected = profiles if name == NONE else (yield from learn_correction(profiles, name)).apply(profiles)
        try:
            projection = yield from project(corrected.take(rows), method=MAP)
        except ProfilesError as reason:
            yield Warned(f"no map of {name}: {reason}")
            return
        write_projection(projection, folder / f"{name}.parquet")
        yield Wrote("map of profiles as they are" if name == NONE else f"map after {name}", str(folder))


def _titles(sources: Sequence[Path]) -> list[str]:
    """Name each source by its last part, or by its whole path where two would be called the same."""
    short = [source.resolve().name.split(".")[0] for source in sources]
    return short if len(set(short)) == len(short) else [str(source) for source in sources]


def _title(name: str) -> str:
    metric = METRICS.get(name)
    if metric is None:
        return name
    return metric.title if metric.higher_is_better else f"{metric.title} (lower is better)"


def _number(value: float | None) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.3f}"
