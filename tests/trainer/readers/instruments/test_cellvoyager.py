from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.errors import ScreenError
from cdcl.readers import Choice, Request, scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]

SPACE = "xmlns:bts='http://www.yokogawa.co.jp/BTS/BTSSchema/1.0'"


def record(field: int, z: int, channel: int, kind: str = "IMG") -> str:
    text = f"T_C03_T0001F{field:03d}L01A01Z{z:02d}C{channel:02d}.tif" if kind == "IMG" else "Failed to autofocus."
    return (
        f"<bts:MeasurementRecord bts:Type='{kind}' bts:Column='3' bts:Row='3' bts:TimePoint='1' "
        f"bts:FieldIndex='{field}' bts:ZIndex='{z}' bts:Ch='{channel}'>{text}</bts:MeasurementRecord>"
    )


def write(folder: Path, *records: str) -> None:
    text = f"<bts:MeasurementData {SPACE}>{''.join(records)}</bts:MeasurementData>"
    (folder / "MeasurementData.mlf").write_text(text, encoding="utf-8")
    (folder / "MeasurementDetail.mrf").write_text(
        f"<bts:MeasurementDetail bts:BeginTime='2023-09-18T13:58:39' {SPACE}>"
        "<bts:MeasurementSamplePlate bts:Name='0042'/>"
        "<bts:MeasurementChannel bts:Ch='1' bts:HorizontalPixelDimension='0.325'/>"
        "<bts:MeasurementChannel bts:Ch='2' bts:HorizontalPixelDimension='0.325'/></bts:MeasurementDetail>",
        encoding="utf-8-sig",
    )


@pytest.fixture
def planes(touch: Touch) -> list[tuple[int, int, int]]:
    places = [(field, z, channel) for field in (1, 2) for z in (1, 2) for channel in (1, 2)]
    touch(*(f"T_C03_T0001F{f:03d}L01A01Z{z:02d}C{c:02d}.tif" for f, z, c in places))
    return places


def test_records_are_planes(tmp_path: Path, planes: list[tuple[int, int, int]]) -> None:
    write(tmp_path, *(record(*place) for place in planes))
    scan = scan_source(tmp_path)
    assert scan.screen.channels == ("C01", "C02")
    assert scan.screen.sites[["plate", "well", "site", "acquired"]].to_numpy().tolist() == [
        ["0042", "C03", "1", "2023-09-18"],
        ["0042", "C03", "2", "2023-09-18"],
    ]
    assert scan.screen.pixel_size == pytest.approx(0.325)
    assert str(scan.extent) == "1 plates x 1 wells x 2 fields x 2 channels x 2 z"
    assert scan.screen.image(0)[:, 0, 0].tolist() == [2, 3]


def test_a_failed_plane_leaves_its_field_out(tmp_path: Path, planes: list[tuple[int, int, int]]) -> None:
    failed = (2, 2, 1)
    write(tmp_path, *(record(*place, "ERR" if place == failed else "IMG") for place in planes))
    scan = scan_source(tmp_path)
    assert scan.screen.sites["site"].tolist() == ["1"]
    assert "1 planes failed on the microscope (ERR)." in scan.notes
    assert any("0042/C03/2 lacks C01" in note for note in scan.notes)
    one = scan_source(tmp_path, Request(choice=Choice(z="1")))
    assert one.screen.sites["site"].tolist() == ["1", "2"]


def test_stains_of_the_settings_name_channels(tmp_path: Path, planes: list[tuple[int, int, int]]) -> None:
    write(tmp_path, *(record(*place) for place in planes))
    channels = "".join(f"<bts:Channel bts:Ch='{c}' bts:Fluorophore='{n}'/>" for c, n in ((1, "DAPI"), (2, "Cy5")))
    (tmp_path / "a.mes").write_text(f"<bts:Settings {SPACE}>{channels}</bts:Settings>", encoding="utf-8")
    assert scan_source(tmp_path).screen.channels == ("DAPI", "Cy5")


def test_a_record_without_a_place_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, "<bts:MeasurementRecord bts:Type='IMG'>a.tif</bts:MeasurementRecord>")
    with pytest.raises(ScreenError, match="a record without Row and Column"):
        scan_source(tmp_path)
