from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.metrics.neighbours import nearest
from cdcl.profiles.scaling import unit


def slow_nearest(values: np.ndarray, codes: np.ndarray, k: int) -> list[list[int]]:
    units = unit(values)
    cosines = units @ units.T
    found = []
    for query in range(len(values)):
        allowed = [row for row in range(len(values)) if not (codes[row] == codes[query]).any()]
        found.append(sorted(allowed, key=lambda row: (-cosines[query, row], row))[:k])
    return found


@given(seed=st.integers(0, 10_000), count=st.integers(2, 40), k=st.integers(1, 12), columns=st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_they_are_those_of_a_sort_of_all_even_where_many_cosines_are_equal(
    seed: int, count: int, k: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    # Only directions whose cosines are exact in any order of summation: a rounded tie is no tie.
    values = rng.choice(np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [0, 0]]), size=count).astype(np.float32)
    codes = rng.integers(4, size=(count, columns))
    found = nearest(values, values, k, query_codes=codes, bank_codes=codes)
    for rows, similarities, expected in zip(
        found.rows, found.similarities, slow_nearest(values, codes, k), strict=True
    ):
        assert list(rows[rows >= 0]) == expected
        assert (rows[len(expected) :] == -1).all()
        assert np.isneginf(similarities[len(expected) :]).all()


def test_profiles_of_zeros_are_equally_far_from_all_and_the_first_come_first() -> None:
    values, codes = np.zeros((50, 3), dtype=np.float32), np.arange(50)[:, None]
    found = nearest(values, values, 4, query_codes=codes, bank_codes=codes)
    assert found.rows[0].tolist() == [1, 2, 3, 4]
    assert found.rows[9].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unit_vectors_have_length_one_in_the_type_that_is_asked_for(dtype: type[np.floating]) -> None:
    found = unit(np.random.default_rng(0).normal(size=(20, 7)).astype(np.float32), dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
