"""The run in plain words: what was learned, what is batch, what is active, what looks broken.

Sentences say no more than the tables do: a value that shuffled labels reach, or whose interval holds chance where
labels were not shuffled, is no finding.
"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.metrics.centring import direction_sentences
from cdcl.metrics.degrees import layout_sentences
from cdcl.metrics.judging import best_correction, coarsest, judge_corrections
from cdcl.metrics.overall import half_scores
from cdcl.metrics.retrieval import SIGNIFICANCE, able_to_be_significant
from cdcl.metrics.score import nothing_of
from cdcl.metrics.scoring import title_of
from cdcl.report.claims import claims, verdict
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from numpy.typing import NDArray

    from cdcl.metrics.judging import Change
    from cdcl.report.findings import Findings

    Row = Mapping[Hashable, Any]

_CLASSES = (
    (0.5, "excellent"),
    (0.0, "marginal"),
    (float("-inf"), "too little to judge single wells by"),
)
MOST_NAMED = 8
"""A sentence with more names is not read."""
MOST_CHANGES = 6
"""So many scores that a correction changes are named in a sentence; the table has all."""


def in_short(found: Findings) -> list[tuple[str, str]]:
    """Say what was learned, what is batch, what is active, what corrections do and what is broken: (lead, text) each.

    What the tables do not tell is left out.
    """
    scores = found.coarsest()
    told = [
        ("What was learned", _learned(scores, found.by_label)),
        ("What is batch", _batch(scores)),
        ("What is layout", " ".join(layout_sentences(found.scores))),
        ("Where the origin lies", " ".join(direction_sentences(found.scores))),
        ("Which treatments are active", _active(found.by_label)),
        ("Corrections", _corrected(found.sweep)),
        ("Controls", _assay(found.quality["separation"])),
        ("What looks broken", _broken(found.quality["flags"])),
        ("Out of date", _outdated(found.outdated)),
    ]
    return [(lead, text) for lead, text in told if text]


def _outdated(names: tuple[str, ...]) -> str:
    return f"{_listed(list(names))}: older than the profiles. Make them anew to speak of these." if names else ""


def _learned(scores: pd.DataFrame, by_label: pd.DataFrame) -> str:
    told = claims(scores)
    num_active = int(active_treatments(by_label)["retrieved"].sum()) if "retrieved" in by_label else 0
    return " ".join([*(claim.sentence() for claim in told), verdict(told, num_active)]).strip()


def _batch(scores: pd.DataFrame) -> str:
    told = []
    for name, what in (("batch_recognised", "batch"), ("plate_recognised", "plate")):
        if name in scores.index:
            row = _row(scores, name)
            end = f"part of what maps show is {what}" if nothing_of(row).beaten else "no more than that"
            told.append(f" The {what} can be told from the profiles nearest by in {_against_nothing(row)}: {end}.")
    if "batch_probe" in scores.index and nothing_of(_row(scores, "batch_probe")).beaten:
        row = _row(scores, "batch_probe")
        told.append(f" A classifier that looks for it finds it in {row['value']:.0%} ({nothing_of(row).words}).")
    if "pcr" in scores.index:
        row = _row(scores, "pcr")
        null = nothing_of(row)
        beside = f" ({null.words}{'' if null.beaten else ', no more than that'})" if null.shuffled else ""
        told.append(f" Of all that differs between profiles, {row['value']:.0%} differs between batches{beside}.")
    return f"{''.join(told).strip()}" if told else ""


def _active(by_label: pd.DataFrame) -> str:
    table = active_treatments(by_label)
    if not len(table):
        return ""
    names = table.loc[table["retrieved"], "label"].tolist()
    able = int(could_be_active(table).sum())
    if not able:
        return (
            f"Not to be told: none of {len(table)} can reach q < {SIGNIFICANCE}, so few are their replicates or the "
            "negative controls of their plates."
        )
    text = f"{len(names)} of {len(table)} differ from the negative controls of their plates"
    left = len(table) - able
    more = f" {left} cannot reach that, so few are their replicates or controls." if left else ""
    if not names:
        return f"{text} (q < {SIGNIFICANCE}).{more}"
    clearest = ", most clearly" if len(names) > MOST_NAMED else ""
    return f"{text} (q < {SIGNIFICANCE}){clearest}: {_listed(names)}.{more}"


def could_be_active(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which treatments could be called active at all, (N,); all, in tables that do not hold the least p."""
    if "least_p" not in table:
        return np.ones(len(table), dtype=bool)
    return able_to_be_significant(table["least_p"].to_numpy(dtype=np.float64))


def active_treatments(by_label: pd.DataFrame) -> pd.DataFrame:
    """Give label, value, count, p, q and retrieved of each treatment, the most active first; empty if not scored."""
    if "retrieved" not in by_label:
        return by_label.iloc[:0]
    table = by_label[by_label["name"] == "map_activity"]
    retrieved = table["retrieved"].astype(str).str.lower() == "true"
    return table.assign(retrieved=retrieved).sort_values(["q", "value"], ascending=[True, False], ignore_index=True)


def _corrected(sweep: pd.DataFrame) -> str:
    own = sweep[sweep["run"] == sweep["run"].iloc[0]] if len(sweep) else sweep
    judged = judge_corrections(own)
    if not judged:
        return ""
    best = best_correction(own)
    if best is None:
        return f"None of the {len(judged)} that were tried makes a score better beyond its interval."
    gains = f"{best.correction} makes better: {_changed(best.of('better'))}"
    if best.helps:
        return (
            f"Of the {len(judged)} that were tried, {gains}. No score gets worse beyond its interval. It was chosen on "
            "the very profiles it is judged by: choose on others before you report a figure."
        )
    return (
        f"None of the {len(judged)} that were tried makes a score better and none worse, so none is recommended. "
        f"{gains}; and worse: {_changed(best.of('worse'))}."
    )


def _changed(changes: tuple[Change, ...]) -> str:
    """Name scores with their values before and after, the largest changes first."""
    ordered = sorted(changes, key=lambda one: 0.0 if isnan(one.after) else -abs(one.after - one.before))
    told = [
        f"{title_of(one.name)} ({one.before:.2f}, then {'no value' if isnan(one.after) else f'{one.after:.2f}'})"
        for one in ordered
    ]
    more = len(told) - MOST_CHANGES
    return ", ".join(told[:MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")


def sweep_halves(sweep: pd.DataFrame) -> pd.DataFrame:
    """Give run, correction, batch, biology and overall of each run and correction that has them, in their order."""
    columns = ["run", "correction", "batch", "biology", "overall"]
    if not len(sweep):
        return pd.DataFrame(columns=columns)
    records = []
    for (run, correction), part in sweep.groupby(["run", "correction"], sort=False):
        found = coarsest(part)["value"]
        values = dict(zip(map(str, found.index), found.astype(float).tolist(), strict=True))
        records.append([run, correction, *half_scores(values), values.get("overall", float("nan"))])
    return pd.DataFrame(records, columns=columns).dropna(ignore_index=True)


def _assay(separation: pd.DataFrame) -> str:
    held_out = separation[separation["value"] == "held-out axis"] if "value" in separation else separation
    if not len(held_out):
        return ""
    middle = held_out.groupby("positive", sort=False)["robust_z_prime"].median()
    told = ", ".join(f"{name or 'positive controls'} {value:.2f} ({_class(value)})" for name, value in middle.items())
    return f"Robust Z' on an axis learned on other plates, median over plates: {told}."


def _broken(flags: pd.DataFrame) -> str:
    if "flag" not in flags:
        return ""
    if not len(flags):
        return "Nothing was flagged."
    counts = flags["flag"].value_counts()
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    worth = counted(len(flags), "thing is", "things are")
    return f"{worth} worth a look: {told}. A flag asks for a look, it is no verdict."


def _row(scores: pd.DataFrame, name: str) -> Row:
    return {str(key): value for key, value in scores.loc[name].items()}


def _against_nothing(row: Row) -> str:
    interval = f"{row['low']:.0%} to {row['high']:.0%}"
    return f"{row['value']:.0%} of cases (95 % interval {interval}; {nothing_of(row).words})"


def _class(z_prime: float) -> str:
    return next((words for least, words in _CLASSES if z_prime >= least), _CLASSES[-1][1])


def _listed(names: list[str]) -> str:
    shown = names[:MOST_NAMED]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
