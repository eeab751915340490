from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cdcl.doses import response
from cdcl.doses.series import dose_series
from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles
from cdcl.quality.wells import Wells, wells_of


def make_wells(*, plates: int = 4, controls: int = 8, treated: int = 8, features: int = 20, positive: int = 0) -> Wells:
    """Wells that are all alike but for shifts of plates; positive controls lie 5 along the first feature."""
    rng = np.random.default_rng(0)
    kinds = np.tile(["negative"] * controls + [""] * treated + ["positive"] * positive, plates)
    each = len(kinds) // plates
    places = [f"{'ABCDEFGH'[number // 12]}{number % 12 + 1:02d}" for number in range(each)] * plates
    values = rng.normal(size=(len(kinds), features)) + np.repeat(3 * rng.normal(size=(plates, features)), each, axis=0)
    values[kinds == "positive", 0] += 5
    names = np.repeat([f"P{plate}" for plate in range(plates)], each)
    table = pd.DataFrame({"plate": names, "well": places, "batch": "B", "control": kinds})
    table["num_cells"] = np.arange(len(table))
    return wells_of(Profiles(values.astype(np.float32), table, "well"))


def test_an_unknown_response_is_answered_with_what_can_be_used() -> None:
    with pytest.raises(ProfilesError) as refused:
        response(make_wells(positive=4), "nothing")
    known = "control-axis, distance, num_cells, and the 20 features emb_0000, emb_0001, ..., emb_0019"
    assert str(refused.value) == f"unknown response 'nothing'. Known: {known}."
    with pytest.raises(ProfilesError, match=r"Did you mean 'emb_0012'\? Known: distance, num_cells, and"):
        response(make_wells(), "emb_012")  # without positive controls there is no axis to them


@pytest.mark.parametrize("plates", [1, 4])
def test_wells_that_do_nothing_are_as_far_from_controls_as_controls_are(plates: int) -> None:
    # By a whitening that had seen the controls they would lie 1.5 times as far.
    wells = make_wells(plates=plates, controls=48 // plates, treated=48 // plates, features=16)
    distance = response(wells, "distance")
    controls, treated = (distance[wells.control == kind] ** 2 for kind in ("negative", ""))
    assert controls.mean() == pytest.approx(1.0)
    assert treated.mean() == pytest.approx(1.0, abs=0.2)


def test_a_shifted_well_is_far_in_units_of_the_controls_spread() -> None:
    wells = make_wells(controls=16, positive=4, features=6)
    distance = response(wells, "distance")
    # 5 deviations in one of 6 directions: sqrt(25 / 6 + 1) = 2.3 times the spread.
    assert np.sqrt((distance[wells.control == "positive"] ** 2).mean()) == pytest.approx(2.3, rel=0.15)


def test_the_control_axis_runs_from_0_to_1_on_every_plate() -> None:
    wells = make_wells(positive=4)
    places = response(wells, "control-axis")
    for plate in range(4):
        own = wells.plates == plate
        assert places[own & (wells.control == "negative")].mean() == pytest.approx(0.0, abs=1e-9)
        assert places[own & (wells.control == "positive")].mean() == pytest.approx(1.0)


def test_a_feature_or_a_column_of_numbers_is_a_response() -> None:
    wells = make_wells()
    np.testing.assert_array_equal(response(wells, "num_cells"), wells.profiles.table["num_cells"])
    np.testing.assert_allclose(response(wells, "emb_0003"), wells.profiles.values[:, 3])


def test_what_cannot_be_had_is_named() -> None:
    with pytest.raises(ProfilesError, match=r"positive controls on every plate; 4 have none"):
        response(make_wells(), "control-axis")
    with pytest.raises(ProfilesError, match=r"unknown response 'distanse'\. Did you mean 'distance'"):
        response(make_wells(), "distanse")
    with pytest.raises(ProfilesError, match="no well is a negative control"):
        response(make_wells(controls=0), "distance")
    with pytest.raises(ProfilesError, match="the column control is not a number"):
        response(make_wells(), "control")


def test_a_table_without_doses_is_told_what_a_curve_needs() -> None:
    wells = make_wells()
    bare = replace(wells, profiles=replace(wells.profiles, table=wells.profiles.table.assign(compound="x")))
    with pytest.raises(ProfilesError, match="no column concentration; a curve needs the dose of each well") as told:
        list(dose_series(bare))
    assert "Did you mean" not in str(told.value)


def with_controls(counts: tuple[int, ...]) -> Wells:
    """Plates of which each keeps so many of its controls; the others are treated."""
    wells = make_wells(plates=len(counts))
    table = wells.profiles.table
    number = table.groupby(["plate", "control"]).cumcount()
    kept = number < table["plate"].map({f"P{plate}": count for plate, count in enumerate(counts)})
    return wells_of(replace(wells.profiles, table=table.assign(control=table["control"].where(kept, ""))))


def test_one_control_a_plate_is_told_for_what_it_is() -> None:
    with pytest.raises(ProfilesError, match="no plate has two wells of negative controls"):
        response(with_controls((1, 1, 1, 1, 1, 1, 1, 1, 1, 1)), "distance")
    with pytest.raises(ProfilesError, match="plate B/P2 alone has two wells of negative controls"):
        response(with_controls((1, 1, 8, 1, 1)), "distance")
    assert np.isfinite(response(with_controls((1, 1, 8, 2, 1)), "distance")).all()
