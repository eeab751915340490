"""The published screens: RxRx1, BBBC021, the Cell Painting Gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.readers import scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]


def test_rxrx1_joins_what_is_in_its_wells(tmp_path: Path, touch: Touch) -> None:
    names = [f"images/HEPG2-0{e}/Plate1/B02_s{s}_w{w}.png" for e in (1, 2) for s in (1, 2) for w in range(1, 7)]
    touch(*names)
    rows = [
        {"site_id": f"HEPG2-0{e}_1_B02_{s}", "experiment": f"HEPG2-0{e}", "plate": "1", "well": "B02", "site": str(s),
         "well_type": "negative_control" if e == 1 else "treatment", "sirna": f"s{e}", "dataset": "train"}
        for e in (1, 2) for s in (1, 2)
    ]  # fmt: skip
    pd.DataFrame(rows[:-1]).to_csv(tmp_path / "metadata.csv", index=False)
    scan = scan_source(tmp_path)
    assert scan.layout == "rxrx1"
    assert scan.screen.channels == tuple(f"w{w}" for w in range(1, 7))
    assert scan.screen.sites["batch"].tolist() == ["HEPG2-01"] * 2 + ["HEPG2-02"] * 2
    assert scan.screen.sites["treatment"].tolist() == ["s1", "s1", "s2", ""]
    assert scan.screen.sites["control"].tolist() == ["negative", "negative", "", ""]
    assert any("6 images are not in metadata.csv" in note for note in scan.notes)


def test_rxrx1_without_its_table_says_so(tmp_path: Path, touch: Touch) -> None:
    touch(*(f"HEPG2-01/Plate1/B02_s1_w{w}.png" for w in (1, 2)))
    scan = scan_source(tmp_path)
    assert scan.screen.sites["plate"].tolist() == ["1"]
    assert "no metadata.csv" in scan.notes[0]


def test_bbbc021_joins_mechanisms_and_takes_weeks_for_batches(tmp_path: Path, touch: Touch) -> None:
    files = {c: [f"G10_s{s}_w{w}A.tif" for s in (1, 2)] for w, c in ((1, "DAPI"), (2, "Tubulin"), (4, "Actin"))}
    touch(*(f"Week1_22123/{file}" for names in files.values() for file in names))
    columns: dict[str, object] = {"TableNumber": "4", "ImageNumber": ["1", "2"]}
    for channel, names in files.items():
        columns |= {f"Image_FileName_{channel}": names, f"Image_PathName_{channel}": "Week1/Week1_22123"}
    columns |= {
        "Image_Metadata_Plate_DAPI": "Week1_22123", "Image_Metadata_Well_DAPI": "G10", "Replicate": "1",
        "Image_Metadata_Compound": "taxol", "Image_Metadata_Concentration": "0.3",
    }  # fmt: skip
    table = pd.DataFrame(columns).to_csv(index=False).replace("\n", "\r")
    (tmp_path / "BBBC021_v1_image.csv").write_bytes(table.encode())
    moa = {"compound": ["taxol"], "concentration": ["0.3"], "moa": ["Microtubule stabilizers"]}
    pd.DataFrame(moa).to_csv(tmp_path / "BBBC021_v1_moa.csv", index=False)
    scan = scan_source(tmp_path)
    assert scan.layout == "bbbc021"
    assert scan.screen.channels == ("DAPI", "Tubulin", "Actin")
    assert scan.screen.sites[["batch", "plate", "well", "site", "treatment", "mechanism"]].to_numpy().tolist() == [
        ["Week1", "Week1_22123", "G10", site, "taxol@0.3", "Microtubule stabilizers"] for site in "12"
    ]
    assert scan.screen.image(1)[:, 0, 0].tolist() == [1, 3, 5]


def test_the_gallery_joins_platemaps_and_external_metadata(tmp_path: Path, touch: Touch) -> None:
    source = tmp_path / "cpg0000" / "source_4"
    for batch, plate in (("2020_11_04_B1", "0123"), ("2020_11_05_B2", "0124")):
        images = f"cpg0000/source_4/images/{batch}/images/{plate}__2020/Images"
        touch(f"{images}/a.tiff", f"{images}/b.tiff")
        tables = source / "workspace" / "load_data_csv" / batch / plate
        tables.mkdir(parents=True)
        rows = {
            "URL_OrigDNA": [f"s3://cellpainting-gallery/{images}/{name}.tiff" for name in "ab"],
            "Metadata_Plate": plate, "Metadata_Well": ["A01", "a02"], "Metadata_Site": "1",
        }  # fmt: skip
        pd.DataFrame(rows).to_csv(tables / "load_data.csv", index=False)
        maps = source / "workspace" / "metadata" / "platemaps" / batch
        (maps / "platemap").mkdir(parents=True)
        pair = {"Assay_Plate_Barcode": [plate], "Plate_Map_Name": ["map-1"]}
        pd.DataFrame(pair).to_csv(maps / "barcode_platemap.csv", index=False)
        wells = {"plate_map_name": "map-1", "well_position": ["A1", "A02"], "broad_sample": ["", "BRD-1"]}
        pd.DataFrame(wells).to_csv(maps / "platemap" / "map-1.txt", sep="\t", index=False)
    external = source / "workspace" / "metadata" / "external_metadata"
    external.mkdir()
    known = {"broad_sample": ["BRD-1", ""], "pert_iname": ["taxol", "DMSO"], "control_type": ["", "negcon"]}
    pd.DataFrame(known).to_csv(external / "compounds.tsv", sep="\t", index=False)
    scan = scan_source(tmp_path)
    assert scan.layout == "gallery"
    sites = scan.screen.sites
    assert sites["batch"].tolist() == ["2020_11_04_B1"] * 2 + ["2020_11_05_B2"] * 2
    assert sites["plate"].tolist() == ["0123", "0123", "0124", "0124"]
    assert sites["compound"].tolist() == ["DMSO", "taxol"] * 2
    assert sites["broad_sample"].tolist() == ["", "BRD-1"] * 2
    assert sites["control"].tolist() == ["negative", ""] * 2
    assert scan.screen.channels == ("DNA",)
    assert scan.screen.image(3).max() == 1


def test_what_is_odd_in_tables_that_are_read_in_two_passes_is_said(tmp_path: Path, touch: Touch) -> None:
    """The first pass spells wells and controls our way; what it found must not be lost with it."""
    touch("a.tif", "b.tif", "c.tif", "d.tif")
    rows = {
        "plate": "P1", "well": ["1A", "1A", "B02", "B02"], "channel": ["DNA", "ER"] * 2,
        "treatment": ["tax\nol", "tax\nol", "x", "x"], "control": ["", "", "sometimes", "sometimes"],
        "path": ["a.tif", "b.tif", "c.tif", "d.tif"],
    }  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "screen.csv", index=False)
    scan = scan_source(tmp_path)
    assert scan.screen.sites["well"].tolist() == ["A01", "B02"]
    assert [sum(word in note for note in scan.notes) for word in ("1A", "line break", "sometimes")] == [1, 1, 1]


def test_what_is_odd_in_the_gallerys_maps_is_said_once(tmp_path: Path, touch: Touch) -> None:
    source, plate = tmp_path / "cpg0000" / "source_4", "0123"
    images = f"cpg0000/source_4/images/B1/images/{plate}__2020/Images"
    touch(f"{images}/a.tiff", f"{images}/b.tiff")
    tables, maps = (source / "workspace" / name / "B1" for name in ("load_data_csv", "metadata/platemaps"))
    (tables / plate).mkdir(parents=True)
    (maps / "platemap").mkdir(parents=True)
    rows = {
        "URL_OrigDNA": [f"s3://cellpainting-gallery/{images}/{name}.tiff" for name in "ab"],
        "Metadata_Plate": plate, "Metadata_Well": ["1A", "A02"], "Metadata_Site": "1",
    }  # fmt: skip
    pd.DataFrame(rows).to_csv(tables / plate / "load_data.csv", index=False)
    pair = {"Assay_Plate_Barcode": [plate], "Plate_Map_Name": ["map-1"]}
    pd.DataFrame(pair).to_csv(maps / "barcode_platemap.csv", index=False)
    wells = {
        "well_position": ["A01", "A02", "A03"], "broad_sample": ["b", "c", "d"], "control": ["no idea", "negcon", ""],
    }  # fmt: skip
    pd.DataFrame(wells).to_csv(maps / "platemap" / "map-1.txt", sep="\t", index=False)
    scan = scan_source(tmp_path)
    assert scan.layout == "gallery"
    assert scan.screen.sites["control"].tolist() == ["", "negative"]
    assert [sum(word in note for note in scan.notes) for word in ("'1A'", "no idea", "A03")] == [1, 1, 1]


def test_what_is_odd_in_rxrx1s_table_is_said(tmp_path: Path, touch: Touch) -> None:
    touch(*(f"HEPG2-01/Plate1/B02_s1_w{w}.png" for w in (1, 2)))
    rows = {"experiment": ["HEPG2-01"], "plate": ["1"], "well": ["2B"], "site": ["1"], "sirna": ["s\n1"]}
    pd.DataFrame(rows).to_csv(tmp_path / "metadata.csv", index=False)
    scan = scan_source(tmp_path)
    assert scan.screen.sites["treatment"].tolist() == ["s 1"]
    assert [sum(word in note for note in scan.notes) for word in ("'2B'", "line break")] == [1, 1]
