from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.metrics.nulls import Nulls, expected_precision


def every_precision(num_positive: int, total: int) -> np.ndarray:
    rankings = combinations(range(1, total + 1), num_positive)
    return np.array([np.mean([(k + 1) / place for k, place in enumerate(places)]) for places in rankings])


@given(total=st.integers(2, 12), data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_expectation_is_the_mean_over_all_rankings(total: int, data: st.DataObject) -> None:
    num_positive = data.draw(st.integers(1, total))
    expected = every_precision(num_positive, total).mean()
    assert expected_precision(np.array([num_positive]), np.array([total]))[0] == pytest.approx(expected)
    np.testing.assert_allclose(
        np.sort(Nulls().all_of(num_positive, total)), np.sort(every_precision(num_positive, total))
    )


@pytest.mark.parametrize(("num_positive", "total"), [(1, 9), (2, 10), (4, 9), (7, 9)])
def test_drawn_rankings_are_all_equally_likely(num_positive: int, total: int) -> None:
    drawn = Nulls(size=40_000).of(num_positive, total)
    every = every_precision(num_positive, total)
    for value in np.unique(every.round(9)):
        share = np.isclose(every, value).mean()
        assert np.isclose(drawn, value).mean() == pytest.approx(share, abs=5 * np.sqrt(share / 40_000) + 1e-9)


def test_six_controls_a_plate_cannot_make_two_replicates_significant_at_one_in_a_thousand() -> None:
    kinds = np.array([[2, 8]] * 3)
    p_value, least = Nulls().p_values(1.0, kinds)
    assert p_value == least == 1 / comb(8, 2)


def test_where_rankings_are_too_many_to_list_p_counts_the_draws_that_are_as_good() -> None:
    nulls = Nulls(size=500)
    kinds = np.array([[3, 60], [4, 60]])
    mean = 0.4
    draws = (nulls.of(3, 60) + nulls.of(4, 60)) / 2
    assert nulls.p_values(mean, kinds)[0] == (1 + (draws >= mean).sum()) / 501


def test_the_same_seed_draws_the_same() -> None:
    np.testing.assert_array_equal(Nulls(seed=1).of(3, 99), Nulls(seed=1).of(3, 99))
    assert not np.array_equal(Nulls(seed=1).of(3, 99), Nulls(seed=2).of(3, 99))
