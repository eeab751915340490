from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.metrics import nsc, nscb, wilson
from cdcl.profiles import Profiles, aggregate, read_profiles, standardise_plates

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Directions in degrees: the nearest of another compound is the one of least angle.
SIX = [
    # treatment, compound, mechanism, batch, angle
    ("a1", "a", "M", "w1", 0),
    ("a2", "a", "M", "w1", 1),
    ("b1", "b", "M", "w1", 10),
    ("c1", "c", "M", "w2", 40),
    ("d1", "d", "N", "w2", 43),
    ("e1", "e", "N", "w1", 100),
]


def treatments(rows: list[tuple[str, str, str, str, float]]) -> Profiles:
    table = pd.DataFrame(rows, columns=["treatment", "compound", "mechanism", "batch", "angle"])
    angles = np.deg2rad(table.pop("angle").to_numpy(dtype=float))
    return Profiles(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32), table, "treatment")


def test_nsc_of_six_treatments_worked_by_hand() -> None:
    # a1 -> b1 hit, a2 -> b1 hit, b1 -> a2 hit, c1 -> d1 miss, d1 -> c1 miss, e1 -> d1 hit
    score = nsc(treatments(SIX))
    assert list(score.groups["neighbour"]) == ["b1", "b1", "a2", "d1", "c1", "d1"]
    assert (score.value, score.count) == (4 / 6, 6)
    assert (score.low, score.high) == wilson(4, 6)
    assert "4 of 6 treatments" in score.note


def test_nscb_of_six_treatments_worked_by_hand() -> None:
    # a1 -> c1 hit, a2 -> c1 hit, b1 -> c1 hit, c1 -> b1 hit, d1 -> b1 miss, e1 -> d1 hit
    score = nscb(treatments(SIX))
    assert list(score.groups["neighbour"]) == ["c1", "c1", "c1", "b1", "b1", "d1"]
    assert score.value == 5 / 6


def test_chance_is_the_share_of_allowed_neighbours_with_the_mechanism() -> None:
    # a1, a2: 2 of 4; b1: 3 of 5; c1: 3 of 5; d1, e1: 1 of 5
    assert nsc(treatments(SIX)).chance == pytest.approx(np.mean([2 / 4, 2 / 4, 3 / 5, 3 / 5, 1 / 5, 1 / 5]))


def test_nscb_drops_mechanisms_of_one_batch_as_queries_and_as_candidates() -> None:
    lonely = ("f1", "f", "Lonely", "w2", 12)
    score = nscb(treatments([*SIX, lonely]))
    assert "f1" not in set(score.groups["label"]) | set(score.groups["neighbour"])
    assert "Lonely" in score.note
    assert score.value == nscb(treatments(SIX)).value


def test_a_treatment_of_several_batches_is_never_shut_out() -> None:
    rows = [*SIX[:2], ("b1", "b", "M", "w1;w2", 10), *SIX[3:]]
    assert list(nscb(treatments(rows)).groups["neighbour"][:3]) == ["b1", "b1", "a2"]


def test_where_every_treatment_is_in_every_batch_nscb_is_nsc() -> None:
    profiles = treatments([(*row[:3], "w1;w2", row[4]) for row in SIX])
    assert nscb(profiles).value == nsc(profiles).value


def test_controls_and_treatments_without_mechanism_neither_ask_nor_answer() -> None:
    profiles = treatments([*SIX, ("DMSO", "DMSO", "DMSO", "w1", 5), ("g1", "g", "", "w1", 5)])
    profiles.table["control"] = ["", "", "", "positive", "", "", "negative", ""]
    assert nsc(profiles).value == nsc(treatments(SIX)).value


def test_wells_are_made_into_treatments_first() -> None:
    wells = treatments([row for row in SIX for _ in range(3)])
    wells = Profiles(wells.values, wells.table.assign(plate="p", well=[f"A{n:02d}" for n in range(18)]), "well")
    assert nsc(wells).value == nsc(treatments(SIX)).value


def test_one_compound_alone_has_no_value_but_a_reason() -> None:
    score = nsc(treatments(SIX[:2]))
    assert not score.available
    assert score.note == "no treatment with a mechanism has a neighbour of another compound"


def test_a_table_without_mechanisms_is_named() -> None:
    profiles = treatments(SIX)
    with pytest.raises(ProfilesError, match="mechanism"):
        nsc(Profiles(profiles.values, profiles.table.drop(columns="mechanism"), "treatment"))


@pytest.fixture(scope="module")
def ljosa(shared_data: Path) -> Profiles:
    """CellProfiler means of BBBC021's annotated wells."""
    return read_profiles(shared_data / "profiles" / "bbbc021_ljosa2013_well_means.csv.gz")


def test_bbbc021_z_scored_on_plate_controls_gives_the_published_counts(ljosa: Profiles) -> None:
    means = aggregate(standardise_plates(ljosa, reference="controls"), "treatment", how="mean")
    assert (round(nsc(means).value * 103), nsc(means).count) == (90, 103)
    assert (round(nscb(means).value * 92), nscb(means).count) == (64, 92)
    assert "Cholesterol-lowering, Kinase inhibitors" in nscb(means).note


def test_bbbc021_scaled_by_percentiles_gives_the_published_counts(ljosa: Profiles) -> None:
    means = aggregate(ljosa.with_values(scaled_by_percentiles(ljosa)), "treatment", how="mean")
    assert nsc(means).value == pytest.approx(0.816, abs=5e-4)
    assert nscb(means).value == pytest.approx(0.717, abs=5e-4)


def scaled_by_percentiles(profiles: Profiles) -> NDArray[np.float64]:
    """Bring each plate's controls to 0..1 between their 1st and 99th percentile, as Ljosa et al. 2013 did."""
    values = profiles.values.astype(np.float64)
    for plate in profiles.table["plate"].unique():
        rows = (profiles.table["plate"] == plate).to_numpy()
        controls = rows & (profiles.table["control"] == "negative").to_numpy()
        low, high = np.percentile(values[controls], [1, 99], axis=0)
        values[rows] = (values[rows] - low) / np.where(high > low, high - low, 1.0)
    return values
