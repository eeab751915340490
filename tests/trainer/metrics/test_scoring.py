from __future__ import annotations

from math import isnan

import numpy as np
import pandas as pd
import pytest

from cdcl.events import Advanced, Began, Ended
from cdcl.metrics import METRICS, Score, score_all, score_profiles, scores_table
from cdcl.profiles import Profiles, aggregate
from cdcl.tasks import finish


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
    rng = np.random.default_rng(0)
    codes = np.unique(table["treatment"], return_inverse=True)[1]
    values = rng.normal(size=(6, 8))[codes] + noise * rng.normal(size=(len(table), 8))
    return Profiles(values.astype(np.float32), table, "site")


def by_name(scores: list[Score]) -> dict[tuple[str, str], Score]:
    return {(score.name, score.level): score for score in scores}


def test_every_metric_is_scored_on_every_level_it_is_of() -> None:
    scores = by_name(score_profiles(screen()))
    single = [name for name, metric in METRICS.items() if metric.of_treatments]
    double = [name for name in METRICS if name not in single]
    assert set(scores) == {(n, "treatment") for n in single} | {(n, at) for n in double for at in ("site", "well")}


def test_what_is_plain_to_see_is_recognised_from_another_batch() -> None:
    scores = by_name(score_profiles(screen(noise=0.05)))
    assert scores["treatment_other_batch", "site"].value == 1.0
    assert scores["treatment_other_batch", "well"].value == 1.0
    assert scores["kbet", "site"].value > 0.5


def test_negative_controls_are_not_asked_but_may_answer() -> None:
    score = by_name(score_profiles(screen()))["treatment_other_batch", "site"]
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


def test_a_table_with_nothing_but_plates_dies_of_nothing() -> None:
    profiles = screen()
    scores = score_profiles(Profiles(profiles.values, profiles.table[["plate"]], "site"))
    assert all(isnan(score.value) and score.note for score in scores)


def test_held_out_batches_are_asked_and_trained_ones_answer() -> None:
    profiles = screen()
    profiles.table["split"] = np.where(profiles.table["batch"] == "b2", "test", "train")
    score = by_name(score_profiles(profiles))["treatment_unseen_batch", "site"]
    assert score.count == 2 * 5 * 2 * 2
    nothing = by_name(score_profiles(screen()))["treatment_unseen_batch", "site"]
    assert nothing.note == "nothing is held out: no row has split 'test'"


def test_given_wells_are_scored_as_they_are() -> None:
    wells = aggregate(screen(), "well")
    shuffled = wells.with_values(np.random.default_rng(0).permutation(wells.values))
    scores = by_name(score_profiles(screen(), well_profiles=shuffled))
    assert scores["treatment_other_batch", "well"].value < 0.5 < scores["treatment_other_batch", "site"].value


def test_the_table_has_a_row_a_score_and_no_lists() -> None:
    table = scores_table(score_profiles(screen(batches=1)))
    assert list(table) == ["name", "level", "value", "low", "high", "chance", "count", "higher_is_better", "note"]
    assert len(table) == 14
    assert table["note"].str.contains("\n").sum() == 0


def test_the_task_tells_how_far_it_is() -> None:
    events = []
    finish(score_all(screen()), events.append)
    assert events[0] == Began("score", total=14, unit="score")
    assert [event.done for event in events if isinstance(event, Advanced)] == list(range(1, 15))
    assert isinstance(events[-1], Ended)


@pytest.mark.parametrize("level", ["well", "treatment"])
def test_coarser_profiles_are_scored_too(level: str) -> None:
    scores = score_profiles(aggregate(screen(), level))
    assert {score.level for score in scores} == {level, "treatment"}
    assert not isnan(by_name(scores)["nsc", "treatment"].value)
