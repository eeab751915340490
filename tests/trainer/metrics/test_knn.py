from __future__ import annotations

from collections import defaultdict
from math import exp

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ProfilesError
from cdcl.metrics import knn_accuracy
from cdcl.metrics.neighbours import nearest
from cdcl.profiles import Profiles


def example(seed: int, count: int = 60, *, batches: int = 3, treatments: int = 4, wells: int = 8) -> Profiles:
    """Sites at random whose profiles carry some treatment and much batch."""
    rng = np.random.default_rng(seed)
    batch, treatment = rng.integers(batches, size=count), rng.integers(treatments, size=count)
    axes = rng.normal(size=(batches + treatments, 6))
    values = axes[batch] + 0.8 * axes[batches + treatment] + 0.5 * rng.normal(size=(count, 6))
    table = pd.DataFrame(
        {
            "batch": [f"b{number}" for number in batch],
            "plate": [f"p{number}" for number in rng.integers(2, size=count)],
            "well": [f"A{number + 1:02d}" for number in rng.integers(wells, size=count)],
            "treatment": [f"t{number}" for number in treatment],
        }
    )
    return Profiles(values.astype(np.float32), table, "site")


def slow_accuracy(profiles: Profiles, column: str, k: int, diffby: tuple[str, ...]) -> tuple[float, int, float]:
    """Spell the definition out: accuracy, counted queries, chance."""
    table = profiles.table.copy()
    table["well"] = table["batch"] + "/" + table["plate"] + "/" + table["well"]
    table["plate"] = table["batch"] + "/" + table["plate"]
    unit = [row / np.linalg.norm(row) for row in profiles.values.astype(np.float64)]
    hits, chances = [], []
    for query in range(len(table)):
        allowed = [
            other for other in range(len(table)) if all(table[name][query] != table[name][other] for name in diffby)
        ]
        if table[column][query] not in {table[column][other] for other in allowed}:
            continue
        right = sum(table[column][query] == table[column][other] for other in allowed)
        cosines = sorted((-float(unit[query] @ unit[other]), other) for other in allowed)[: min(k, right)]
        votes: dict[str, float] = defaultdict(float)
        for negative, other in cosines:
            votes[table[column][other]] += exp(-negative / 0.07)
        best = min(votes, key=lambda label: (-votes[label], label))
        hits.append(best == table[column][query])
        chances.append(np.mean([table[column][other] == table[column][query] for other in allowed]))
    return float(np.mean(hits)), len(hits), float(np.mean(chances))


@pytest.mark.parametrize("diffby", [("batch",), ("plate",), ("well",), ("batch", "treatment2"), ("plate", "well")])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_equals_the_definition_written_as_a_loop(seed: int, diffby: tuple[str, ...]) -> None:
    profiles = example(seed)
    profiles.table["treatment2"] = np.random.default_rng(seed).integers(5, size=len(profiles)).astype(str)
    score = knn_accuracy(profiles, "treatment", k=7, diffby=diffby)
    value, count, chance = slow_accuracy(profiles, "treatment", 7, diffby)
    assert score.value == pytest.approx(value)
    assert score.count == count
    assert score.chance == pytest.approx(chance)
    assert score.low <= score.value <= score.high


@given(seed=st.integers(0, 1000), count=st.integers(5, 40))
@settings(max_examples=30, deadline=None)
def test_no_neighbour_is_from_the_queries_own_batch(seed: int, count: int) -> None:
    profiles = example(seed, count)
    batch = np.unique(profiles.table["batch"], return_inverse=True)[1][:, None]
    found = nearest(profiles.values, profiles.values, 5, query_codes=batch, bank_codes=batch)
    allowed = found.rows >= 0
    assert (batch[found.rows, 0] != batch)[allowed].all()
    possible = (batch != batch.T).sum(axis=1)
    np.testing.assert_array_equal(allowed.sum(axis=1), np.minimum(possible, 5))


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    profiles = example(seed)
    shuffled = profiles.take(np.random.default_rng(seed).permutation(len(profiles)))
    one, other = (knn_accuracy(each, "treatment") for each in (profiles, shuffled))
    assert (one.value, one.count, one.chance) == pytest.approx((other.value, other.count, other.chance))
    pd.testing.assert_frame_equal(one.groups, other.groups)


def test_blocks_do_not_change_the_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = example(3, 200)
    codes = np.zeros((200, 0), dtype=np.int64)
    whole = nearest(profiles.values, profiles.values, 9, query_codes=codes, bank_codes=codes)
    monkeypatch.setattr("cdcl.metrics.neighbours._BLOCK_NUMBERS", 1000)
    blocked = nearest(profiles.values, profiles.values, 9, query_codes=codes, bank_codes=codes)
    np.testing.assert_array_equal(whole.rows, blocked.rows)


def test_of_equal_cosines_the_earlier_row_is_nearer() -> None:
    bank = np.array([[0, 1], [1, 0], [1, 0], [2, 0], [1, 0]], dtype=np.float32)
    codes = np.zeros((5, 0), dtype=np.int64)
    found = nearest(bank[1:2], bank, 3, query_codes=codes[:1], bank_codes=codes)
    np.testing.assert_array_equal(found.rows, [[1, 2, 3]])


def test_treatments_of_one_batch_are_not_counted_and_the_note_says_how_many() -> None:
    profiles = example(0)
    lonely = (profiles.table["treatment"] == "t0").to_numpy()
    profiles.table.loc[lonely, "batch"] = "b0"
    score = knn_accuracy(profiles, "treatment")
    assert score.count == (~lonely).sum()
    assert f"{lonely.sum()} profiles not counted" in score.note
    assert "t0" not in set(score.groups["label"])


def test_one_batch_alone_has_no_value_but_a_reason() -> None:
    profiles = example(0)
    profiles.table["batch"] = "b0"
    score = knn_accuracy(profiles, "treatment")
    assert not score.available
    assert score.note == "no treatment occurs again in another batch"


def test_without_places_to_differ_in_all_others_answer_but_never_the_query_itself() -> None:
    alone = example(0, 12).take(np.arange(12))
    alone.table["treatment"] = [f"t{number // 2}" for number in range(12)]
    score = knn_accuracy(alone, "treatment", k=1, diffby=())
    unit = alone.values / np.linalg.norm(alone.values, axis=1, keepdims=True)
    cosines = unit @ unit.T - 9 * np.eye(12)
    assert score.value == np.mean(cosines.argmax(axis=1) // 2 == np.arange(12) // 2)


def test_profiles_that_are_their_treatment_are_all_recognised_and_noise_is_at_chance() -> None:
    profiles = example(0, 400)
    codes = np.unique(profiles.table["treatment"], return_inverse=True)[1]
    assert knn_accuracy(profiles.with_values(np.eye(4)[codes]), "treatment").value == 1.0
    noise = knn_accuracy(profiles.with_values(np.random.default_rng(1).normal(size=(400, 32))), "treatment")
    assert abs(noise.value - noise.chance) < 0.08


def test_queries_and_bank_restrict_who_asks_and_who_answers() -> None:
    profiles = example(5, 90)
    held_out = (profiles.table["batch"] == "b2").to_numpy()
    score = knn_accuracy(profiles, "treatment", queries=held_out, bank=~held_out)
    assert score.count == held_out.sum()
    by_rows = knn_accuracy(profiles, "treatment", queries=np.flatnonzero(held_out), bank=np.flatnonzero(~held_out))
    assert by_rows.value == score.value


def test_rows_without_a_label_or_batch_take_no_part() -> None:
    profiles = example(2, 60)
    blank = profiles.table.copy()
    blank.loc[:9, "treatment"] = ""
    blank.loc[10:19, "batch"] = None
    score = knn_accuracy(Profiles(profiles.values, blank, "site"), "treatment")
    without = knn_accuracy(profiles.take(np.arange(20, 60)), "treatment")
    assert (score.value, score.count) == (without.value, without.count)


def test_recognising_the_batch_is_better_when_lower() -> None:
    score = knn_accuracy(example(0), "batch", diffby=("well",))
    assert not score.higher_is_better
    assert score.name == "batch_knn_other_well"


def test_an_unknown_column_is_named_with_those_there_are() -> None:
    with pytest.raises(ProfilesError, match=r"unknown column 'traetment'. Did you mean 'treatment'"):
        knn_accuracy(example(0), "traetment")


def test_the_same_well_position_of_another_plate_is_no_neighbour_where_that_is_asked() -> None:
    profiles = example(4, 80)
    profiles.table["position"] = profiles.table["well"]
    given = knn_accuracy(profiles, "treatment", diffby=("plate", "position"))
    derived = Profiles(profiles.values, profiles.table.drop(columns="position"), "site")
    assert knn_accuracy(derived, "treatment", diffby=("plate", "position")).value == given.value
    value, count, _ = slow_accuracy(profiles, "treatment", 10, ("plate", "position"))
    assert (given.value, given.count) == (pytest.approx(value), count)


def test_in_a_fixed_layout_no_other_position_can_answer() -> None:
    profiles = example(4, 40)
    profiles.table["well"] = profiles.table["treatment"].str.replace("t", "A0")
    score = knn_accuracy(profiles, "treatment", diffby=("plate", "position"))
    assert score.note == "no treatment occurs again in another plate and position"


def test_correlation_and_f1_stand_beside_the_accuracy() -> None:
    profiles = example(0, 400)
    codes = np.unique(profiles.table["treatment"], return_inverse=True)[1]
    score = knn_accuracy(profiles.with_values(np.eye(4)[codes]), "treatment")
    assert (score.mcc, score.macro_f1) == (1.0, 1.0)


def test_as_many_neighbours_vote_as_a_query_has_right_answers() -> None:
    """A screen of two replicates: of 10 votes 9 would be cast by strangers. At k = 1 each finds its twin."""
    angles = np.linspace(0, np.pi / 2, 12)
    values = np.repeat(np.stack([np.cos(angles), np.sin(angles)], axis=1), 2, axis=0)
    table = pd.DataFrame({"treatment": [f"t{n // 2}" for n in range(24)], "batch": [f"b{n % 2}" for n in range(24)]})
    score = knn_accuracy(Profiles(values.astype(np.float32), table, "well"), "treatment")
    assert score.value == 1.0
    assert "k = 1, as many as a query has right answers" in score.note


def test_a_query_that_cannot_be_answered_wrong_is_no_question() -> None:
    profiles = example(0)
    profiles.table["treatment"] = "t0"
    score = knn_accuracy(profiles, "treatment")
    assert not score.available
    assert score.note == "every answer would be right: there is no other treatment in another batch"
    assert (score.can_be_right, score.can_be_wrong) == (len(profiles), 0)


def test_a_direction_that_all_share_blunts_the_vote_and_the_centred_one_does_not_feel_it() -> None:
    profiles = example(0)
    plain = knn_accuracy(profiles, "treatment", centred=True)
    shifted = profiles.with_values(profiles.values + 1000.0)
    assert knn_accuracy(shifted, "treatment", centred=True).value == pytest.approx(plain.value, abs=0.05)
    assert knn_accuracy(shifted, "treatment").value < plain.value
    assert plain.name == "treatment_knn_other_batch_centred"


def test_centred_is_the_cosine_of_what_is_left_when_the_mean_of_the_bank_is_taken_off() -> None:
    profiles = example(1)
    bank = np.arange(len(profiles)) % 2 == 0
    by_hand = profiles.with_values(profiles.values - profiles.values[bank].mean(axis=0))
    found = knn_accuracy(profiles, "treatment", bank=bank, queries=~bank, centred=True)
    assert found.value == knn_accuracy(by_hand, "treatment", bank=bank, queries=~bank).value
    assert "less the mean" in found.note
