from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, chisquare

from cdcl.metrics import cdcl_kbet, clisi, ilisi, kbet
from cdcl.metrics.lisi import _perplexity, _weights
from cdcl.metrics.mixing import neighbourhoods
from cdcl.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.metrics import Score


def cloud(separation: float, count: int = 400, *, batches: int = 4, seed: int = 0) -> Profiles:
    """Wells in a cloud, each batch moved by `separation` standard deviations along its own axis."""
    rng = np.random.default_rng(seed)
    batch = rng.integers(batches, size=count)
    values = rng.normal(size=(count, 12)) + separation * np.eye(batches, 12)[batch]
    table = pd.DataFrame({"batch": batch.astype(str), "plate": "p", "well": [f"A{n:03d}" for n in range(count)]})
    return Profiles(values.astype(np.float32), table, "well")


def slow_kbet(profiles: Profiles, k: int) -> float:
    batch = profiles.table["batch"].to_numpy(dtype=str)
    unit = profiles.values / np.linalg.norm(profiles.values, axis=1, keepdims=True)
    names, totals = np.unique(batch, return_counts=True)
    accepted = []
    for query in range(len(batch)):
        order = [other for other in np.argsort(-(unit @ unit[query])) if other != query][:k]
        observed = [(batch[order] == name).sum() for name in names]
        accepted.append(chisquare(observed, k * totals / totals.sum()).pvalue >= 0.05)
    return float(np.mean(accepted))


def slow_ilisi(profiles: Profiles, k: int) -> float:
    batch = profiles.table["batch"].to_numpy(dtype=str)
    unit = profiles.values.astype(np.float64)
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    found = []
    for query in range(len(batch)):
        distances = np.linalg.norm(unit - unit[query], axis=1)
        order = [other for other in np.argsort(distances) if other != query][:k]
        low, high = 1e-9, 1e6
        for _ in range(200):
            beta = np.sqrt(low * high)
            weights = np.exp(-beta * (distances[order] - distances[order].min()))
            weights /= weights.sum()
            entropy = -sum(w * np.log(w) for w in weights if w > 0)
            low, high = (beta, high) if np.exp(entropy) > k / 3 else (low, beta)
        found.append(1 / sum(weights[batch[order] == name].sum() ** 2 for name in np.unique(batch)))
    return float((np.median(found) - 1) / (len(np.unique(batch)) - 1))


@pytest.mark.parametrize("separation", [0.0, 1.0, 2.0])
def test_kbet_and_ilisi_equal_their_definitions_written_as_loops(separation: float) -> None:
    profiles = cloud(separation, 150)
    assert kbet(profiles, k=12).value == pytest.approx(slow_kbet(profiles, 12))
    assert ilisi(profiles, k=30).value == pytest.approx(slow_ilisi(profiles, 30), abs=1e-6)


@pytest.mark.parametrize("separation", [0.0, 1.5])
def test_clisi_is_the_same_index_scaled_the_other_way_round(separation: float) -> None:
    profiles = cloud(separation, 150)
    profiles.table["treatment"] = profiles.table["batch"]
    assert clisi(profiles, k=30).value == pytest.approx(1 - slow_ilisi(profiles, 30), abs=1e-6)


@pytest.mark.parametrize("separation", [0.0, 1.0])
def test_cdcls_own_kbet_counts_all_but_itself_against_all(separation: float) -> None:
    profiles = cloud(separation, 150)
    sites = profiles.take(np.repeat(np.arange(150), 2)).with_values(
        np.repeat(profiles.values, 2, axis=0) + np.random.default_rng(1).normal(0, 0.01, size=(300, 12))
    )
    batch = sites.table["batch"].to_numpy(dtype=str)
    unit = sites.values / np.linalg.norm(sites.values, axis=1, keepdims=True)
    names, totals = np.unique(batch, return_counts=True)
    accepted = []
    for query in range(300):
        order = [other for other in np.argsort(-(unit @ unit[query])) if other != query][:19]
        expected = 20 * totals / 300
        statistic = (([(batch[order] == name).sum() for name in names] - expected) ** 2 / expected).sum()
        accepted.append(chi2.sf(statistic, len(names) - 1) >= 0.05)
    score = cdcl_kbet(sites, k=20)
    assert score.value == pytest.approx(np.mean(accepted))
    assert score.note == "20 neighbours with itself"


def test_mixed_batches_are_accepted_and_separate_ones_rejected() -> None:
    mixed, apart = cloud(0.0), cloud(20.0)
    assert abs(kbet(mixed).value - kbet(mixed).chance) < 0.05
    assert kbet(apart).value == 0.0
    assert abs(ilisi(mixed).value - ilisi(mixed).chance) < 0.05
    assert ilisi(apart).value == pytest.approx(0.0, abs=1e-6)


def test_sites_of_the_same_well_are_no_neighbours() -> None:
    sites = cloud(0.0, 200).take(np.repeat(np.arange(200), 3))
    found = neighbourhoods(sites, "batch", 10)
    well = sites.table["well"].to_numpy(dtype=str)
    assert (well[found.rows] != well[:, None]).all()


def test_the_weights_meet_the_perplexity_even_when_all_distances_are_equal() -> None:
    distances = np.sort(np.random.default_rng(0).gamma(2.0, size=(50, 30)), axis=1)
    np.testing.assert_allclose(_perplexity(_weights(distances, 10.0)), 10.0, rtol=1e-6)
    np.testing.assert_allclose(_weights(np.ones((1, 30)), 10.0), 1 / 30)


@pytest.mark.parametrize("metric", [kbet, ilisi])
def test_one_batch_cannot_be_mixed(metric: Callable[[Profiles], Score]) -> None:
    profiles = cloud(0.0)
    profiles.table["batch"] = "only"
    assert not metric(profiles).available
    assert metric(profiles).note == "mixing needs two or more values of batch, there is 1"


@pytest.mark.parametrize("metric", [kbet, ilisi])
def test_too_few_profiles_are_counted_out(metric: Callable[[Profiles], Score]) -> None:
    assert metric(cloud(0.0, 8)).note == "10 neighbours in other wells are needed, there are 7"


def test_cdcls_own_kbet_says_what_it_lacks() -> None:
    one = cloud(0.0)
    one.table["batch"] = "only"
    assert "there are 1 values of batch" in cdcl_kbet(one).note
    assert "10 profiles" in cdcl_kbet(cloud(0.0, 8)).note
