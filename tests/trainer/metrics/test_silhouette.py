from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from cdcl.metrics import bras, silhouette_label
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def test_silhouettes_are_those_of_scikit_learn_even_of_a_label_alone(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles.table.loc[3, "treatment"] = "alone"
    expected = silhouette_samples(profiles.values.astype(np.float64), profiles.table["treatment"], metric="cosine")
    assert silhouette_label(profiles).value == pytest.approx((expected.mean() + 1) / 2)


def test_bras_equals_the_definition_written_as_a_loop(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    units = unit(profiles.values)
    distances = 1 - units @ units.T
    treatment, batch = (profiles.table[name].to_numpy(dtype=str) for name in ("treatment", "batch"))
    means = []
    for label in np.unique(treatment):
        rows = np.flatnonzero(treatment == label)
        widths = []
        for row in rows:
            own = [distances[row, other] for other in rows if batch[other] == batch[row] and other != row]
            rest = [distances[row, other] for other in rows if batch[other] != batch[row]]
            a, b = np.mean(own), np.mean(rest)
            widths.append(1 - abs(b - a) / max(a, b))
        means.append(np.mean(widths))
    assert bras(profiles).value == pytest.approx(np.mean(means))


def test_batches_apart_lower_bras_and_noise_is_near_one(wells: Callable[..., Profiles]) -> None:
    assert bras(wells(copies=4, effect=0.0, shift=0.0)).value > 0.9
    assert bras(wells(copies=4, shift=6.0)).value < 0.4


def test_a_profile_alone_in_its_batch_is_left_out_not_called_mixed(wells: Callable[..., Profiles]) -> None:
    score = bras(wells(plates=1, controls=0))
    assert score.note == "no treatment has two profiles in one batch and others in another"
    assert "left out" in bras(wells(plates=1)).note


def test_one_label_has_no_silhouette(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles.table["treatment"] = "t"
    assert "there are 1" in silhouette_label(profiles).note


def test_equal_profiles_have_no_structure(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    assert silhouette_label(profiles.with_values(np.ones_like(profiles.values))).value == pytest.approx(0.5)
