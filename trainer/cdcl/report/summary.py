"""The run in plain words: what was learned, what is batch, what is active, what looks broken.

Sentences say no more than the intervals do: a value whose interval holds chance is no finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.metrics.overall import half_scores
from cdcl.report.findings import coarsest

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from cdcl.report.findings import Findings

    Row = Mapping[Hashable, Any]

_LEARNED = {
    "treatment_unseen_batch": "in batches that the network was never trained on",
    "treatment_other_batch": "from profiles of another batch",
    "treatment_other_plate": "from profiles of another plate",
}
_BASELINES = ("untrained network", "intensity statistics", "batch and position", "cell count")
_CLASSES = (
    (0.5, "excellent"),
    (0.0, "marginal"),
    (float("-inf"), "too little to judge single wells by"),
)
MOST_NAMED = 8


def in_short(found: Findings) -> list[tuple[str, str]]:
    """Say what was learned, what is batch, what is active, what corrections do and what is broken: (lead, text) each.

    What the tables do not tell is left out.
    """
    scores = found.coarsest()
    told = [
        ("What was learned", _learned(scores)),
        ("What is batch", _batch(scores)),
        ("Which treatments are active", _active(found.by_label)),
        ("Corrections", _corrected(found.sweep)),
        ("Controls", _assay(found.quality["separation"])),
        ("What looks broken", _broken(found.quality["flags"])),
        ("Out of date", _outdated(found.outdated)),
    ]
    return [(lead, text) for lead, text in told if text]


def _outdated(names: tuple[str, ...]) -> str:
    return f"{_listed(list(names))}: older than the profiles. Make them anew to speak of these." if names else ""


def _learned(scores: pd.DataFrame) -> str:
    name = next((name for name in _LEARNED if name in scores.index), None)
    if name is None:
        return ""
    row = _row(scores, name)
    text = f"Treatments are recognised {_LEARNED[name]} in {_against_chance(row)}"
    if not row["low"] > row["chance"]:
        return f"{text}: no better than guessing, so maps of these profiles say nothing of treatments."
    return f"{text}: the profiles hold something of what treatments do, beyond the batch.{_rivals(row)}"


def _rivals(row: Row) -> str:
    known = [(name, float(row[name])) for name in _BASELINES if pd.notna(row.get(name))]
    if not known:
        return ""
    told = ", ".join(f"{name} {value:.0%}" for name, value in known)
    as_good = [name for name, value in known if value >= row["low"]]
    verdict = f" What {_listed(as_good)} can do as well is no merit of the training." if as_good else ""
    return f" For comparison: {told}.{verdict}"


def _batch(scores: pd.DataFrame) -> str:
    told = []
    if "batch_recognised" in scores.index:
        row = _row(scores, "batch_recognised")
        told.append(f"The batch can be told from the profiles nearest by in {_against_chance(row)}")
        told.append(
            ": part of what maps show is batch." if row["low"] > row["chance"] else ": no more than by guessing."
        )
    if "batch_probe" in scores.index and _row(scores, "batch_probe")["low"] > _row(scores, "batch_probe")["chance"]:
        told.append(f" A classifier that looks for it finds it in {_row(scores, 'batch_probe')['value']:.0%}.")
    if "pcr" in scores.index:
        told.append(
            f" Of all that differs between profiles, {_row(scores, 'pcr')['value']:.0%} differs between batches."
        )
    return f"{''.join(told).strip()}" if told else ""


def _active(by_label: pd.DataFrame) -> str:
    table = active_treatments(by_label)
    if not len(table):
        return ""
    names = table.loc[table["retrieved"], "label"].tolist()
    text = f"{len(names)} of {len(table)} differ from the negative controls of their plates"
    if not names:
        return f"{text} (q < 0.05)."
    clearest = ", most clearly" if len(names) > MOST_NAMED else ""
    return f"{text} (q < 0.05){clearest}: {_listed(names)}."


def active_treatments(by_label: pd.DataFrame) -> pd.DataFrame:
    """Give label, value, count, p, q and retrieved of each treatment, the most active first; empty if not scored."""
    if "retrieved" not in by_label:
        return by_label.iloc[:0]
    table = by_label[by_label["name"] == "map_activity"]
    retrieved = table["retrieved"].astype(str).str.lower() == "true"
    return table.assign(retrieved=retrieved).sort_values(["q", "value"], ascending=[True, False], ignore_index=True)


def _corrected(sweep: pd.DataFrame) -> str:
    halves = sweep_halves(sweep)
    halves = halves[halves["run"] == halves["run"].iloc[0]] if len(halves) else halves
    if len(halves) < 2 or halves["correction"].iloc[0] != "none":
        return ""
    rows = halves.to_dict("records")
    none, best = rows[0], max(rows, key=lambda row: float(row["overall"]))
    if best["correction"] == "none":
        return "None of those tried has a higher overall score than the profiles as they are."
    biology = "also keeps more biology" if best["biology"] >= none["biology"] else "pays for it with biology"
    active = [_share_active(sweep, str(row["run"]), str(row["correction"])) for row in (none, best)]
    told = f" Treatments active: {active[0]:.0%} before, {active[1]:.0%} after." if None not in active else ""
    return (
        f"Of {len(halves) - 1}, {best['correction']} has the highest overall score, {best['overall']:.2f} "
        f"against {none['overall']:.2f} without one. It mixes batches {_better(best['batch'], none['batch'])} "
        f"({none['batch']:.2f} to {best['batch']:.2f}) and {biology} ({none['biology']:.2f} to {best['biology']:.2f}). "
        "It was chosen on the very profiles it is judged by: choose on others before you report a figure."
        f"{told}"
    )


def _share_active(sweep: pd.DataFrame, run: str, correction: str) -> float | None:
    chosen = (sweep["run"] == run) & (sweep["correction"] == correction) & (sweep["name"] == "active_share")
    values = sweep.loc[chosen, "value"].dropna()
    return float(values.iloc[-1]) if len(values) else None


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
    return f"{len(flags)} things are worth a look: {told}. A flag asks for a look, it is no verdict."


def _row(scores: pd.DataFrame, name: str) -> Row:
    return {str(key): value for key, value in scores.loc[name].items()}


def _against_chance(row: Row) -> str:
    interval = f"{row['low']:.0%} to {row['high']:.0%}"
    return f"{row['value']:.0%} of cases (95 % interval {interval}; guessing: {row['chance']:.0%})"


def _class(z_prime: float) -> str:
    return next((words for least, words in _CLASSES if z_prime >= least), _CLASSES[-1][1])


def _better(one: float, other: float) -> str:
    return "better" if one > other else "no better"


def _listed(names: list[str]) -> str:
    shown = names[:MOST_NAMED]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
