"""Every sentence on scores is held against the table it stands on."""

from __future__ import annotations

import re

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdcl.metrics import Score, scores_table
from cdcl.metrics.judging import coarsest
from cdcl.report.claims import BASELINES, QUESTIONS, claims, verdict
from cdcl.report.findings import Findings
from cdcl.report.summary import in_short

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
        shuffled = pd.notna(row["null_high"])
        # The table draws what shuffled labels reach as a band: a value to the right of it is better, else it is not.
        above = row["value"] > nothing if shuffled else row["low"] > nothing
        assert ("no better than that" in text) == (not above)
        assert ("its interval reaches down to it" in text) == (above and row["low"] <= nothing)
        assert ("shuffled labels reach" in text) == shuffled
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
    asked = table["value"].where(table["null_high"].notna(), table["low"])
    holds = any(asked[claim.name] > table["null_high"].fillna(table["chance"])[claim.name] for claim in found)
    text = verdict(found, active)
    assert ("hold something" in text) == holds
    assert ("tell no treatments" in text) == (not holds and active == 0)


@st.composite
def batch_tables(draw: st.DrawFn) -> pd.DataFrame:
    """Scores that ask for batches and plates, with nulls or none."""
    scores = []
    for name in draw(st.lists(st.sampled_from(["batch_recognised", "plate_recognised"]), unique=True, min_size=1)):
        low, value, high = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
        null = draw(st.none() | SHARES)
        nulls = {} if null is None else {"null": null / 2, "null_low": 0.0, "null_high": null}
        scores.append(Score(name, value, low, high, 90, draw(SHARES), level="well", **nulls))
    return scores_table(scores)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch_tables())
def test_sentences_on_batches_say_what_their_rows_say(table: pd.DataFrame) -> None:
    none = {name: pd.DataFrame() for name in ("flags", "separation")}
    text = dict(in_short(Findings(table, pd.DataFrame(), pd.DataFrame(), none)))["What is batch"]
    told = dict(re.findall(r"The (batch|plate) can be told (.*?\.)(?= The|$)", text))
    assert len(told) == len(table)
    for row in table.to_dict("records"):
        sentence = told[str(row["name"]).removesuffix("_recognised")]
        shuffled = pd.notna(row["null_high"])
        nothing = row["null_high"] if shuffled else row["chance"]
        above = row["value"] > nothing if shuffled else row["low"] > nothing
        assert ("part of what maps show" in sentence) == above
        assert ("no more than that" in sentence) == (not above)
        assert f"{'shuffled labels reach' if shuffled else 'guessing'}: {nothing:.0%})" in sentence


def test_a_value_above_all_shuffles_is_better_than_these() -> None:
    """NSCB of 39 % was "no better than" shuffled labels, whose greatest was 33 %, and drawn outside their band."""
    row = Score("nscb", 0.39, 0.25, 0.55, 41, 0.1, null=0.2, null_low=0.1, null_high=0.33)
    text = claims(coarsest(scores_table([row])))[0].sentence()
    assert "39% of cases (95 % interval 25% to 55%; shuffled labels reach: 33%), above that, though" in text


def test_a_batch_that_shuffled_names_tell_as_well_is_no_part_of_maps() -> None:
    """16 % against guessing at 6 % was called a part of the maps, where twenty shuffles reached 11 to 22 %."""
    row = Score("plate_recognised", 0.16, 0.12, 0.2, 90, 0.06, null=0.16, null_low=0.11, null_high=0.22)
    none = {name: pd.DataFrame() for name in ("flags", "separation")}
    text = dict(in_short(Findings(scores_table([row]), pd.DataFrame(), pd.DataFrame(), none)))["What is batch"]
    assert text.endswith("in 16% of cases (95 % interval 12% to 20%; shuffled labels reach: 22%): no more than that.")


def test_matched_mechanisms_are_not_denied_by_treatments_that_are_not_recognised() -> None:
    """A run that matched 14 of 14 mechanisms was headed "no better than guessing, so maps say nothing"."""
    poor = Score("treatment_other_plate", 0.02, 0.0, 0.06, 90, 0.02)
    rich = Score("nsc", 1.0, 0.78, 1.0, 14, 0.15)
    text = " ".join([*(one.sentence() for one in claims(coarsest(scores_table([poor, rich])))),
                     verdict(claims(coarsest(scores_table([poor, rich]))), 0)])  # fmt: skip
    assert "Mechanisms are matched by a treatment of another compound (NSC) in 100% of cases" in text
    assert text.endswith("The profiles hold something of what treatments do.")
