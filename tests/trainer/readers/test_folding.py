from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.readers.choosing import Choice
from cdcl.readers.folding import Fold, fold
from cdcl.readers.planes import Planes, make_planes
from cdcl.screen.natural import natural


def planes(*rows: str, **columns: str) -> Planes:
    """Make planes of "well site channel z t"; missing words are "", and the path is all of them."""
    made = []
    for row in rows:
        words = (row.split(" ") + [""] * 5)[:5]
        made.append({**dict(zip(("well", "site", "channel", "z", "t"), words, strict=True)), "path": f"{row}.tif"})
    table = make_planes([{"plate": "P1", **row, **columns} for row in made], "here").table
    return Planes(table)


def folded(*rows: str, **choice: object) -> Fold:
    return fold(planes(*rows), Choice(**choice))  # type: ignore[arg-type]


def test_a_site_is_a_row_and_a_channel_a_column() -> None:
    sites = folded("A01 1 w2", "A01 1 w1", "a2 1 w1", "A-02 1 w2").sites
    assert sites["well"].tolist() == ["A01", "A02"]
    assert [name for name in sites if name.startswith("path_")] == ["path_w1", "path_w2"]
    assert sites["path_w2"].tolist() == ["A01 1 w2.tif", "A-02 1 w2.tif"]


def test_rows_are_in_the_order_of_plate_well_and_site() -> None:
    sites = folded("B02 1 w1", "A10 10 w1", "A10 2 w1", "A02 1 w1", "AA01 1 w1").sites
    assert (sites["well"] + " " + sites["site"]).tolist() == ["A02 1", "A10 2", "A10 10", "B02 1", "AA01 1"]


def test_a_stack_becomes_its_maximum_and_says_so() -> None:
    stack = folded("A01 1 w1 1", "A01 1 w1 10", "A01 1 w1 2")
    assert stack.sites["path_w1"].tolist() == ["A01 1 w1 1.tif|A01 1 w1 2.tif|A01 1 w1 10.tif"]
    assert stack.notes == ("there are stacks (z 1, 2, 10); the maximum of 3 planes is taken, --z chooses.",)


def test_a_plane_is_chosen_by_its_number() -> None:
    assert folded("A01 1 w1 1", "A01 1 w1 2", z="2").sites["path_w1"].tolist() == ["A01 1 w1 2.tif"]
    with pytest.raises(ScreenError, match=r"no z 7; there are 1, 2, and max\."):
        folded("A01 1 w1 1", "A01 1 w1 2", z="7")


def test_the_microscopes_projection_comes_first_unless_the_maximum_is_chosen() -> None:
    rows = ("A01 1 w1 projection", "A01 1 w1 1", "A01 1 w1 2")
    assert folded(*rows).sites["path_w1"].tolist() == ["A01 1 w1 projection.tif"]
    assert "the microscope's projections are taken" in folded(*rows).notes[0]
    assert folded(*rows, z="max").sites["path_w1"].tolist() == ["A01 1 w1 1.tif|A01 1 w1 2.tif"]


def test_the_first_time_point_is_taken_and_others_can_be() -> None:
    rows = ("A01 1 w1 1 0", "A01 1 w1 1 1")
    assert folded(*rows).sites["path_w1"].tolist() == ["A01 1 w1 1 0.tif"]
    assert "2 time points (0, 1)" in folded(*rows).notes[0]
    assert folded(*rows, t="1").sites["path_w1"].tolist() == ["A01 1 w1 1 1.tif"]
    with pytest.raises(ScreenError, match="no time point 9"):
        folded(*rows, t="9")


def test_fields_that_lack_a_channel_are_left_out_and_named() -> None:
    part = folded("A01 1 w1", "A01 1 w2", "A02 1 w1", "A03 1 w1", "A03 1 w2")
    assert part.sites["well"].tolist() == ["A01", "A03"]
    assert part.notes == ("1 of 3 fields lack planes and are left out: P1/A02/1 lacks w2.",)


def test_fields_that_lack_a_plane_of_the_stack_are_left_out() -> None:
    rows = [f"A0{well} 1 w1 {z}" for well in (1, 2, 3) for z in (1, 2)]
    part = folded(*rows[:-1])
    assert part.sites["well"].tolist() == ["A01", "A02"]
    assert "P1/A03/1 lacks w1" in part.notes[-1]


def test_a_channel_with_one_plane_may_stand_beside_a_stack() -> None:
    sites = folded("A01 1 w1 1", "A01 1 w1 2", "A01 1 bright 1").sites
    assert sites["path_bright"].tolist() == ["A01 1 bright 1.tif"]


def test_a_channel_that_few_fields_have_is_left_out_rather_than_the_fields() -> None:
    part = folded("A01 1 w1", "A02 1 w1", "A03 1 w1", "A03 1 phase")
    assert len(part.sites) == 3
    assert part.notes == ("channel phase is in 1 of 3 fields only, and left out.",)


def test_no_whole_field_is_one_line_that_counts() -> None:
    with pytest.raises(ScreenError, match="of 2 fields, w1 in 1, w2 in 1; --channels"):
        folded("A01 1 w1", "A02 1 w2")


def test_channels_are_chosen_ordered_and_renamed() -> None:
    sites = folded("A01 1 w1", "A01 1 w2", "A01 1 w3", channels={"w3": "DNA", "w1": "w1"}).sites
    assert [name for name in sites if name.startswith("path_")] == ["path_DNA", "path_w1"]
    with pytest.raises(ScreenError, match="unknown channel 'w9'"):
        folded("A01 1 w1", channels={"w9": "x"})


def test_one_plane_in_two_files_is_refused_with_both() -> None:
    twice = planes("A01 1 w1", "A01 1 w1")
    twice.table.loc[1, "path"] = "other.tif"
    with pytest.raises(
        ScreenError, match=r"A01 1 w1\.tif and other\.tif are both plate P1, well A01, site 1, channel w1"
    ):
        fold(twice, Choice())


def test_what_is_there_is_counted() -> None:
    rows = ["A01 1 w1 1", "A01 1 w1 2", "A01 2 w1 1", "A01 2 w1 2", "B01 1 w1 1", "B01 1 w1 2"]
    assert str(folded(*rows).extent) == "1 plates x 2 wells x 1-2 fields x 1 channels x 2 z"


def test_pixel_sizes_of_one_screen_must_agree() -> None:
    same = fold(planes("A01 1 w1", pixel_size="0.65"), Choice()).sites
    assert same["pixel_size"].tolist() == ["0.65"]
    mixed = planes("A01 1 w1", "A02 1 w1", pixel_size="0.65")
    mixed.table.loc[1, "pixel_size"] = "1.3"
    result = fold(mixed, Choice())
    assert "pixel_size" not in result.sites
    assert "pixels are 0.65 to 1.3 micrometres wide" in result.notes[0]


ROWS = [f"{well} {site} {channel} {z}" for well in ("A01", "A02") for site in "12" for channel in "ab" for z in "12"]


@settings(max_examples=20, deadline=None)
@given(st.permutations(ROWS))
def test_the_order_of_files_does_not_matter(rows: list[str]) -> None:
    pd.testing.assert_frame_equal(folded(*rows).sites, folded(*sorted(rows)).sites, check_like=True)


@given(st.lists(st.text("aw0123", min_size=1, max_size=5)))
def test_natural_order_is_an_order(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural) == sorted(backwards, key=natural)
