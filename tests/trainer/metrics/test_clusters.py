from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.cluster import KMeans

from cdcl.metrics import ari, nmi

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def clusters_and_labels(profiles: Profiles) -> tuple[list[int], list[str]]:
    """Cluster the treated wells as the metrics say they do."""
    treated = (profiles.table["control"] == "").to_numpy()
    units = profiles.values[treated].astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    labels = profiles.table.loc[treated, "treatment"].tolist()
    found = KMeans(len(set(labels)), n_init=3, random_state=0).fit_predict(units)
    return found.tolist(), labels


def test_nmi_is_mutual_information_over_the_mean_entropy(wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=1.0)
    found, labels = clusters_and_labels(profiles)
    joint = {(a, b): 0 for a in set(found) for b in set(labels)}
    for pair in zip(found, labels, strict=True):
        joint[pair] += 1
    table = np.array([[joint[a, b] for b in sorted(set(labels))] for a in sorted(set(found))]) / len(labels)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    shared = sum(
        p * np.log(p / (rows[i] * columns[j])) for i, line in enumerate(table) for j, p in enumerate(line) if p > 0
    )
    entropies = [-sum(p * np.log(p) for p in shares if p > 0) for shares in (rows, columns)]
    assert nmi(profiles).value == pytest.approx(shared / np.mean(entropies), abs=1e-9)


def test_ari_counts_pairs(wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=1.0)
    found, labels = clusters_and_labels(profiles)
    pairs = list(combinations(range(len(labels)), 2))
    together = sum(found[i] == found[j] and labels[i] == labels[j] for i, j in pairs)
    ours, theirs = (sum(names[i] == names[j] for i, j in pairs) for names in (found, labels))
    expected = ours * theirs / len(pairs)
    assert ari(profiles).value == pytest.approx((together - expected) / ((ours + theirs) / 2 - expected), abs=1e-9)


def test_what_is_plain_to_see_is_found_and_noise_is_chance(wells: Callable[..., Profiles]) -> None:
    plain, noise = wells(effect=20.0, shift=0.0), wells(effect=0.0, shift=0.0)
    assert nmi(plain).value > 0.9
    assert ari(plain).value > 0.8
    assert nmi(noise).value == pytest.approx(nmi(noise).chance, abs=0.1)
    assert ari(noise).value == pytest.approx(0, abs=0.1)


def test_treatments_of_one_well_cannot_be_clustered(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=1, plates=1)
    for metric in (nmi, ari):
        score = metric(profiles)
        assert not score.available
        assert "two or more values of treatment" in score.note


def test_profiles_that_are_all_alike_give_a_value_and_no_warning(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    same = profiles.with_values(np.ones_like(profiles.values))
    assert ari(same).value == pytest.approx(0)
