from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, aggregate


def sites(seed: int = 0, count: int = 60) -> Profiles:
    rng = np.random.default_rng(seed)
    batch, plate, well = rng.integers(2, size=count), rng.integers(2, size=count), rng.integers(5, size=count)
    table = pd.DataFrame(
        {
            "batch": [f"b{number}" for number in batch],
            "plate": [f"p{number}" for number in plate],
            "well": [f"A0{number + 1}" for number in well],
            "site": [str(number) for number in range(count)],
            "treatment": [f"t{number % 3}" for number in well],
            "concentration": [0.5 * (number % 3) for number in well],
            "path": [f"{number}.tif" for number in range(count)],
            "focus": rng.normal(size=count),
        }
    )
    return Profiles(rng.normal(size=(count, 4)).astype(np.float32), table, "site")


@pytest.mark.parametrize("seed", range(3))
def test_wells_are_the_means_of_their_sites(seed: int) -> None:
    profiles = sites(seed)
    wells = aggregate(profiles, "well")
    for row, values in zip(wells.table.itertuples(), wells.values, strict=True):
        own = profiles.table[["batch", "plate", "well"]].eq([row.batch, row.plate, row.well]).all(axis=1).to_numpy()
        np.testing.assert_allclose(values, profiles.values[own].mean(axis=0), rtol=1e-5)
    assert len(wells) == len(profiles.table.drop_duplicates(["batch", "plate", "well"]))


def test_treatments_are_the_medians_of_their_wells() -> None:
    wells = aggregate(sites(), "well")
    treatments = aggregate(sites(), "treatment")
    for treatment, values in zip(treatments.table["treatment"], treatments.values, strict=True):
        own = (wells.table["treatment"] == treatment).to_numpy()
        np.testing.assert_allclose(values, np.median(wells.values[own], axis=0), rtol=1e-5)
    means = aggregate(sites(), "treatment", how="mean")
    assert not np.allclose(means.values, treatments.values)


@given(seed=st.integers(0, 500))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    profiles = sites(seed)
    shuffled = profiles.take(np.random.default_rng(seed).permutation(len(profiles)))
    for level in ("well", "treatment"):
        one, other = aggregate(profiles, level), aggregate(shuffled, level)
        np.testing.assert_allclose(one.values, other.values, rtol=1e-5, atol=1e-6)
        pd.testing.assert_frame_equal(one.table, other.table)


@given(copies=st.integers(1, 5), level=st.sampled_from(["well", "treatment"]))
@settings(deadline=None)
def test_groups_of_equal_profiles_stay_what_they_are(copies: int, level: str) -> None:
    one_each = aggregate(sites(), level)
    table = one_each.table.assign(plate="p", batch="b", well=[f"A{n:02d}" for n in range(len(one_each))])
    repeated = Profiles(one_each.values, table, "site").take(np.repeat(np.arange(len(table)), copies))
    np.testing.assert_allclose(aggregate(repeated, "well").values, one_each.values, rtol=1e-6)


def test_constant_columns_are_kept_and_what_a_level_has_no_more_is_dropped() -> None:
    wells = aggregate(sites(), "well")
    assert set(wells.table) == {"batch", "plate", "well", "treatment", "concentration"}
    treatments = aggregate(sites(), "treatment")
    assert set(treatments.table) == {"batch", "plate", "treatment", "concentration"}
    assert list(treatments.table["batch"]) == ["b0;b1"] * 3
    assert list(treatments.table["plate"]) == ["p0;p1"] * 3
    assert list(treatments.table["concentration"]) == [0.0, 0.5, 1.0]


def test_plates_of_one_name_in_two_batches_are_two_plates() -> None:
    profiles = sites()
    profiles.table["plate"], profiles.table["well"], profiles.table["treatment"] = "p", "A01", "t"
    assert len(aggregate(profiles, "well")) == 2


def test_profiles_without_treatment_belong_to_none() -> None:
    profiles = sites()
    profiles.table["treatment"] = profiles.table["treatment"].where(profiles.table["treatment"] != "t2", "")
    assert list(aggregate(profiles, "treatment").table["treatment"]) == ["t0", "t1"]


def test_cells_become_sites() -> None:
    cells = sites().take(np.repeat(np.arange(60), 3))
    cells = Profiles(cells.values, cells.table.assign(cell=np.tile(["1", "2", "3"], 60)), "cell")
    back = aggregate(cells, "site")
    assert len(back) == 60
    assert "cell" not in back.table
    assert "path" in back.table or "focus" in back.table


def test_the_provenance_says_how_it_was_done() -> None:
    assert aggregate(sites(), "treatment").provenance == {"well": "mean over sites", "treatment": "median over wells"}


def test_coarse_profiles_cannot_be_split() -> None:
    with pytest.raises(ProfilesError, match="well profiles cannot be split into site profiles"):
        aggregate(aggregate(sites(), "well"), "site")


@pytest.mark.parametrize("column", ["well", "plate"])
def test_a_missing_place_is_named(column: str) -> None:
    profiles = sites()
    with pytest.raises(ProfilesError, match=f"unknown column '{column}'"):
        aggregate(Profiles(profiles.values, profiles.table.drop(columns=column), "site"), "well")


def test_a_level_that_is_not_one_is_named() -> None:
    with pytest.raises(ProfilesError, match=r"unknown level 'wells'\. Did you mean 'well'"):
        aggregate(sites(), "wells")
