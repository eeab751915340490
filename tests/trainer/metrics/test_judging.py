from __future__ import annotations

from math import nan

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cdcl.metrics.judging import best_correction, judge_corrections

Rows = list[tuple[str, str, float, float, float]]


def sweep(rows: Rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["correction", "name", "value", "low", "high"])
    return table.assign(level="well", chance=nan, count=9, note="")


def test_a_correction_that_destroys_biology_is_not_recommended_however_well_it_mixes() -> None:
    """Seen on real fields: z was advised while NSC fell from 1.00 to 0.79."""
    rows: Rows = [
        ("none", "kbet", 0.2, 0.1, 0.3), ("none", "nsc", 1.0, 0.78, 1.0), ("none", "mechanism_probe", 0.98, 0.95, 1.0),
        ("none", "overall", 0.5, nan, nan),
        ("z", "kbet", 0.9, 0.8, 1.0), ("z", "nsc", 0.79, 0.52, 0.92), ("z", "mechanism_probe", 0.52, 0.4, 0.6),
        ("z", "overall", 0.9, nan, nan),
    ]  # fmt: skip
    best = best_correction(sweep(rows))
    assert best is not None
    assert not best.helps
    assert {change.name for change in best.of("worse")} == {"nsc", "mechanism_probe"}
    assert {change.name for change in best.of("better")} == {"kbet"}


def test_one_that_costs_nothing_comes_before_one_that_gains_more_and_costs() -> None:
    rows: Rows = [
        ("none", "kbet", 0.2, 0.1, 0.3), ("none", "ilisi", 0.2, 0.1, 0.3), ("none", "nsc", 0.8, 0.7, 0.9),
        ("much", "kbet", 0.9, 0.8, 1.0), ("much", "ilisi", 0.9, 0.8, 1.0), ("much", "nsc", 0.6, 0.5, 0.69),
        ("mild", "kbet", 0.5, 0.4, 0.6), ("mild", "ilisi", 0.2, 0.1, 0.3), ("mild", "nsc", 0.79, 0.7, 0.9),
    ]  # fmt: skip
    best = best_correction(sweep(rows))
    assert best is not None
    assert (best.correction, best.helps) == ("mild", True)


def test_a_score_that_can_no_longer_be_had_got_worse() -> None:
    rows: Rows = [("none", "nsc", 0.8, 0.7, 0.9), ("none", "pcr", 0.3, nan, nan), ("z", "pcr", 0.1, nan, nan)]
    judged = judge_corrections(sweep(rows))[0]
    assert [(change.name, change.verdict) for change in judged.changes] == [("nsc", "worse"), ("pcr", "better")]


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 6), min_size=1, max_size=5))
def test_nothing_recommended_has_a_score_that_fell_out_of_its_interval(found: list[tuple[float, ...]]) -> None:
    names = ["nsc", "kbet", "map_activity", "treatment_probe", "nscb"]
    rows: Rows = []
    for name, numbers in zip(names, found, strict=False):
        for correction, three in (("none", numbers[:3]), ("z", numbers[3:])):
            low, value, high = sorted(three)
            rows.append((correction, name, value, low, high))
    best, table = best_correction(sweep(rows)), {(row[0], row[1]): row[2:] for row in rows}
    if best is not None and best.helps:
        for name in {row[1] for row in rows}:
            (old, low, _), (new, _, high) = table["none", name], table["z", name]
            assert new >= old or (new >= low and old <= high)
