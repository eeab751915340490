from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers import Choice, Request, describe, read_screen, scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]


def table(folder: str = "", prefix: str = "", plate: str = "P1") -> pd.DataFrame:
    row = {"Metadata_Plate": plate, "Metadata_Well": "a1", "Metadata_Site": "3"}
    for channel in ("DNA", "ER"):
        row[f"{prefix}FileName_{channel}"] = f"{channel}.tif"
        row[f"{prefix}PathName_{channel}"] = folder
    return pd.DataFrame([row])


def write(path: Path, content: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("", ""),
        ("images/1", "images/1"),
        ("images/1", "images/1/"),
        ("images/1", "/mnt/other machine/project/images/1"),
        ("images/1", r"D:\screens\project\images\1"),
        ("images/1", "../t/images/1"),
    ],
)
def test_images_are_found_beside_or_below_the_table(tmp_path: Path, touch: Touch, place: str, folder: str) -> None:
    touch(f"t/{place}/DNA.tif", f"t/{place}/ER.tif")
    write(tmp_path / "t" / "load_data.csv", table(folder))
    screen = read_screen(tmp_path / "t")
    assert screen.channels == ("DNA", "ER")
    assert screen.image(0).max(axis=(1, 2)).tolist() == [0, 1]
    assert screen.sites[["plate", "well", "site"]].iloc[0].tolist() == ["P1", "A01", "3"]


def test_images_are_found_from_a_folder_above_the_table(tmp_path: Path, touch: Touch) -> None:
    touch("project/images/1/DNA.tif", "project/images/1/ER.tif")
    write(tmp_path / "project" / "workspace" / "load_data_csv" / "b" / "P1" / "load_data.csv.gz", table("images/1"))
    assert read_screen(tmp_path / "project").image(0).shape == (2, 4, 5)


def test_the_absolute_folder_stands_as_it_is(tmp_path: Path, touch: Touch) -> None:
    touch("far/DNA.tif", "far/ER.tif", "near/DNA.tif", "near/ER.tif")
    write(tmp_path / "near" / "load_data.csv", table(str(tmp_path / "far")))
    assert read_screen(tmp_path / "near").paths(0)[0] == tmp_path / "far" / "DNA.tif"


def test_bucket_addresses_are_found_in_a_local_copy(tmp_path: Path, touch: Touch) -> None:
    touch("copy/cpg/source/images/DNA.tif")
    rows = {"URL_OrigDNA": ["s3://bucket/cpg/source/images/DNA.tif"], "Metadata_Plate": ["P"], "Metadata_Well": ["A1"]}
    write(tmp_path / "copy" / "cpg" / "source" / "load_data.csv", pd.DataFrame(rows))
    assert read_screen(tmp_path / "copy").paths(0) == (tmp_path / "copy/cpg/source/images/DNA.tif",)


def test_cellprofilers_own_prefix_is_understood_and_illumination_left_out(tmp_path: Path, touch: Touch) -> None:
    touch("DNA.tif", "ER.tif")
    rows = table(prefix="Image_").assign(FileName_IllumDNA="i.npy", PathName_IllumDNA="x", Metadata_MoA="kinase")
    write(tmp_path / "load_data.csv", rows)
    screen = read_screen(tmp_path)
    assert screen.channels == ("DNA", "ER")
    assert screen.sites["mechanism"].tolist() == ["kinase"]
    assert not [name for name in screen.sites.columns if name.startswith(("Image_", "PathName"))]


def test_illumination_functions_are_kept_beside_their_channels(tmp_path: Path, touch: Touch) -> None:
    touch("images/DNA.tif", "images/ER.tif", "illum/P_IllumDNA.npy")
    names = {"FileName_IllumDNA": "P_IllumDNA.npy", "PathName_IllumDNA": "/elsewhere/illum", "FileName_IllumER": ""}
    write(tmp_path / "load_data.csv", table("images").assign(**names))
    screen = read_screen(tmp_path)
    assert screen.channels == ("DNA", "ER")
    assert (screen.folder / screen.sites["illum_DNA"].iloc[0]).resolve() == tmp_path / "illum" / "P_IllumDNA.npy"
    assert screen.sites["illum_ER"].tolist() == [""] * len(screen)


def test_orig_is_cut_from_all_channels_or_from_none(tmp_path: Path, touch: Touch) -> None:
    touch("a.tif")
    rows = {"FileName_OrigDNA": ["a.tif"], "Metadata_Plate": ["P"], "Metadata_Well": ["A1"]}
    write(tmp_path / "1" / "load_data.csv", pd.DataFrame(rows))
    write(tmp_path / "2" / "load_data.csv", pd.DataFrame({**rows, "FileName_ER": ["a.tif"]}))
    assert read_screen(tmp_path / "1").channels == ("DNA",)
    assert read_screen(tmp_path / "2").channels == ("OrigDNA", "ER")


def test_tables_of_several_plates_are_joined(tmp_path: Path, touch: Touch) -> None:
    for plate in ("P1", "P2"):
        touch(f"images/{plate}/DNA.tif", f"images/{plate}/ER.tif")
        write(tmp_path / "load_data_csv" / plate / "load_data.csv", table(f"images/{plate}", plate=plate))
        write(tmp_path / "load_data_csv" / plate / "load_data_with_illum.csv", table(f"images/{plate}", plate=plate))
    screen = read_screen(tmp_path)
    assert screen.sites["plate"].tolist() == ["P1", "P2"]
    assert [path.parent.name for path in (screen.paths(0)[0], screen.paths(1)[0])] == ["P1", "P2"]


def test_two_folders_are_never_taken_for_one(tmp_path: Path, touch: Touch) -> None:
    touch("Images/DNA.tif", "Images/ER.tif")
    rows = pd.concat([table("/data/plate1/Images"), table("/data/plate2/Images", plate="P2")])
    write(tmp_path / "load_data.csv", rows)
    with pytest.raises(ScreenError, match=r"'/data/plate1/Images' and '/data/plate2/Images' were both found at"):
        read_screen(tmp_path)


def test_images_that_are_nowhere_are_counted_by_the_report(tmp_path: Path) -> None:
    write(tmp_path / "load_data.csv", table("/data/plate1"))
    report = describe(read_screen(tmp_path))
    assert report.missing_files == 2
    assert any("2 of 2 image files are missing, such as /data/plate1/DNA.tif" in note for note in report.notes)


def with_channels(folder: Path, touch: Touch, *names: str) -> Path:
    row = {"Metadata_Plate": "P1", "Metadata_Well": "A01", "Metadata_Site": "1"}
    for number, name in enumerate(names):
        touch(f"{number}.tif")
        row |= {f"FileName_{name}": f"{number}.tif", f"PathName_{name}": "."}
    write(folder / "load_data.csv", pd.DataFrame([row]))
    return folder / "load_data.csv"


def test_masks_outlines_and_objects_are_no_channels_unless_asked_for(tmp_path: Path, touch: Touch) -> None:
    path = with_channels(tmp_path, touch, "DNA", "NucleiMask", "Cells_Objects", "outlines", "labelfree", "Masked")
    found = scan_source(path)
    assert found.screen.channels == ("DNA", "labelfree", "Masked")
    said = [note for note in found.notes if "by their names masks, outlines or objects" in note]
    assert len(said) == 1
    assert said[0].startswith("NucleiMask, Cells_Objects, outlines:")
    asked = scan_source(path, Request(choice=Choice(channels={"DNA": "DNA", "NucleiMask": "nuclei"})))
    assert asked.screen.channels == ("DNA", "nuclei")
    assert not [note for note in asked.notes if "by their names" in note]


def test_channels_that_differ_by_case_are_asked_about(tmp_path: Path, touch: Touch) -> None:
    notes = describe(read_screen(with_channels(tmp_path, touch, "DNA", "dna", "ER"))).notes
    assert "channels DNA and dna differ only in case or gaps, and count as several: are they one?" in notes
    plain = describe(read_screen(with_channels(tmp_path, touch, "DNA", "ER"))).notes
    assert not [note for note in plain if "differ only" in note]


def test_a_row_without_a_well_names_its_row_and_column(tmp_path: Path) -> None:
    rows = pd.concat([table(), table().assign(Metadata_Well=""), table().assign(Metadata_Well=" ")])
    write(tmp_path / "load_data.csv", rows)
    said = r"load_data.csv, row 3: no well, its cell in column Metadata_Well is empty; so are 1 more; fill it in"
    with pytest.raises(ScreenError, match=said):
        read_screen(tmp_path / "load_data.csv")
