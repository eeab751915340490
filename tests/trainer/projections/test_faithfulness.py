"""Where a map lies: nothing on a faithful one, half on a shuffled one, and the torn places on a torn one."""

from __future__ import annotations

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.projections.faithfulness import MOST, map_faithfulness

ANGLES = np.linspace(0, np.pi / 2, 600, endpoint=False)
LINE = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
"""Neighbours by cosine are neighbours by angle, and so by number."""


def test_a_faithful_map_loses_no_neighbour_and_shows_no_false_one() -> None:
    lost, false = map_faithfulness(LINE, np.stack([ANGLES, 0 * ANGLES], axis=1))
    np.testing.assert_allclose([lost, false], 0.0, atol=1e-3)


def test_a_shuffled_map_lies_by_half() -> None:
    shuffled = np.random.default_rng(0).permutation(LINE)
    lost, false = map_faithfulness(LINE, shuffled)
    assert lost.mean() == pytest.approx(0.5, abs=0.03)
    assert false.mean() == pytest.approx(0.5, abs=0.03)


def test_a_torn_map_has_lost_neighbours_at_the_tear_and_a_folded_one_shows_false_ones() -> None:
    torn = np.stack([ANGLES + 5 * (np.arange(600) >= 300), 0 * ANGLES], axis=1)
    lost, false = map_faithfulness(LINE, torn)
    assert set(np.flatnonzero(lost > 0.01)) <= set(range(285, 315))
    assert lost[297:304].min() > 0.1 > 10 * false[297:304].max()  # what lies beside them is still near
    folded = np.stack([np.abs(ANGLES - np.pi / 4), 0 * ANGLES], axis=1)
    lost, false = map_faithfulness(LINE, folded)
    assert false[:200].min() > 5 * lost[:200].max()


def test_what_has_no_place_has_no_number_and_of_many_a_sample_is_asked() -> None:
    count = MOST + 500
    angles = np.linspace(0, 1, count)
    points = np.stack([angles, angles], axis=1)
    points[7] = np.nan
    lost, false = map_faithfulness(np.stack([np.cos(angles), np.sin(angles)], axis=1), points)
    assert np.flatnonzero(np.isnan(lost)).tolist() == np.flatnonzero(np.isnan(false)).tolist() == [7]
    assert np.nanmax([lost, false]) < 1e-2
    again = map_faithfulness(np.stack([np.cos(angles), np.sin(angles)], axis=1), points)
    np.testing.assert_array_equal(lost, again[0])


def test_three_points_have_no_neighbourhood() -> None:
    with pytest.raises(ProfilesError, match="3 profiles lie on this map"):
        map_faithfulness(LINE[:3], LINE[:3])
