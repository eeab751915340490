"""Every real layout scans to the rows that its metadata lists."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.images.references import parse_reference
from cdcl.readers import LAYOUTS, Choice, Request, scan_source

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers import Scan

LAYOUT_OF = {
    "operetta_harmony": "harmony",
    "phenix_pe2loaddata": "loaddata",
    "imagexpress_uuid": "imagexpress",
    "imagexpress_exported": "imagexpress",
    "imagexpress_bbbc022_uuid": "imagexpress",
    "cellvoyager_cv8000_blank": "cellvoyager",
    "arrayscan_examplehuman": "arrayscan",
    "biotek_gen5_nf1": "gen5",
    "ome_zarr_hcs_v04": "ome-zarr",
    "ome_zarr_hcs_v05": "ome-zarr",
    "scanr": "scanr",
    "cell_painting_gallery": "gallery",
    "jump_rab30_zarr3": "zarr",
}

OTHERWISE_NAMED = {
    "operetta_harmony": "Test_Sample_BALL",
    "imagexpress_bbbc022_uuid": "IXMtest",
    "cellvoyager_cv8000_blank": "CV8000-Minimal-DataSet-2C-3W-4S-FP2-stack",
    "ome_zarr_hcs_v04": "NF1_Plate_2_subset",
    "ome_zarr_hcs_v05": "NF1_Plate_2_subset",
    "scanr": "scanr",
}
"""Plates that the metadata call by names that their files do not hold."""


def expected(folder: Path, name: str) -> pd.DataFrame:
    table = pd.read_csv(folder / "metadata.csv", dtype=str, na_filter=False)
    table = table[table["layout"] == name]
    return table[~table["note"].str.startswith("thumbnail")]


def planes(scan: Scan, folder: Path) -> set[tuple[str, str, str]]:
    """Give each file or field of a scan with its well and site."""
    found = set()
    for row, references in enumerate(scan.screen.image_references()):
        well, site = scan.screen.sites["well"].iat[row], scan.screen.sites["site"].iat[row]
        for reference in references:
            (plane,) = parse_reference(reference)
            found.add((posixpath.relpath(plane.file, folder.resolve()), well, site))
    return found


@pytest.mark.parametrize("name", LAYOUT_OF)
def test_a_layout_scans_to_the_rows_of_its_metadata(shared_data: Path, name: str) -> None:
    folder = shared_data / "layouts"
    rows = expected(folder, name)
    scan = scan_source(folder / name)
    rows = rows[rows["z"] != "5"]  # The projection of that stack is taken.
    assert scan.layout == LAYOUT_OF[name]
    paths = rows["path"] + {"ome-zarr": "/0", "zarr": "/images"}.get(scan.layout, "")
    assert planes(scan, folder) == set(zip(paths, rows["well"], rows["site"], strict=True))
    plates = {OTHERWISE_NAMED[name]} if name in OTHERWISE_NAMED else set(rows["plate"])
    assert set(scan.screen.sites["plate"]) == plates
    if (rows["batch"] != "").any():
        assert set(scan.screen.sites["batch"]) == set(rows["batch"])


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("operetta_harmony", ("Fluorescein (FITC)",)),
        ("imagexpress_uuid", ("w1", "w2", "w3")),
        ("cellvoyager_cv8000_blank", ("C01", "C02")),
        ("biotek_gen5_nf1", ("DAPI", "GFP", "RFP")),
        ("ome_zarr_hcs_v04", ("DNA", "ER", "Actin")),
        ("ome_zarr_hcs_v05", ("DNA", "ER", "Actin")),
        ("scanr", ("GFP", "mcherry")),
        ("jump_rab30_zarr3", ("AGP", "DNA", "ER", "Mito", "RNA")),
    ],
)
def test_channels_are_named_as_the_microscope_names_them(
    shared_data: Path, name: str, channels: tuple[str, ...]
) -> None:
    assert scan_source(shared_data / "layouts" / name).screen.channels == channels


@pytest.mark.parametrize("name", sorted(set(LAYOUT_OF) - {"cellvoyager_cv8000_blank"}))
def test_the_pixels_of_a_layout_are_read(shared_data: Path, name: str) -> None:
    if "zarr" in name:
        pytest.importorskip("zarr")
    folder = shared_data / "layouts"
    screen = scan_source(folder / name).screen
    image = screen.image(0)
    assert len(image) == len(screen.channels)
    assert np.ptp(image) > 0
    height = expected(folder, name)["height"].iloc[0]
    assert not height or image.shape[1] == int(height)


def test_both_versions_of_one_plate_hold_the_same_pixels(shared_data: Path) -> None:
    pytest.importorskip("zarr")
    old, new = (scan_source(shared_data / "layouts" / f"ome_zarr_hcs_v{v}").screen for v in ("04", "05"))
    for row in range(len(old)):
        np.testing.assert_array_equal(old.image(row), new.image(row))


def test_a_plane_of_a_stack_may_be_chosen(shared_data: Path) -> None:
    folder = shared_data / "layouts" / "imagexpress_uuid"
    screen = scan_source(folder, Request(choice=Choice(z="5", channels={"w1": "DNA", "w2": "ER"}))).screen
    assert screen.channels == ("DNA", "ER")
    assert [path.parent.name for path in screen.paths(0)] == ["ZStep_5", "ZStep_5"]


def test_harmony_reads_the_index_that_a_loaddata_table_hides(shared_data: Path) -> None:
    scan = scan_source(shared_data / "layouts" / "phenix_pe2loaddata", Request(layout="harmony"))
    assert "Digital Phase Contrast" in scan.screen.channels
    assert scan.screen.pixel_size == pytest.approx(0.597976, abs=1e-5)
    index = shared_data / "layouts" / "phenix_pe2loaddata" / "images" / "Index.idx.xml"
    assert scan_source(index).screen.channels == scan.screen.channels


def test_a_platemap_of_rows_and_columns_with_semicolons_is_joined(shared_data: Path) -> None:
    folder = shared_data / "layouts" / "operetta_harmony"
    sites = scan_source(folder, Request(metadata=folder / "drug_layout.csv")).screen.sites
    assert sites[["treatment", "control"]].to_numpy().tolist() == [["DMSO@0.125", "negative"]]


def test_gen5_with_its_platemap_names_what_was_not_imaged(shared_data: Path) -> None:
    folder = shared_data / "layouts" / "biotek_gen5_nf1"
    scan = scan_source(folder, Request(metadata=folder / "platemap_NF1_plate2.csv"))
    assert scan.screen.sites["genotype"].tolist() == ["WT", "Null"]
    assert any("30 wells of platemap_NF1_plate2.csv have no images: A01" in note for note in scan.notes)


def test_layouts_are_a_plain_table() -> None:
    assert set(LAYOUT_OF.values()) - {"loaddata", "gallery"} <= set(LAYOUTS)
    for name, layout in LAYOUTS.items():
        assert name == name.lower()
        assert "\n" not in layout.expects
