"""`cdcl score --correct` and `--beside`: every metric after every correction, and of several runs, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.cli.sources import find_run, left_out, open_profiles
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Said, Warned, Wrote
from cdcl.metrics import METRICS, scores_table
from cdcl.metrics.scoring import score_all
from cdcl.profiles import CORRECTIONS, fit_correction
from cdcl.profiles.corrections import compare

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task

NONE = "none"
"""What the scores without a correction are filed under; always there, to compare with."""


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


def sweep(profiles: Profiles, names: Sequence[str]) -> Task[pd.DataFrame]:
    """Score profiles as they are, and after each correction.

    Returns
    -------
    DataFrame
        Tidy, one row a correction, metric and level: `correction`, then the columns of scores.csv. A correction that
        cannot be fitted has one row, without a value, whose note says why; the others still come.
    """
    tables = []
    for name in (NONE, *names):
        try:
            corrected = profiles if name == NONE else fit_correction(profiles, name).apply(profiles)
        except ProfilesError as reason:
            yield Warned(f"{name}: {reason}")
            tables.append(pd.DataFrame({"correction": [name], "name": ["correction"], "note": [str(reason)]}))
            continue
        if name != NONE and (difference := compare(profiles, corrected)).nothing:
            yield Warned(difference.sentence(CORRECTIONS[name].title))
        yield Said(f"scores after {CORRECTIONS[name].title}" if name != NONE else "scores without a correction")
        table = scores_table((yield from score_all(corrected)))
        table.insert(0, "correction", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


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
    opened = [open_profiles(source)[0] for source in sources]
    tables = []
    for title, profiles in zip(_titles(sources), opened, strict=True):
        yield from left_out(profiles)
        scored = yield from sweep(profiles, names)
        scored.insert(0, "run", title)
        tables.append(scored)
    table = pd.concat(tables, ignore_index=True)
    out: Path | None = args.out or (run.folder / "corrections" / "scores.parquet" if run else None)
    if out is not None:
        with replaced_file(out) as temporary:
            if out.suffix == ".parquet":
                table.to_parquet(temporary, index=False)
            else:
                table.to_csv(temporary, index=False)
        yield Wrote("scores of corrections", str(out))
    return table


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
