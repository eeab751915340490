from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.metrics import cluster_bootstrap, wilson
from cdcl.metrics.intervals import weighted_median


@given(count=st.integers(1, 500), data=st.data())
def test_wilsons_limits_are_where_the_score_test_just_rejects(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    for limit in wilson(hits, count):
        if 1e-9 < limit < 1 - 1e-9:
            assert abs(hits / count - limit) == pytest.approx(1.959964 * np.sqrt(limit * (1 - limit) / count), rel=1e-5)


def test_wilson_of_nothing_is_unknown() -> None:
    assert all(isnan(limit) for limit in wilson(0, 0))


def test_the_bootstrap_of_independent_values_is_as_wide_as_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(size=400)
    low, high = cluster_bootstrap(values, np.arange(400))
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_replicates_in_a_cluster_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(0).normal(size=50)
    low, high = cluster_bootstrap(values, np.arange(50))
    repeated = cluster_bootstrap(np.repeat(values, 8), np.repeat(np.arange(50), 8))
    assert repeated == pytest.approx((low, high))


def test_one_cluster_tells_nothing_of_its_spread() -> None:
    assert all(isnan(limit) for limit in cluster_bootstrap(np.arange(5.0), np.zeros(5, dtype=np.int64)))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), min_size=1).filter(lambda p: sum(w for _, w in p)))
def test_the_weighted_median_is_the_median_of_the_repeated_values(pairs: list[tuple[int, int]]) -> None:
    values, weights = np.array(pairs).T
    expected = np.median(np.repeat(values, weights))
    assert weighted_median(values.astype(float), weights.astype(float)) == expected
