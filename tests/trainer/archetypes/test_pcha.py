"""Principal convex hull analysis finds the corners that rows were mixed of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, nnls
from scipy.spatial.distance import cdist

from cdcl.archetypes import fit, furthest_sum, improve, weigh
from cdcl.archetypes.pcha import begin, one_more
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def slow_weights(values: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Non-negative least squares with the sum held at 1 by a heavy extra equation."""
    heavy = 1e4
    equations = np.vstack([corners.T, np.full(len(corners), heavy)])
    return np.stack([nnls(equations, np.append(row, heavy))[0] for row in values])


def error_of(values: NDArray[np.float64], weights: NDArray[np.float64], corners: NDArray[np.float64]) -> float:
    return float(np.square(values - weights @ corners).sum())


def on_simplex(rows: NDArray[np.float64]) -> bool:
    return bool((rows >= 0).all()) and np.allclose(rows.sum(axis=1), 1.0, atol=1e-9)


@settings(deadline=None, max_examples=15)
@given(num=st.integers(2, 6), extra=st.integers(0, 6), seed=st.integers(0, 1000))
def test_corners_of_a_simplex_are_found(num: int, extra: int, seed: int, mixtures: Callable[..., tuple]) -> None:
    values, corners, weights = mixtures(num, num + extra, 200, seed=seed)
    hull = finish(fit(values, num, seed))
    distances = cdist(hull.corners, corners)
    found, theirs = linear_sum_assignment(distances)
    edge = 5.0 * np.sqrt(2.0)
    assert distances[found, theirs].max() < 0.08 * edge
    np.testing.assert_allclose(hull.weights[:, found], weights[:, theirs], atol=0.12)
    assert hull.explained > 0.99


@settings(deadline=None, max_examples=15)
@given(num=st.integers(2, 6), seed=st.integers(0, 1000), dim=st.integers(1, 8))
def test_explained_variance_never_falls_and_all_weights_stay_on_the_simplex(num: int, seed: int, dim: int) -> None:
    values = np.random.default_rng(seed).normal(size=(60, dim)) + 100.0
    start = begin(values, num, np.random.default_rng(seed))
    hulls = [start, *improve(values, start)]
    explained = [hull.explained for hull in hulls]
    assert (np.diff(explained) >= -1e-9).all()
    assert explained[-1] > explained[0]
    for hull in (hulls[0], hulls[-1]):
        assert on_simplex(hull.weights)
        assert on_simplex(hull.mixture)
        np.testing.assert_allclose(hull.corners, hull.mixture @ values)


def test_explained_variance_is_the_share_that_mixtures_leave_no_doubt_of(mixtures: Callable[..., tuple]) -> None:
    values, _corners, _weights = mixtures(4, 6, 100, noise=0.5)
    hull = finish(fit(values, 3))
    total = np.square(values - values.mean(axis=0)).sum()
    assert hull.explained == pytest.approx(1.0 - error_of(values, hull.weights, hull.corners) / total)


def test_the_analysis_does_not_care_where_zero_is(mixtures: Callable[..., tuple]) -> None:
    values, _corners, _weights = mixtures(3, 5, 80, noise=0.2)
    near, far = finish(fit(values, 3)), finish(fit(values + 50.0, 3))
    assert near.explained == pytest.approx(far.explained, abs=1e-5)
    distances = cdist(near.corners + 50.0, far.corners)
    assert (distances.min(axis=1) < 0.05).all()  # in whatever order they were found


def test_one_archetype_more_begins_where_the_last_ones_ended(mixtures: Callable[..., tuple]) -> None:
    values, _corners, _weights = mixtures(5, 8, 100, noise=0.3)
    three = finish(fit(values, 3))
    four = one_more(values, three)
    assert four.corners.shape == (4, 8)
    assert four.explained == pytest.approx(three.explained)
    assert list(improve(values, four))[-1].explained > three.explained


def test_weights_of_new_rows_equal_slow_least_squares(mixtures: Callable[..., tuple]) -> None:
    values, corners, _weights = mixtures(4, 6, 60, noise=1.0)
    fast, slow = weigh(values, corners), slow_weights(values, corners)
    assert on_simplex(fast)
    assert error_of(values, fast, corners) <= error_of(values, slow, corners) * (1 + 1e-3)
    np.testing.assert_allclose(fast, slow, atol=0.05)


def test_furthest_sum_takes_the_corners_of_a_square_and_leaves_its_middle() -> None:
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], dtype=float)
    inside = np.random.default_rng(0).uniform(1, 3, size=(50, 2))
    for seed in range(5):
        chosen = furthest_sum(np.vstack([inside, square]), 4, np.random.default_rng(seed))
        assert sorted(chosen) == [50, 51, 52, 53]


def test_furthest_sum_gives_different_rows_even_where_all_are_equal() -> None:
    assert len(set(furthest_sum(np.ones((6, 2)), 6, np.random.default_rng(0)))) == 6


def test_as_many_archetypes_as_rows_explain_everything() -> None:
    values = np.random.default_rng(0).normal(size=(4, 3))
    hull = finish(fit(values, 4))
    assert hull.explained > 0.99


def test_our_error_is_no_worse_than_that_of_a_maintained_library(mixtures: Callable[..., tuple]) -> None:
    library = pytest.importorskip("archetypes", reason="the library `archetypes` is an oracle, not a dependency")
    values, _corners, _weights = mixtures(4, 8, 150, noise=0.5)
    theirs = library.AA(4, init="furthest_sum", method="nnls", n_init=5, random_state=0, tol=1e-9).fit(values)
    ours = finish(fit(values, 4))
    assert error_of(values, ours.weights, ours.corners) <= 1.01 * theirs.rss_
