"""Published tables as regression tests, on the profiles of `../shared/data`: skipped where these are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.metrics import active_share_ranks, nsc, nscb, percent_replicating
from cdcl.profiles import read_profiles
from cdcl.profiles.corrections import fit_correction

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ljosa(shared_data: Path) -> Profiles:
    """BBBC021's well means of CellProfiler (Ljosa et al. 2013), in units of each plate's DMSO."""
    profiles = read_profiles(shared_data / "profiles" / "bbbc021_ljosa2013_well_means.csv.gz")
    return fit_correction(profiles, "z").apply(profiles)


@pytest.fixture(scope="module")
def cpjump1(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Profiles:
    """The four U2OS 48 h compound plates of CPJUMP1, as published: normalised to controls, features selected."""
    files = sorted((shared_data / "profiles" / "cpjump1").glob("BR*.csv.gz"))
    joined = tmp_path_factory.mktemp("cpjump1") / "plates.csv"
    pd.concat([pd.read_csv(path, dtype={"Metadata_Plate": str}) for path in files]).to_csv(joined, index=False)
    return read_profiles(joined)


def test_bbbc021_matches_mechanisms_as_the_mean_profile_did(ljosa: Profiles) -> None:
    """Ljosa et al. 2013 have about 83 % NSC for the mean; their 1st to 99th percentile scaling differs from ours."""
    other_compound, other_batch = nsc(ljosa), nscb(ljosa)
    assert (other_compound.count, other_batch.count) == (103, 92)
    assert round(other_compound.value * 103) == 84
    assert round(other_batch.value * 92) == 59
    assert other_compound.low <= 0.83 <= other_compound.high


def test_cpjump1_retrieves_the_share_that_copairs_does(cpjump1: Profiles) -> None:
    """copairs 0.5.5 on broad_sample: 0.611 of 306, mAP 0.578; compounds here go by pert_iname, which makes 302."""
    share = active_share_ranks(cpjump1)
    assert share.groups is not None
    assert share.count == 302
    assert share.value == pytest.approx(0.611, abs=0.01)
    assert share.groups["value"].mean() == pytest.approx(0.578, abs=0.01)


def test_cpjump1_replicates_as_its_readme_says(cpjump1: Profiles) -> None:
    """The benchmark's README has 74.5 % replicating; the null is drawn, and its groups are by broad_sample."""
    found = percent_replicating(cpjump1)
    assert found.value == pytest.approx(0.768, abs=0.02)
    assert found.low <= 0.745 <= found.high
