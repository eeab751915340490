"""What is done for all queries at once gives what the formula gives for each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.metrics import positives as positives_module
from cdcl.metrics.exchange import Exchange, Pool
from cdcl.metrics.knn import TEMPERATURE, _vote
from cdcl.metrics.neighbours import Neighbours
from cdcl.metrics.positives import ROUNDING
from cdcl.metrics.precision import Question, average_precision
from cdcl.metrics.ranking import lower_bounds
from cdcl.metrics.replicating import _median_correlation, _medians
from cdcl.profiles.aggregate import _join
from cdcl.profiles.scaling import unit

NUMBERS = st.integers(0, 10_000)


@given(seed=NUMBERS, width=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_places_in_rows_are_those_of_searchsorted(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    ordered = np.sort(rng.integers(0, 9, size=(5, width)).astype(float), axis=1)
    rows, values = rng.integers(5, size=30), rng.integers(-1, 11, size=30).astype(float)
    slow = [np.searchsorted(ordered[row], value) for row, value in zip(rows, values, strict=True)]
    np.testing.assert_array_equal(lower_bounds(ordered, rows, values), slow)


def question_at_random(seed: int) -> Question:
    """Labels of many sizes; wells of several profiles; some that are asked are negatives too; equal profiles."""
    rng = np.random.default_rng(seed)
    count = 60
    values = rng.normal(size=(count, 4)).round(1).astype(np.float32)
    labels = np.where(rng.random(count) < 0.2, -1, np.minimum(rng.geometric(0.3, size=count), 6))
    apart = np.stack([np.arange(count) // 2, rng.integers(0, 8, size=count)], axis=1)
    asked = rng.permutation(np.flatnonzero(labels >= 0))[:30]
    return Question(values, labels, apart, asked, rng.random(count) < 0.5, rng.integers(-1, 3, size=count))


def slow_precision(question: Question) -> dict[int, tuple[float, int, int]]:
    """Give average precision, positives and negatives of each query that has both, one query at a time."""
    cosines, found = unit(question.values) @ unit(question.values).T, {}
    for row in question.asked.tolist():
        same = question.labels == question.labels[row]
        mine = np.sort(cosines[row, same & (question.apart != question.apart[row]).all(axis=1)])[::-1]
        theirs = cosines[row, question.negatives & (question.among == question.among[row]) & ~same]
        if len(mine) and len(theirs):
            ahead = [np.count_nonzero(theirs >= cosine - ROUNDING) for cosine in mine]
            hits = np.arange(1, len(mine) + 1)
            found[row] = (float((hits / (hits + ahead)).mean()), len(mine), len(mine) + len(theirs))
    return found


@pytest.mark.parametrize("numbers", [8_000_000, 40])
@given(seed=NUMBERS)
@settings(max_examples=25, deadline=None)
def test_precisions_of_all_queries_are_those_of_each(numbers: int, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(positives_module, "_BLOCK_NUMBERS", numbers)
        question = question_at_random(seed)
        found, slow = average_precision(question), slow_precision(question)
    assert found.asked.tolist() == [row for row in question.asked.tolist() if row in slow]
    np.testing.assert_allclose(found.values, [slow[row][0] for row in found.asked.tolist()], rtol=1e-12)
    assert found.configurations.tolist() == [list(slow[row][1:]) for row in found.asked.tolist()]


@given(seed=NUMBERS)
@settings(max_examples=25, deadline=None)
def test_votes_are_those_of_sums_by_label(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, rows = rng.integers(0, 5, size=40), rng.integers(-1, 40, size=(12, 7))
    rows[:, 0] = np.abs(rows[:, 0])
    found = Neighbours(rows, np.where(rows < 0, -np.inf, -np.sort(-rng.random((12, 7)))))
    votes = rng.integers(1, 8, size=12)
    slow = []
    for query in range(12):
        voting = [place for place in range(votes[query]) if rows[query, place] >= 0]
        weights = np.exp((found.similarities[query, voting] - 1) / TEMPERATURE)
        sums = pd.Series(weights).groupby(labels[rows[query, voting]]).sum()
        slow.append(int(sums.idxmax()))
    np.testing.assert_array_equal(_vote(found, labels, votes), slow)


def test_equal_votes_go_to_the_first_label() -> None:
    found = Neighbours(np.array([[0, 1, 2, 3]]), np.array([[0.9, 0.9, 0.5, 0.5]]))
    assert _vote(found, np.array([4, 2, 2, 4]), np.array([4])).tolist() == [2]


def test_medians_of_sets_of_one_size_are_those_of_each() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 6)).astype(np.float32)
    members = [rng.choice(50, size=size, replace=False) for size in (2, 5, 2, 3, 5, 2)]
    slow = [_median_correlation(values[rows][None])[0] for rows in members]
    np.testing.assert_allclose(_medians(values, members, np.array([2, 5, 2, 3, 5, 2])), slow, rtol=1e-12)


def test_the_texts_of_each_group_are_joined_in_order_and_once() -> None:
    texts = pd.Series(["b", None, "a", "b", "", None, "c"], dtype="string")
    assert _join(texts, np.array([0, 0, 0, 0, 1, 1, 2])).tolist() == ["a;b", "", "c"]


@pytest.mark.parametrize("effect", [0.0, 0.8, 3.0])
def test_a_quick_look_says_of_the_same_treatments_that_they_are_active(effect: float) -> None:
    rng = np.random.default_rng(3)
    plates = np.repeat(np.arange(3), 12)
    borne = np.flatnonzero(np.arange(36) % 12 < 2)
    both = ~np.eye(6, dtype=bool)
    for _ in range(6):
        values = rng.normal(size=(36, 10))
        values[borne] += effect * rng.normal(size=10)
        pool = Pool(unit(values) @ unit(values).T, plates, borne, both)
        full, quick = Exchange(2000).p_value(pool)[0], Exchange(2000).p_value(pool, quick=True)[0]
        assert (quick < 0.05) == (full < 0.05)
        assert quick == full or quick > 0.1
