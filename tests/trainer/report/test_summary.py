from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.metrics import Score, scores_table
from cdcl.report.findings import Findings
from cdcl.report.summary import active_treatments, in_short, sweep_halves

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = {name: pd.DataFrame() for name in ("flags", "separation")}


def told(*scores: Score, **tables: object) -> dict[str, str]:
    table = scores_table(scores)
    found = {"by_label": pd.DataFrame(), "sweep": pd.DataFrame(), "quality": NOTHING, **tables}
    return dict(in_short(Findings(table, **found)))  # type: ignore[arg-type]


def test_a_value_whose_interval_holds_chance_is_no_finding() -> None:
    weak = Score("treatment_other_batch", 0.12, 0.06, 0.18, 90, 0.08)
    strong = Score("treatment_other_batch", 0.56, 0.52, 0.60, 90, 0.08)
    assert "guessing: 8%), no better than that" in told(weak)["What was learned"]
    assert "hold something of what treatments do" in told(strong)["What was learned"]


def test_a_baseline_that_does_as_well_takes_the_merit_away() -> None:
    table = scores_table([Score("treatment_other_batch", 0.5, 0.4, 0.6, 90, 0.1)])
    table = table.assign(**{"untrained network": [0.45], "cell count": [0.1]})
    text = dict(in_short(Findings(table, pd.DataFrame(), pd.DataFrame(), NOTHING)))["What was learned"]
    assert "do as well: untrained network (45%); do less well: cell count (10%)" in text
    assert "no merit of the training" in text


def test_held_out_batches_come_before_others_and_wells_before_sites() -> None:
    scores = [
        Score("treatment_unseen_batch", 0.3, 0.2, 0.4, 9, 0.1, level="site"),
        Score("treatment_unseen_batch", 0.4, 0.3, 0.5, 9, 0.1, level="well"),
        Score("treatment_other_batch", 0.9, 0.8, 1.0, 9, 0.1, level="well"),
    ]
    assert "never trained on in 40%" in told(*scores)["What was learned"]


def labels() -> pd.DataFrame:
    rows = [
        ("map_activity", "b", 0.7, 6, 0.2, False),
        ("map_activity", "a", 0.9, 6, 0.01, True),
        ("bras", "b", 0, 1, 0, 0),
    ]
    return pd.DataFrame(rows, columns=["name", "label", "value", "count", "q", "retrieved"])


def test_active_treatments_are_named_the_surest_first() -> None:
    assert active_treatments(labels())["label"].tolist() == ["a", "b"]
    assert told(by_label=labels())["Which treatments are active"].startswith("1 of 2 differ")


def test_where_none_could_be_active_no_count_is_given() -> None:
    """It said "0 of 2 differ" of treatments whose p cannot fall below 1/8."""
    text = told(by_label=labels().assign(retrieved=False, least_p=0.125))["Which treatments are active"]
    assert text.startswith("Not to be told: none of 2 can reach q < 0.05")
    some = told(by_label=labels().assign(least_p=[0.125, 0.003, float("nan")]))["Which treatments are active"]
    assert some.startswith("1 of 2 differ")
    assert some.endswith(": a. 1 cannot reach that, so few are their replicates or controls.")


def sweep(rows: Sequence[tuple[str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["correction", "name", "value"])
    return table.assign(run="r", level="well", low=float("nan"), high=float("nan"))


ROWS = [("none", "kbet", 0.2), ("none", "clisi", 0.8), ("none", "overall", 0.56),
        ("z", "kbet", 0.9), ("z", "clisi", 0.7), ("z", "overall", 0.78)]  # fmt: skip


def test_a_correction_that_pays_with_biology_is_not_recommended_and_both_sides_are_shown() -> None:
    halves = sweep_halves(sweep(ROWS))
    assert halves[["batch", "biology"]].to_numpy().tolist() == [[0.2, 0.8], [0.9, 0.7]]
    text = told(sweep=sweep(ROWS))["Corrections"]
    assert "so none is recommended" in text
    assert "z makes better: Batches mixed (kBET acceptance) (0.20, then 0.90)" in text
    assert "worse: Treatments apart (cLISI) (0.80, then 0.70)" in text
    assert "overall" not in text.lower()


def test_where_nothing_helps_that_is_said() -> None:
    worse = [(who, name, 0.1 if who == "z" else value) for who, name, value in ROWS]
    assert "None of the 1 that were tried makes a score better" in told(sweep=sweep(worse))["Corrections"]


def test_files_older_than_the_profiles_are_named() -> None:
    assert "scores.csv" in told(outdated=("scores.csv",))["Out of date"]
