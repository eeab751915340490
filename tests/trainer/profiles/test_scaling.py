from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cdcl.archetypes.space import scaled
from cdcl.hits.treatments import principal_scores
from cdcl.profiles import Profiles
from cdcl.profiles.baselines import standardise_features
from cdcl.profiles.corrections.difference import share_between
from cdcl.profiles.scaling import mean_and_scale, unit, usable_scale, z_scores
from cdcl.quality.wells import wells_of


def profiles_of(values: np.ndarray) -> Profiles:
    count = len(values)
    wells = [f"A{number + 1:02d}" for number in range(count)]
    table = pd.DataFrame({"plate": "p", "batch": [str(n % 2) for n in range(count)], "well": wells, "treatment": "t"})
    return Profiles(values.astype(np.float32), table, "well")


def with_a_constant(count: int = 7) -> np.ndarray:
    """One feature that varies, and one that is constant but for the last bit of its float32."""
    constant = np.full(count, np.float32(0.1))
    constant[::2] = np.nextafter(constant[::2], np.float32(1))
    return np.stack([np.arange(count, dtype=np.float32) % 3, constant], axis=1)


@given(arrays.arrays(np.float64, (9, 3), elements=st.floats(-1e3, 1e3)))
@settings(deadline=None)
def test_z_scores_have_mean_zero_and_deviation_one_or_are_zero(values: np.ndarray) -> None:
    scores = z_scores(values)
    for column in scores.T:
        if column.any():
            assert column.mean() == pytest.approx(0, abs=1e-6)
            assert column.std() == pytest.approx(1)


def test_mean_and_deviation_are_those_of_numpy_in_float64_over_many_blocks_of_rows() -> None:
    values = np.random.default_rng(0).normal(1000, 1, size=(20_000, 2)).astype(np.float32)
    mean, scale = mean_and_scale(values)
    np.testing.assert_allclose(mean, values.astype(np.float64).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scale, values.astype(np.float64).std(axis=0), rtol=1e-10)


def test_neither_rounding_nor_nan_is_a_spread() -> None:
    found = usable_scale(np.array([0.0, 1e-9, np.nan, 0.5]), np.array([0.0, 1.0, 1.0, -1.0]))
    np.testing.assert_array_equal(found, [np.inf, np.inf, np.inf, 0.5])


@pytest.mark.parametrize("scale", [standardise_features, lambda profiles: scaled(profiles, "all")])
@pytest.mark.parametrize("count", [3, 7, 11, 1000])
def test_a_constant_feature_weighs_nothing_wherever_features_are_scaled(scale: object, count: int) -> None:
    found = scale(profiles_of(with_a_constant(count)))  # type: ignore[operator]
    assert (found.values[:, 1] == 0).all()


def test_a_constant_feature_is_no_component_of_hits() -> None:
    values = with_a_constant(11)
    profiles = profiles_of(values)
    scores = principal_scores(wells_of(replace(profiles, table=profiles.table.assign(batch="b"))))
    assert np.allclose(np.linalg.norm(scores, axis=1), np.abs(z_scores(values[:, :1]))[:, 0])


def test_what_does_not_vary_has_no_share_between_batches() -> None:
    assert np.isnan(share_between(profiles_of(with_a_constant(7)[:, 1:]), "batch"))


@given(arrays.arrays(np.float32, (5, 3), elements=st.floats(-100, 100, width=16)))
@settings(deadline=None)
def test_rows_get_length_one_and_zeros_stay(values: np.ndarray) -> None:
    lengths = np.linalg.norm(unit(values), axis=1)
    np.testing.assert_allclose(lengths, values.any(axis=1), atol=1e-6)
    assert unit(values, np.float32).dtype == np.float32
