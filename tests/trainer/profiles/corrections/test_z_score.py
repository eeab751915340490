from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, standardise_plates


def plates(wells: int, *, controls: int, num_plates: int = 3) -> Profiles:
    """Plates with their own offset and gain."""
    rng = np.random.default_rng(0)
    plate = np.repeat(np.arange(num_plates), wells)
    values = rng.normal(size=(len(plate), 5)) * (1 + plate)[:, None] + 10 * plate[:, None]
    table = pd.DataFrame({"plate": plate.astype(str), "control": ""})
    table.loc[np.arange(len(plate)) % wells < controls, "control"] = "negative"
    return Profiles(values.astype(np.float32), table, "well")


def test_with_many_references_each_plate_has_mean_0_and_deviation_1() -> None:
    profiles = standardise_plates(plates(40, controls=20))
    for plate in ("0", "1", "2"):
        own = profiles.values[(profiles.table["plate"] == plate).to_numpy()]
        np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(own.std(axis=0, ddof=1), 1, rtol=1e-5)


def test_controls_as_reference_are_what_becomes_0_and_1() -> None:
    profiles = standardise_plates(plates(40, controls=16), reference="controls")
    controls = (profiles.table["control"] == "negative").to_numpy() & (profiles.table["plate"] == "2").to_numpy()
    np.testing.assert_allclose(profiles.values[controls].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(profiles.values[controls].std(axis=0, ddof=1), 1, rtol=1e-5)


def test_few_references_share_the_deviation_of_all_plates() -> None:
    before = plates(40, controls=6)
    after = standardise_plates(before, reference="controls")
    controls = (before.table["control"] == "negative").to_numpy()
    values = before.values.astype(np.float64)
    residuals = np.empty_like(values)
    for plate in ("0", "1", "2"):
        own = (before.table["plate"] == plate).to_numpy()
        residuals[own] = values[own] - values[own & controls].mean(axis=0)
    pooled = np.sqrt((residuals[controls] ** 2).sum(axis=0) / (controls.sum() - 3))
    np.testing.assert_allclose(after.values, residuals / pooled, rtol=1e-4, atol=1e-5)


def test_an_offset_of_a_plate_does_not_matter() -> None:
    before = plates(30, controls=20)
    moved = before.values + 5 * before.table["plate"].astype(int).to_numpy()[:, None]
    one, other = standardise_plates(before), standardise_plates(before.with_values(moved))
    np.testing.assert_allclose(one.values, other.values, atol=1e-4)


def test_a_constant_feature_becomes_0() -> None:
    profiles = plates(20, controls=20)
    profiles.values[:, 3] = 0.1
    assert (standardise_plates(profiles).values[:, 3] == 0).all()
    assert np.isfinite(standardise_plates(profiles.take(np.arange(0, 60, 20))).values).all()


def test_plates_without_controls_are_named() -> None:
    profiles = plates(20, controls=4)
    profiles.table.loc[profiles.table["plate"] == "1", "control"] = ""
    with pytest.raises(ProfilesError, match=r"1 plates have no negative controls \(1\); use reference='all'"):
        standardise_plates(profiles, reference="controls")


def test_the_table_and_the_given_values_stay_as_they_were() -> None:
    profiles = plates(20, controls=4)
    before = profiles.values.copy()
    after = standardise_plates(profiles)
    np.testing.assert_array_equal(profiles.values, before)
    pd.testing.assert_frame_equal(after.table, profiles.table)
    assert after.provenance == {"correction": "plate z-score, reference all"}
