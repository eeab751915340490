from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cdcl.readers import describe, read_screen
from cdcl.screen import Screen


def screen(folder: str = "images", **columns: Any) -> Screen:
    sites = pd.DataFrame(
        {
            "plate": ["w1_a", "w1_a", "w1_b", "w2_a"],
            "well": ["A01", "A01", "A02", "A01"],
            "site": ["1", "2", "1", "1"],
            "path": [f"{folder}/{row}.tif" for row in range(4)],
            **columns,
        }
    )
    return Screen(sites, ("DNA", "ER"), Path("nowhere"))


def notes(screen: Screen) -> str:
    return "\n".join(describe(screen).notes)


def test_everything_is_counted() -> None:
    full = screen(batch=["1", "1", "1", "2"], treatment=["a", "a", "b", "a"], control=["", "", "negative", ""])
    report = describe(full)
    assert (report.plates, report.wells, report.sites, report.channels) == (3, 3, 4, ("DNA", "ER"))
    assert (report.batches, report.treatments, report.controls) == (("1", "2"), 2, {"negative": 1})
    assert report.missing_files == 4


def test_one_batch_and_lonely_treatments_and_no_controls_are_noted() -> None:
    text = notes(screen(batch="1", treatment=["a", "a", "b", ""]))
    assert "one batch only (1)" in text
    assert "1 treatments have one image only, such as b" in text
    assert "no negative controls" in text
    assert "1 well has no treatment, such as 1/w2_a/A01" in text


def test_plates_whose_wells_are_of_several_batches_are_asked_about() -> None:
    torn = screen(plate=["P", "P", "P", "Q"], batch=["1", "1", "", "2"])
    assert "1 plates lie in several batches, each with other wells, such as P in none, 1" in notes(torn)
    # The same plate name in two batches, and so the same wells in both, is a design.
    twice = screen(plate="P", well=["A01", "A02", "A01", "A02"], batch=["1", "1", "2", "2"])
    assert "several batches" not in notes(twice)


def test_batches_are_proposed_and_never_applied() -> None:
    given = screen()
    assert "no column batch; plate names begin with w1 (2), w2 (1): if these are the batches" in notes(given)
    assert "`--batch-from prefix` takes them." in notes(given)
    assert "batch" not in given.sites


def test_dates_of_folders_are_proposed_first() -> None:
    paths = ["2020_11_04_x/a.tif", "2020_11_04_x/b.tif", "2020-11-05/c.tif", "2020-11-05/d.tif"]
    assert "folders of, the dates 2020-11-05 (2), 2020_11_04 (1)" in notes(screen(path=paths))


def test_lines_are_short_and_name_the_channels() -> None:
    lines = describe(screen()).lines()
    assert lines[0] == "4 images of 3 wells on 3 plates"
    assert "channels    2: DNA, ER" in lines
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize(("name", "missing"), [("bbbc021_fields", 0), ("bbbc021_cells", 0)])
def test_real_screens_are_described(shared_data: Path, name: str, missing: int) -> None:
    report = describe(read_screen(shared_data / name))
    assert report.missing_files == missing
    if name == "bbbc021_fields":
        assert (report.plates, report.wells, report.treatments, len(report.batches)) == (18, 123, 41, 4)
    else:
        assert report.controls == {"negative": 216}
        assert "one batch only (Week4)" in "\n".join(report.notes)
