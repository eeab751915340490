"""The axis between two groups: held out by wells, so that noise stays noise."""

from __future__ import annotations

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.hits.axis import Axis, fit_axis


def groups(shift: float, seed: int = 0, wells: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two groups of wells with four fields each; fields of a well are alike, and one feature tells the groups."""
    rng = np.random.default_rng(seed)
    number = np.repeat(np.arange(2 * wells), 4)
    values = rng.normal(0, 1, (2 * wells, 60))[number] + rng.normal(0, 0.5, (8 * wells, 60))
    ones = number >= wells
    values[ones, 7] += shift
    return values, ones, number


def test_a_difference_is_found_along_its_feature() -> None:
    values, ones, wells = groups(6.0)
    axis = fit_axis(values, ones, wells)
    assert axis.held_out
    assert np.abs(axis.direction).argmax() == 7
    area, low, high = axis.apart
    assert low <= area <= high
    assert area > 0.95
    assert axis.positions[ones].mean() > axis.positions[~ones].mean() + 0.5


def test_no_difference_is_none_though_fields_of_a_well_are_alike() -> None:
    found = [fit_axis(*groups(0.0, seed)).apart for seed in range(20)]
    assert 0.4 < np.mean([area for area, _, _ in found]) < 0.6
    assert np.mean([low <= 0.5 <= high for _, low, high in found]) >= 0.8


def test_a_single_well_cannot_be_held_out_and_it_is_said() -> None:
    values, ones, wells = groups(3.0)
    kept = ones | (wells == 0)
    assert not fit_axis(values[kept], ones[kept], wells[kept]).held_out


def test_what_cannot_be_compared_is_refused() -> None:
    values, ones, wells = groups(1.0)
    kept = ones | (np.arange(len(ones)) < 2)
    with pytest.raises(ProfilesError, match="has 2 fields; 3 or more"):
        fit_axis(values[kept], ones[kept], wells[kept])
    with pytest.raises(ProfilesError, match="same profiles"):
        fit_axis(np.zeros_like(values), ones, wells)


def test_the_same_seed_gives_the_same_axis() -> None:
    one, other = (fit_axis(*groups(1.0)) for _ in range(2))
    assert isinstance(one, Axis)
    assert one.apart == other.apart
    np.testing.assert_array_equal(one.positions, other.positions)
