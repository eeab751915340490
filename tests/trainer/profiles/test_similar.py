"""What is found as similar is what a slow search over all cosines finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.errors import ProfilesError
from cdcl.profiles import similar
from cdcl.profiles.similar import cosines_with, find_similar, mean_direction


def slow_search(values: np.ndarray, query: list[int], num: int, allowed: np.ndarray) -> list[int]:
    units = [row / np.linalg.norm(row) if np.linalg.norm(row) else row for row in values.astype(np.float64)]
    mean = np.mean([units[row] for row in query], axis=0)
    cosines = {row: float(units[row] @ mean / np.linalg.norm(mean)) for row in range(len(values))}
    candidates = [row for row in cosines if row not in query and allowed[row]]
    return sorted(candidates, key=lambda row: -cosines[row])[:num]


@given(seed=st.integers(0, 10_000), num=st.integers(1, 40), size=st.integers(1, 5))
def test_the_nearest_are_those_of_a_slow_search(seed: int, num: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(60, 7)).astype(np.float32)
    query = rng.choice(60, size, replace=False)
    allowed = rng.random(60) < 0.7
    found = find_similar(values, query, num=num, allowed=allowed)
    assert found.rows.tolist() == slow_search(values, query.tolist(), num, allowed)
    assert (np.diff(found.cosines) <= 0).all()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(1000, 16)).astype(np.float32)
    whole = cosines_with(values, mean_direction(values[:3]))
    monkeypatch.setattr(similar, "BLOCK_BYTES", 7 * 16 * 4)
    np.testing.assert_allclose(cosines_with(values, mean_direction(values[:3])), whole, atol=1e-6)


def test_length_does_not_matter_and_a_profile_of_zeros_is_like_nothing() -> None:
    values = np.array([[1, 0], [100, 1], [0, 0], [0.1, 0.1]], np.float32)
    found = find_similar(values, np.array([0]))
    assert found.rows.tolist() == [1, 3, 2]
    assert found.cosines[2] == 0


def test_equals_come_in_the_order_of_rows_and_never_more_than_asked_for() -> None:
    values = np.ones((50, 3), np.float32)
    assert find_similar(values, np.array([10]), num=5).rows.tolist() == [0, 1, 2, 3, 4]


def test_a_question_without_direction_is_refused_in_words() -> None:
    values = np.array([[1, 0], [-1, 0]], np.float32)
    with pytest.raises(ProfilesError, match="nothing is selected"):
        find_similar(values, np.zeros(0, np.int64))
    with pytest.raises(ProfilesError, match="no direction"):
        find_similar(values, np.array([0, 1]))
