"""Every sentence on scores is held against the table it stands on."""

from __future__ import annotations

import re

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdcl.metrics import Score, scores_table
from cdcl.metrics.judging import coarsest
from cdcl.report.claims import BASELINES, QUESTIONS, claims, verdict

SHARES = st.floats(0, 1)
NAMES = [name for question in QUESTIONS for name in question]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Scores of any recognition metrics, with intervals around them, nulls or none, and some baselines."""
    scores = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        low, value, high = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
        null = draw(st.none() | SHARES)
        nulls = {} if null is None else {"null": null / 2, "null_low": 0.0, "null_high": null}
        scores.append(Score(name, value, low, high, 90, draw(SHARES), **nulls))
    table = scores_table(scores)
    for name in draw(st.lists(st.sampled_from(BASELINES), unique=True)):
        table[name] = [draw(SHARES) for _ in scores]
    return coarsest(table)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_sentences_say_what_their_rows_say(table: pd.DataFrame) -> None:
    for claim in claims(table):
        row, text = table.loc[claim.name], claim.sentence()
        nothing = row["chance"] if pd.isna(row["null_high"]) else row["null_high"]
        assert ("no better than that" in text) == (not row["low"] > nothing)
        assert f"{row['value']:.0%} of cases" in text
        assert f"{nothing:.0%})" in text
        for name in BASELINES:
            if name not in table:
                assert name not in text
                continue
            kind = re.search(rf"(do better|do as well|do less well): [^;.]*{name} \({row[name]:.0%}\)", text)
            assert kind is not None, "every baseline is named, whether the network wins or loses"
            expected = "better" if row[name] > row["high"] else "less well" if row[name] < row["low"] else "as well"
            assert kind[1] == f"do {expected}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.integers(0, 3))
def test_the_verdict_weighs_all_that_was_scored(table: pd.DataFrame, active: int) -> None:
    found = claims(table)
    nothing = table["null_high"].fillna(table["chance"])
    holds = any(table.loc[claim.name, "low"] > nothing[claim.name] for claim in found)
    text = verdict(found, active)
    assert ("hold something" in text) == holds
    assert ("tell no treatments" in text) == (not holds and active == 0)


def test_matched_mechanisms_are_not_denied_by_treatments_that_are_not_recognised() -> None:
    """A run that matched 14 of 14 mechanisms was headed "no better than guessing, so maps say nothing"."""
    poor = Score("treatment_other_plate", 0.02, 0.0, 0.06, 90, 0.02)
    rich = Score("nsc", 1.0, 0.78, 1.0, 14, 0.15)
    text = " ".join([*(one.sentence() for one in claims(coarsest(scores_table([poor, rich])))),
                     verdict(claims(coarsest(scores_table([poor, rich]))), 0)])  # fmt: skip
    assert "Mechanisms are matched by a treatment of another compound (NSC) in 100% of cases" in text
    assert text.endswith("The profiles hold something of what treatments do.")
