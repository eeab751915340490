from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles import read_profiles
from cdcl.quality import Wells, assess_profiles, wells_of
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.quality import Assessment


def assess(wells: Wells) -> Assessment:
    return finish(assess_profiles(wells.profiles))


def test_a_calm_assay_has_no_flags(make_wells: Callable[..., Wells]) -> None:
    assessment = assess(make_wells(4, dim=20, effect=20))
    assert len(assessment.flags) == 0
    assert assessment.notes == ()
    assert set(assessment.separation["value"]) == {"held-out axis", "distance", "num_cells"}


def test_all_that_is_wrong_comes_in_one_list(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(6, dim=20)
    values, table = wells.profiles.values, wells.profiles.table
    values[wells.plates == 1] += 3
    values[wells.plates == 2] += wells.positions[wells.plates == 2, :1]
    outlier = int(np.flatnonzero(wells.negative() & (wells.plates == 0))[0])
    values[outlier] += 30
    table["num_cells"] = np.where(np.arange(len(table)) == 40, 3, 100)
    flags = assess(wells).flags
    kinds = {(row.flag, row.plate, row.well) for row in flags.itertuples()}
    assert ("drift", "P1", "") in kinds
    assert ("row effect", "P2", "") in kinds
    assert ("outlying control", "P0", table["well"][outlier]) in kinds
    assert ("few cells", "P0", table["well"][40]) in kinds
    assert flags["reason"].str.len().min() > 10


def test_without_controls_a_place_is_not_blamed(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(3, dim=20)
    wells.profiles.values[wells.plates == 2] += 3 + wells.positions[wells.plates == 2, :1]
    bare = wells_of(replace(wells.profiles, table=wells.profiles.table.assign(control="")))
    assessment = assess(bare)
    assert len(assessment.flags) == 0
    assert assessment.plates["drift"].iloc[2] > 1
    assert "3 of 3 plates have no negative controls" in assessment.notes[0]


def test_controls_that_lie_in_one_column_everywhere_are_said(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(2)
    wells.profiles.table["control"] = np.where(wells.positions[:, 1] == 3, "negative", "")
    notes = assess(wells_of(wells.profiles)).notes
    assert any("negative controls lie in one column on every plate" in note for note in notes)


def test_plates_of_several_numbers_of_controls_are_told_by_their_range(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(5)
    table = wells.profiles.table
    most = table["plate"].map({"P0": 5, "P1": 6, "P2": 2, "P3": 5, "P4": 32})
    negative = table["control"] == "negative"
    kept = negative & (negative.groupby(table["plate"]).cumsum() <= most)
    table["control"] = np.where(kept, "negative", np.where(negative, "", table["control"]))
    notes = [note for note in assess(wells_of(wells.profiles)).notes if "not asked" in note]
    whys = [
        f"{effect} effect not asked on 4 plates: 2 to 6 wells, 8 are needed." for effect in ("edge", "row", "column")
    ]
    assert notes == whys


def test_reasons_that_differ_are_told_with_their_plates(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(3)
    table = wells.profiles.table
    column = np.where(wells.positions[:, 1] == 3, "negative", "")  # eight wells, two of them at the edge
    table["control"] = np.where(table["plate"] == "P0", np.where(wells.positions[:, 0] < 2, column, ""), column)
    notes = [note for note in assess(wells_of(wells.profiles)).notes if note.startswith("column effect not asked")]
    why = "the wells lie all in one column (2 plates); 2 wells, 8 are needed (1 plate)"
    assert notes == [f"column effect not asked on 3 plates: {why}."]


def test_bbbc021_shows_its_odd_first_week_and_its_fixed_controls(shared_data: Path) -> None:
    ljosa = read_profiles(shared_data / "profiles" / "bbbc021_ljosa2013_well_means.csv.gz")
    assessment = finish(assess_profiles(ljosa))
    second, worst = assessment.batches.sort_values("drift").iloc[-2:].itertuples()
    assert worst.batch == "Week1"
    assert worst.drift > 1.5 * second.drift
    assert any("negative controls lie in 2 columns on every plate" in note for note in assessment.notes)
    assert set(assessment.flags["flag"]) == {"drift", "outlying control"}
