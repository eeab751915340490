"""Screens on which a score would be a constant of the design: no value, but the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.metrics import METRICS, Score, score_profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def scored(profiles: Profiles) -> dict[str, Score]:
    return {score.name: score for score in score_profiles(profiles)}


def test_of_one_mechanism_nothing_is_matched(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles.table["mechanism"] = "m"
    found = scored(profiles)
    for name in ("nsc", "nscb", "mechanism_other_compound", "mechanism_probe", "map_consistency"):
        assert not found[name].available, name
        assert found[name].note
    assert "every answer would be right" in found["nsc"].note


def test_of_one_batch_nothing_is_said_of_batches(wells: Callable[..., Profiles]) -> None:
    found = scored(wells(batches=1))
    for name in (
        "batch_recognised",
        "batch_probe",
        "pcr",
        "kbet",
        "cdcl_kbet",
        "ilisi",
        "bras",
        "treatment_other_batch",
    ):
        assert not found[name].available, name
    assert found["plate_recognised"].available


def test_where_treatments_live_in_one_batch_mixing_is_not_scored_but_plates_are(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=3, plates=3)
    treated = profiles.table["control"] == ""
    for column in ("treatment", "compound"):
        named = profiles.table[column] + "@" + profiles.table["batch"]
        profiles.table[column] = profiles.table[column].where(~treated, named)
    found = scored(profiles)
    for name in ("kbet", "cdcl_kbet", "ilisi", "bras"):
        assert not found[name].available
        assert "24 of 24 treatments are in one batch only" in found[name].note
    assert found["plate_recognised"].available
    assert found["treatment_other_plate"].available


def test_both_counts_stand_beside_the_score(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=2, plates=1, treatments=8)
    lonely = (profiles.table["treatment"] == "t0") & (profiles.table["batch"] == "b1")
    kept = profiles.take(~lonely.to_numpy(dtype=bool))
    score = scored(kept)["treatment_other_batch"]
    assert (score.count, score.can_be_right, score.can_be_wrong) == (14, 14, 15)


def test_two_replicates_are_recognised_by_their_one_neighbour(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=1, plates=2, treatments=30, effect=4.0, dim=40)
    score = scored(profiles)["treatment_other_plate"]
    assert score.value > 0.9
    assert "k = 1" in score.note


def test_every_metric_gives_a_value_or_a_reason_on_a_screen_of_one_treatment(wells: Callable[..., Profiles]) -> None:
    found = scored(wells(treatments=1))
    assert set(METRICS) < set(found)
    assert all(score.available or score.note for score in found.values())
    assert not found["graph_connectivity"].available or found["graph_connectivity"].count > 1
