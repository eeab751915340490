from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from cdcl.metrics import pcr, pcr_comparison

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def test_it_is_the_regression_of_every_component_on_the_batch(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    components = PCA().fit(profiles.values.astype(np.float64))
    scores = components.transform(profiles.values.astype(np.float64))
    batch = profiles.table["batch"].to_numpy(dtype=str)
    one_hot = (batch[:, None] == np.unique(batch)).astype(float)
    explained = [LinearRegression().fit(one_hot, column).score(one_hot, column) for column in scores.T]
    weighted = np.average(explained, weights=components.explained_variance_)
    assert pcr(profiles).value == pytest.approx(weighted)
    assert not pcr(profiles).higher_is_better


def test_shuffled_batches_explain_as_much_as_chance_says(wells: Callable[..., Profiles]) -> None:
    profiles = wells(shift=0.0)
    found = []
    for seed in range(200):
        profiles.table["batch"] = np.random.default_rng(seed).permutation(profiles.table["batch"])
        found.append(pcr(profiles).value)
    assert np.mean(found) == pytest.approx(pcr(profiles).chance, rel=0.1)


def test_a_correction_is_scored_by_the_share_it_took_away(wells: Callable[..., Profiles]) -> None:
    profiles = wells(shift=3.0)
    batch = np.unique(profiles.table["batch"], return_inverse=True)[1]
    means = np.stack([profiles.values[batch == number].mean(axis=0) for number in range(3)])
    centred = profiles.with_values(profiles.values - means[batch])
    assert pcr_comparison(profiles, centred).value == pytest.approx(1.0, abs=1e-6)
    assert pcr_comparison(profiles, profiles).value == 0.0
    assert pcr_comparison(centred.with_values(profiles.values + 5), profiles).value == pytest.approx(0.0, abs=1e-6)


def test_one_batch_and_constant_profiles_are_refused_in_words(wells: Callable[..., Profiles]) -> None:
    assert pcr(wells(batches=1)).note == "batch can explain nothing: there is 1 value of batch"
    flat = wells().with_values(np.full((84, 3), 1.7))
    assert pcr(flat).note == "batch can explain nothing: the profiles do not vary"
    assert not pcr_comparison(flat, flat).available
