from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.metrics import percent_replicating

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def test_a_treatments_value_is_the_median_correlation_of_its_replicates(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    groups = percent_replicating(profiles).groups.set_index("label")
    assert "DMSO" not in groups.index
    for label, row in groups.iterrows():
        members = profiles.values[(profiles.table["treatment"] == label).to_numpy()].astype(np.float64)
        correlations = np.corrcoef(members)[np.triu_indices(len(members), k=1)]
        assert row["value"] == pytest.approx(np.median(correlations))


def test_noise_replicates_at_chance_and_strong_treatments_all(wells: Callable[..., Profiles]) -> None:
    found = [
        percent_replicating(wells(seed, treatments=200, controls=0, effect=0.0, shift=0.0)).value for seed in range(4)
    ]
    assert np.mean(found) == pytest.approx(0.05, abs=0.025)
    strong = percent_replicating(wells(treatments=30, effect=5.0))
    assert strong.value == 1.0
    assert strong.note.startswith("30 of 30")


def test_the_number_of_replicates_has_a_threshold_of_its_own(wells: Callable[..., Profiles]) -> None:
    profiles = wells(treatments=20, effect=0.0, shift=0.0)
    some = (profiles.table["treatment"] == "t0").to_numpy() & (np.arange(len(profiles)) > 40)
    groups = percent_replicating(profiles.take(~some)).groups.set_index("label")
    assert groups["threshold"].nunique() == 2
    assert groups.loc["t0", "threshold"] > groups.loc["t1", "threshold"]


def test_one_treatment_has_no_strangers(wells: Callable[..., Profiles]) -> None:
    assert "another treatment to compare with" in percent_replicating(wells(treatments=1)).note


@pytest.mark.slow
def test_correlations_are_those_of_copairs(wells: Callable[..., Profiles]) -> None:
    replicating = pytest.importorskip("copairs.replicating")
    profiles = wells(treatments=12, controls=0)
    table = pd.DataFrame({"treatment": profiles.table["treatment"]})
    theirs, _ = replicating.corr_between_replicates(
        profiles.values.astype(np.float64), table, ["treatment"], [], progress_bar=False
    )
    ours = percent_replicating(profiles).groups.set_index("label")["value"]
    np.testing.assert_allclose(ours, theirs.loc[ours.index, "median"], atol=1e-4)
