from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import isnan

import numpy as np
import pandas as pd
import pytest

from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.metrics import METRICS, Score, score_all, score_profiles, scores_table, title_of
from cdcl.metrics.scoring import measure
from cdcl.profiles import Profiles, aggregate
from cdcl.tasks import finish

NUM_SCORES = sum(1 if metric.once else 2 for metric in METRICS.values())
"""Of sites: `overall` comes on top."""

HELD_OUT = {"treatment_unseen_batch", "treatment_unseen_batch_centred"}
"""They cannot be had where no row is held out."""
TOO_FEW = {"mechanism_enriched", "target_enriched"}
"""1 % of so few treatments is one neighbour, of which nothing is significant."""


def screen(*, batches: int = 3, noise: float = 0.3) -> Profiles:
    """Six treatments of three mechanisms on every plate, two plates a batch, two wells a treatment, two sites."""
    rows = [
        (
            f"b{batch}",
            f"p{plate}",
            f"{'ABCDEF'[drug]}{well:02d}",
            str(site),
            f"drug{drug}@1",
            f"drug{drug}",
            f"m{drug // 2}",
        )
        for batch in range(batches)
        for plate in range(2)
        for drug in range(6)
        for well in range(2)
        for site in range(2)
    ]
    columns = ["batch", "plate", "well", "site", "treatment", "compound", "mechanism"]
    table = pd.DataFrame(rows, columns=columns)
    table["control"] = np.where(table["compound"] == "drug5", "negative", "")
    table["target"] = table["mechanism"]
    table["source"] = np.where(table["batch"] == "b1", "s1", "s0")
    rng = np.random.default_rng(0)
    codes = np.unique(table["treatment"], return_inverse=True)[1]
    values = rng.normal(size=(6, 8))[codes] + noise * rng.normal(size=(len(table), 8))
    return Profiles(values.astype(np.float32), table, "site")


@cache
def plain_scores() -> list[Score]:
    return score_profiles(screen())


def by_name(scores: list[Score]) -> dict[tuple[str, str], Score]:
    return {(score.name, score.level): score for score in scores}


def test_every_metric_is_scored_on_every_level_it_is_of() -> None:
    scores = by_name(plain_scores())
    expected = {("overall", "well")}
    for name, metric in METRICS.items():
        levels = ("treatment",) if metric.of_treatments else ("well",) if metric.of_wells else ("site", "well")
        expected |= {(name, level) for level in levels}
    assert set(scores) == expected
    assert all(score.available for (name, _), score in scores.items() if name not in HELD_OUT | TOO_FEW)


def test_what_is_plain_to_see_is_recognised_from_another_batch() -> None:
    scores = by_name(score_profiles(screen(noise=0.05)))
    assert scores["treatment_other_batch", "site"].value == 1.0
    assert scores["treatment_other_batch", "well"].value == 1.0
    assert scores["kbet", "site"].value > 0.5


def test_negative_controls_are_not_asked_but_may_answer() -> None:
    score = by_name(plain_scores())["treatment_other_batch", "site"]
    assert score.count == 3 * 2 * 5 * 2 * 2
    assert "drug5@1" not in set(score.groups["label"])


def test_one_batch_gives_reasons_where_it_can_give_no_value() -> None:
    scores = by_name(score_profiles(screen(batches=1)))
    for name in ("treatment_other_batch", "kbet", "ilisi"):
        assert isnan(scores[name, "site"].value)
        assert "batch" in scores[name, "site"].note
    assert not isnan(scores["treatment_other_plate", "site"].value)
    assert not isnan(scores["nsc", "treatment"].value)


def test_a_table_without_biology_gives_reasons() -> None:
    profiles = screen()
    bare = Profiles(profiles.values, profiles.table[["batch", "plate", "well", "site"]], "site")
    scores = by_name(score_profiles(bare))
    assert "treatment" in scores["treatment_other_batch", "site"].note
    assert "mechanism" in scores["nscb", "treatment"].note or "compound" in scores["nscb", "treatment"].note
    assert not isnan(scores["batch_recognised", "well"].value)


@pytest.mark.parametrize(
    ("column", "why"),
    [("gene", "no column target"), ("targets", "no column target; did you mean 'targets'?")],
)
def test_a_column_that_is_lacking_is_told_shortly_and_no_other_word_is_taken_for_a_slip(column: str, why: str) -> None:
    profiles = screen()
    renamed = replace(profiles, table=profiles.table.rename(columns={"target": column}))
    assert measure("target_enriched", renamed).note == why
    assert measure("target_odds", renamed).note == why


def test_a_table_with_nothing_but_plates_dies_of_nothing() -> None:
    profiles = screen()
    scores = score_profiles(Profiles(profiles.values, profiles.table[["plate"]], "site"))
    assert all(isnan(score.value) and score.note for score in scores)


def test_held_out_batches_are_asked_and_trained_ones_answer() -> None:
    profiles = screen()
    profiles.table["split"] = np.where(profiles.table["batch"] == "b2", "test", "train")
    score = by_name(score_profiles(profiles))["treatment_unseen_batch", "site"]
    assert score.count == 2 * 5 * 2 * 2
    nothing = by_name(plain_scores())["treatment_unseen_batch", "site"]
    assert nothing.note == "nothing is held out: no row has split 'test'"


def test_given_wells_are_scored_as_they_are() -> None:
    wells = aggregate(screen(), "well")
    shuffled = wells.with_values(np.random.default_rng(0).permutation(wells.values))
    scores = by_name(score_profiles(screen(), well_profiles=shuffled))
    assert scores["treatment_other_batch", "well"].value < 0.5 < scores["treatment_other_batch", "site"].value


def test_the_table_has_a_row_a_score_and_no_lists() -> None:
    table = scores_table(score_profiles(screen(batches=1)))
    columns = ["name", "level", "value", "low", "high", "chance", "count", "higher_is_better", "note"]
    assert list(table) == [
        *columns,
        "mcc",
        "macro_f1",
        "null",
        "null_low",
        "null_high",
        "lift",
        "can_be_right",
        "can_be_wrong",
    ]
    assert len(table) == NUM_SCORES + 1
    assert table["note"].str.contains("\n").sum() == 0


def test_the_task_tells_how_far_it_is() -> None:
    events = []
    finish(score_all(screen()), events.append)
    assert events[0] == Began("score", total=NUM_SCORES, unit="score")
    assert [event.done for event in events if isinstance(event, Advanced)] == list(range(1, NUM_SCORES + 1))
    assert isinstance(events[-1], Ended)


@pytest.mark.parametrize("level", ["well", "treatment"])
def test_coarser_profiles_are_scored_too(level: str) -> None:
    scores = score_profiles(aggregate(screen(), level))
    assert {score.level for score in scores} == {level, "treatment"}
    assert [score.name for score in scores[:-1]] == list(METRICS)
    assert not isnan(by_name(scores)["nsc", "treatment"].value)


def test_wells_of_a_screen_of_its_own_kind_keep_their_place_among_the_levels() -> None:
    assert METRICS["map_activity"].once
    assert METRICS["nsc"].once
    assert not METRICS["kbet"].once
    assert title_of("overall").startswith("Overall")
    assert title_of("kbet") == METRICS["kbet"].title
    assert title_of("my_own") == "my own"


def test_a_feature_with_gaps_is_left_out_and_every_note_says_so() -> None:
    profiles = screen()
    gaps = np.concatenate([profiles.values, np.full((len(profiles), 1), np.nan, np.float32)], axis=1)
    events = []
    scores = finish(score_all(profiles.with_values(gaps)), events.append)
    assert events[0] == Warned("1 of 9 features left out, for NaN or infinite values (emb_0008)")
    assert [score.value for score in scores] == pytest.approx([s.value for s in plain_scores()], nan_ok=True)
    assert all(
        "1 of 9 features left out" in score.note for score in scores if score.available and score.name != "overall"
    )


def test_nothing_but_gaps_gives_reasons() -> None:
    profiles = screen()
    scores = score_profiles(profiles.with_values(np.full_like(profiles.values, np.inf)))
    assert {score.note for score in scores[:-1]} == {"every feature has values that are NaN or infinite; fill them."}


def without_controls(profiles: Profiles) -> Profiles:
    profiles.table["control"] = ""
    return profiles


def with_a_class_of_one(profiles: Profiles) -> Profiles:
    profiles.table.loc[:1, ["treatment", "compound", "mechanism"]] = "lonely"
    return profiles


def with_a_constant_feature(profiles: Profiles) -> Profiles:
    profiles.values[:, 3] = 1.5
    return profiles


def all_equal(profiles: Profiles) -> Profiles:
    profiles.values[:] = 2.0
    return profiles


def without_mechanism(profiles: Profiles) -> Profiles:
    return Profiles(profiles.values, profiles.table.drop(columns="mechanism"), "site")


BAD = {
    "no controls": (
        without_controls,
        {name for name in METRICS if name.startswith("map_") or name in ("active_share", "active_share_ranks", "grit")}
        - {"map_distinct", "map_consistency"},
    ),
    "a class of one": (with_a_class_of_one, set()),
    "a constant feature": (with_a_constant_feature, set()),
    "all profiles equal": (all_equal, {"pcr", "grit"}),
    "no mechanism": (
        without_mechanism,
        {name for name in METRICS if name.startswith("mechanism_")} | {"map_consistency", "nsc", "nscb"},
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_costs_only_the_scores_it_concerns_and_each_says_why_in_one_line(kind: str) -> None:
    spoil, lost = BAD[kind]
    scores = score_profiles(spoil(screen()))
    missing = {score.name for score in scores if not score.available}
    assert missing == lost | HELD_OUT | TOO_FEW
    assert all(score.note and "\n" not in score.note for score in scores if not score.available)


def test_fewer_controls_than_features_are_enough_to_score() -> None:
    profiles = screen()
    wide = profiles.with_values(np.random.default_rng(0).normal(size=(len(profiles), 300)))
    assert all(score.available for score in score_profiles(wide) if score.name not in HELD_OUT | TOO_FEW)
