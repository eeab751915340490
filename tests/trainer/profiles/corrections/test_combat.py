from __future__ import annotations

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, Settings, fit_correction
from cdcl.profiles.corrections.combat import shrink_batch

ALL = Settings(reference="all")


def test_it_agrees_with_scanpy(wells: Profiles) -> None:
    scanpy, anndata = pytest.importorskip("scanpy"), pytest.importorskip("anndata")
    data = anndata.AnnData(wells.values.astype(np.float64), obs=wells.table[["batch"]].astype(str).set_axis(
        [str(row) for row in range(len(wells))]))  # fmt: skip
    theirs = scanpy.pp.combat(data, key="batch", inplace=False)
    ours = fit_correction(wells, "combat", ALL).apply(wells).values
    np.testing.assert_allclose(ours, theirs, atol=2e-4 * np.abs(theirs).max())


def test_with_many_profiles_the_prior_hardly_matters() -> None:
    values = np.random.default_rng(0).normal([1, -1, 3], [1, 2, 3], size=(20000, 3))
    shift, variance = shrink_batch(values)
    np.testing.assert_allclose(shift, values.mean(axis=0), atol=1e-2)
    np.testing.assert_allclose(variance, values.var(axis=0), rtol=1e-2)


def test_with_few_profiles_shifts_are_drawn_together() -> None:
    values = np.random.default_rng(0).normal(size=(3, 40)) + 2
    shift, variance = shrink_batch(values)
    assert shift.std() < 0.7 * values.mean(axis=0).std()
    assert variance.std() < 0.7 * values.var(axis=0, ddof=1).std()


def test_a_batch_with_one_control_is_named(wells: Profiles) -> None:
    wells.table.loc[(wells.table["batch"] == "1") & (wells.table["well"] != "A01"), "control"] = ""
    wells.table.loc[wells.table["plate"] == "P3", "control"] = ""
    with pytest.raises(ProfilesError, match="two or more references a batch; 1 has one"):
        fit_correction(wells, "combat", Settings("controls"))
