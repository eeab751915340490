"""A pattern is tried, marked where it is wrong, and what it reads is opened with the batches that were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from cdcl.errors import CDCLError, ScreenError
from cdcl.readers import read_screen
from napari_cdcl.actions import pattern_wizard
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from pathlib import Path

PATTERN = "{plate}_{well}_f{site}_{channel}.tif"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two dates with a plate each: three wells, two fields, two channels; and a file that is no plane."""
    for day, plate in (("2024-01-05", "a-1"), ("2024-02-06", "b-1")):
        (tmp_path / day).mkdir()
        for well in ("B02", "B03", "C02"):
            for site in (1, 2):
                for channel in ("DNA", "ER"):
                    tifffile.imwrite(
                        tmp_path / day / f"{plate}_{well}_f{site}_{channel}.tif", np.ones((4, 4), np.uint8)
                    )
    tifffile.imwrite(tmp_path / "overview.tif", np.ones((4, 4), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "start", "end"),
    [
        ("{plate}_{well_s1", 8, 9),
        ("{plate}}_{well}", 7, 8),
        ("{1st}_{well}", 0, 5),
        ("(?P<well>[A-P)", 9, 10),
        ("(?P<well>A1)(*x)", 13, 14),
        ("(?P<well>A1))", 12, 13),
    ],
)
def test_a_wrong_pattern_is_marked_where_it_stands(pattern: str, start: int, end: int) -> None:
    fault = pattern_wizard.find_fault(pattern)
    assert fault is not None
    assert (fault.start, fault.end) == (start, end)


@pytest.mark.parametrize("pattern", ["", "{plate}_{site}.tif", "(?P<site>1)"])
def test_a_pattern_without_a_well_is_refused_as_a_whole(pattern: str) -> None:
    fault = pattern_wizard.find_fault(pattern)
    assert fault is not None
    assert fault.start == fault.end


def test_a_trial_counts_and_shows_what_matches_and_what_does_not(folder: Path) -> None:
    names = pattern_wizard.look_at_names(folder)
    assert pattern_wizard.find_fault(names.pattern) is None
    trial = pattern_wizard.try_pattern(PATTERN, names.tree.images)
    assert trial is not None
    assert (trial.num_matched, trial.num_names, trial.unmatched) == (24, 25, ("overview.tif",))
    assert {part: len(values) for part, values in trial.values.items()} == {
        "plate": 2,
        "well": 3,
        "site": 2,
        "channel": 2,
    }
    name, spans = trial.matched[0]
    assert {part: name[begin:end] for part, (begin, end) in spans.items()} == {
        "plate": "a-1",
        "well": "B02",
        "site": "1",
        "channel": "DNA",
    }


def test_a_trial_that_nobody_wants_any_more_ends(folder: Path) -> None:
    assert pattern_wizard.try_pattern(PATTERN, pattern_wizard.look_at_names(folder).tree.images, lambda: False) is None


def test_a_part_that_is_nearly_a_known_one_is_doubted() -> None:
    trial = pattern_wizard.try_pattern("{well}_{chanel}.tif", ["A01_x.tif"])
    assert trial is not None
    assert any("did you mean {channel}" in doubt for doubt in trial.doubts)


def test_no_batch_is_taken_before_one_is_chosen(folder: Path) -> None:
    scan = pattern_wizard.read_names(PATTERN, pattern_wizard.look_at_names(folder).tree)
    offers = pattern_wizard.offer_batches(scan.screen)
    assert set(offers) == {"date", "folder", "prefix"}
    assert "2024-01-05 (1)" in offers["date"]
    assert "batch" not in pattern_wizard.open_names(scan).screen.sites
    assert set(pattern_wizard.open_names(scan, "prefix").screen.sites["batch"]) == {"a", "b"}


def test_a_saved_table_is_read_back_to_the_same_screen(folder: Path) -> None:
    scan = pattern_wizard.read_names(PATTERN, pattern_wizard.look_at_names(folder).tree)
    session = Session()
    pattern_wizard.save_names(session, scan, "date", folder / "screen.csv")
    again = read_screen(folder)
    opened = pattern_wizard.open_names(scan, "date").screen
    assert again.channels == opened.channels
    for name in ("batch", "plate", "well", "site"):
        assert again.sites[name].tolist() == opened.sites[name].tolist()
    assert again.image(5).shape == (2, 4, 4)
    with pytest.raises(CDCLError, match="exists already"):
        pattern_wizard.save_names(Session(), scan, "", folder / "screen.csv")


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match="no images"):
        pattern_wizard.look_at_names(tmp_path)


def test_stacks_are_projected_or_a_plane_is_taken(tmp_path: Path) -> None:
    for z in range(3):
        tifffile.imwrite(tmp_path / f"P_A01_z{z}.tif", np.full((4, 4), z, np.uint8))
    tree = pattern_wizard.look_at_names(tmp_path).tree
    values = [
        int(pattern_wizard.read_names("{plate}_{well}_z{z}.tif", tree, z).screen.image(0).max()) for z in ("max", "1")
    ]
    assert values == [2, 1]
