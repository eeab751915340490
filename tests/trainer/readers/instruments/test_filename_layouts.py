"""Microscopes that speak by file names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.errors import ScreenError
from cdcl.readers import Choice, Request, scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.readers import Scan

    Touch = Callable[..., None]

GUID = "213F759E-5EA8-47EC-A584-85DF8EC1E280"


def found(scan: Scan) -> list[list[str]]:
    places: list[list[str]] = scan.screen.sites[["plate", "well", "site"]].to_numpy().tolist()
    return places


@pytest.mark.parametrize(
    ("layout", "names", "place", "channels"),
    [
        ("incell", ["P1/A - 1(fld 3 wv DAPI - DAPI).tif", "P1/A - 1(fld 3 wv FITC - FITC).tif"],
         ["P1", "A01", "3"], ("DAPI - DAPI", "FITC - FITC")),
        ("incell", ["P1/AA - 12(fld 1).tif"], ["P1", "AA12", "1"], ("channel_1",)),
        ("scanr", ["P7/data/B2--W00014--P00002--Z00000--T00000--mcherry.tif"], ["P7", "B02", "2"], ("mcherry",)),
        ("gen5", ["P2/D6_01_1_12_DAPI_001.tif", "P2/D6_01_2_12_GFP 469,525_001.tif"],
         ["P2", "D06", "12"], ("DAPI", "GFP 469,525")),
        ("arrayscan", ["MFGTMP_0123_D03f09d0.TIF"], ["MFGTMP_0123", "D03", "9"], ("d0",)),
        ("imagexpress", [f"P1/2020-11-04/77/P1_G10_s1_w1{GUID}.tif"], ["P1", "G10", "1"], ("w1",)),
        ("imagexpress", ["TimePoint_1/exp_B02_w10.TIF", "TimePoint_1/exp_B02_w2.TIF"], ["exp", "B02", "1"],
         ("w2", "w10")),
        ("imagexpress", [f"Week1_22123/G10_s1_w4{GUID}.tif"], ["Week1_22123", "G10", "1"], ("w4",)),
        ("imagexpress", [f"20585w1/IXM_E08_s7_w1{GUID}.tif", f"20585w2/IXM_E08_s7_w2{GUID}.tif"],
         ["20585", "E08", "7"], ("w1", "w2")),
    ],
)  # fmt: skip
def test_a_name_says_plate_well_site_and_channel(
    tmp_path: Path, touch: Touch, layout: str, names: list[str], place: list[str], channels: tuple[str, ...]
) -> None:
    touch(*names)
    scan = scan_source(tmp_path)
    assert scan.layout == layout
    assert found(scan) == [place]
    assert scan.screen.channels == channels
    assert scan.screen.image(0).shape == (len(channels), 4, 5)


def scanr(*parts: tuple[str, int, int]) -> list[str]:
    return [f"P/data/{name}--W{well:05d}--P{site:05d}--Z00000--T00000--GFP.tif" for name, well, site in parts]


@pytest.mark.parametrize(
    "names",
    [
        scanr(("p1", 1, 1), ("p1", 1, 2)),
        scanr(("p1", 1, 1), ("p1", 2, 1), ("p1", 2, 2)),
        scanr(("p1", 1, 1), ("p2", 1, 1)),
        scanr(("p1", 1, 1), ("p2", 2, 1), ("p3", 3, 1)),
        scanr(("screen_17", 1, 1), ("screen_17", 2, 1)),
    ],
)
def test_a_plate_or_position_before_a_wells_number_is_no_well(tmp_path: Path, touch: Touch, names: list[str]) -> None:
    touch(*names)
    with pytest.raises(ScreenError, match=r"numbers its wells .* W00001\).*--pattern '") as caught:
        scan_source(tmp_path)
    pattern = str(caught.value).partition("--pattern '")[2].partition("'")[0]
    taken = found(scan_source(tmp_path, Request(pattern=pattern)))
    told = [name.rpartition("/")[2].split("--")[:3] for name in names]
    assert taken == sorted([plate, well, str(int(site[1:]))] for plate, well, site in told)


def test_wells_of_scanr_go_with_one_number_each(tmp_path: Path, touch: Touch) -> None:
    touch(*scanr(("A1", 1, 1), ("A1", 1, 2), ("P1", 361, 1), ("P2", 362, 1)))
    assert [place[1:] for place in found(scan_source(tmp_path))] == [
        ["A01", "1"],
        ["A01", "2"],
        ["P01", "1"],
        ["P02", "1"],
    ]


def test_positions_where_a_microscope_writes_wells_are_asked_for(tmp_path: Path, touch: Touch) -> None:
    touch(*(f"exp/P{place:02d}_s{site}_w1.tif" for place in (1, 2, 3) for site in (1, 2)))
    scan = scan_source(tmp_path)
    assert scan.layout == "imagexpress"
    assert "the names may mean something else: all wells lie in row P: are P01 to P03 wells?" in scan.notes


def test_incell_stacks_have_planes(tmp_path: Path, touch: Touch) -> None:
    touch(*(f"P1/A - 1(fld 1 wv DAPI - DAPI z {z}).tif" for z in (1, 2, 3)))
    assert scan_source(tmp_path).extent.depths == 3
    assert int(scan_source(tmp_path, Request(choice=Choice(z="2"))).screen.image(0)[0, 0, 0]) == 1


def test_thumbnails_and_strangers_are_left_out_and_counted(tmp_path: Path, touch: Touch) -> None:
    touch(f"P/A01_s1_w1{GUID}.tif", f"P/A01_s1_w1_thumb{GUID}.tif", "P/overview.png")
    scan = scan_source(tmp_path)
    assert scan.notes[:2] == ("1 other images are left out, such as P/overview.png.", "1 thumbnails are left out.")


def test_wave_names_of_the_htd_file_are_taken(tmp_path: Path, touch: Touch) -> None:
    touch("P1/P1_A01_s1_w1.TIF", "P1/P1_A01_s1_w2.TIF")
    (tmp_path / "P1" / "P1.HTD").write_bytes(b'"NWavelengths", 2\r\n"WaveName1", "DAPI"\r\n"WaveName2", "Cy5"\r\n')
    assert scan_source(tmp_path).screen.channels == ("DAPI", "Cy5")


def test_a_folder_of_many_plates_goes_by_their_prefixes(tmp_path: Path, touch: Touch) -> None:
    touch("all/0123_A01_s1_w1.tif", "all/0124_A01_s1_w1.tif")
    assert found(scan_source(tmp_path)) == [["0123", "A01", "1"], ["0124", "A01", "1"]]


def test_one_prefix_on_all_plates_gives_way_to_their_folders(tmp_path: Path, touch: Touch) -> None:
    touch("PlateA/IXMtest_A01_s1_w1.tif", "PlateB/IXMtest_A01_s1_w1.tif")
    assert [place[0] for place in found(scan_source(tmp_path))] == ["PlateA", "PlateB"]


def test_step_zero_is_the_microscopes_projection(tmp_path: Path, touch: Touch) -> None:
    touch("P/ZStep_0/P_A01_s1_w1.tif", "P/ZStep_1/P_A01_s1_w1.tif", "P/ZStep_2/P_A01_s1_w1.tif")
    assert int(scan_source(tmp_path).screen.image(0).max()) == 0
    assert int(scan_source(tmp_path, Request(choice=Choice(z="max"))).screen.image(0).max()) == 2


def test_the_layout_that_explains_most_files_is_taken(tmp_path: Path, touch: Touch) -> None:
    touch("P/data/A1--W00001--P00001--Z00000--T00000--GFP.tif", "P1/P1_A01_s1_w1.tif", "P1/P1_A02_s1_w1.tif")
    assert scan_source(tmp_path).layout == "imagexpress"
    assert scan_source(tmp_path, Request(layout="scanr")).layout == "scanr"


def test_files_that_hold_stacks_have_pages_for_planes(tmp_path: Path) -> None:
    stack = np.random.default_rng(0).integers(0, 999, (3, 4, 5), dtype=np.uint16)
    for well in ("A01", "A02"):
        tifffile.imwrite(tmp_path / f"P1_{well}_s1_w1.tif", stack, photometric="minisblack")
    scan = scan_source(tmp_path)
    assert scan.notes[0].startswith("each file holds 3 planes; the maximum is taken, --z 0 to 2 takes one. The files")
    np.testing.assert_array_equal(scan.screen.image(1)[0], stack.max(axis=0))
    second = scan_source(tmp_path, Request(choice=Choice(z="1"))).screen
    np.testing.assert_array_equal(second.image(0)[0], stack[1])
    with pytest.raises(ScreenError, match="there is no z 3"):
        scan_source(tmp_path, Request(choice=Choice(z="3")))


def test_channels_within_files_are_no_stack(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "P1_A01_s1_w1.ome.tif", np.zeros((3, 4, 5), np.uint16), metadata={"axes": "CYX"})
    tifffile.imwrite(tmp_path / "P1_A01_s1_w1.tif", np.zeros((4, 5, 3), np.uint8), photometric="rgb")
    assert not any("planes" in note for note in scan_source(tmp_path).notes)


def test_hcs_ai_lists_its_planes(tmp_path: Path, touch: Touch) -> None:
    touch(*(f"P1/timepoint0/a{n}.tif" for n in range(4)))
    rows = [
        {"Well": "B - 7", "Field": str(field), "Wavelength": wave, "Timepoint": "0", "ZIndex": "0",
         "ImageFileName": f"a{n}.tif", "ImageSubFolderPath": "timepoint0"}
        for n, (field, wave) in enumerate((f, w) for f in (1, 2) for w in ("DAPI", "Cy5"))
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "P1" / "image_metadata_t0.csv", index=False)
    scan = scan_source(tmp_path)
    assert (scan.layout, scan.screen.channels) == ("hcs-ai", ("DAPI", "Cy5"))
    assert found(scan) == [["P1", "B07", "1"], ["P1", "B07", "2"]]
    assert scan.screen.image(1)[:, 0, 0].tolist() == [2, 3]
    pd.DataFrame(rows).drop(columns="Field").to_csv(tmp_path / "P1" / "image_metadata_t0.csv", index=False)
    with pytest.raises(ScreenError, match="has no column Field"):
        scan_source(tmp_path)
