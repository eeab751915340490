from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.errors import ScreenError
from cdcl.readers import Choice, Request, scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]

V5 = "http://www.perkinelmer.com/PEHH/HarmonyV5"
NUMBERS = [(1, 1), (1, 2), (2, 1), (2, 2)]
V7 = "43B2A954-E3C3-47E1-B392-6635266B0DD3/HarmonyV7"


def name(well: str = "r02c03", field: int = 1, plane: int = 1, channel: int = 1) -> str:
    return f"{well}f{field:02d}p{plane:02d}-ch{channel}sk1fk1fl1.tiff"


def image(file: str, *, channel: int = 1, own: str = "", state: str = "Ok", field: int = 1, plane: int = 1) -> str:
    row, column = int(file[1:3]), int(file[4:6])
    return (
        f"<Image Version='1'><id>x</id><State>{state}</State><URL>{file}</URL><Row>{row}</Row><Col>{column}</Col>"
        f"<FieldID>{field}</FieldID><PlaneID>{plane}</PlaneID><TimepointID>0</TimepointID>"
        f"<ChannelID>{channel}</ChannelID>{own}<PositionX Unit='m'>0.1</PositionX></Image>"
    )


def own(channel: str) -> str:
    return f"<ChannelName>{channel}</ChannelName><ImageResolutionX Unit='m'>5.9797608E-07</ImageResolutionX>"


def index(*images: str, space: str = V5, entries: str = "") -> str:
    return (
        f"<?xml version='1.0' encoding='utf-8'?><EvaluationInputData xmlns='{space}'>"
        "<Plates><Plate><PlateID>0123</PlateID>"
        "<MeasurementStartTime>2022-12-19T10:18:52.2+01:00</MeasurementStartTime><Well id='0203' /></Plate></Plates>"
        "<Wells><Well><id>0203</id><Image id='0203K1F1P1R1' /></Well></Wells>"
        f"<Maps><Map>{entries}</Map></Maps><Images>{''.join(images)}</Images></EvaluationInputData>"
    )


def write(folder: Path, text: str, file: str = "Index.idx.xml", encoding: str = "utf-8-sig") -> None:
    (folder / "Images").mkdir(parents=True, exist_ok=True)
    (folder / "Images" / file).write_text(text, encoding=encoding)


@pytest.fixture
def files(touch: Touch) -> list[str]:
    names = [name(field=field, channel=channel) for field in (1, 2) for channel in (1, 2)]
    touch(*(f"Images/{file}" for file in names))
    return names


@pytest.mark.parametrize("file", ["Index.idx.xml", "Index.xml"])
def test_older_indices_say_all_with_each_image(tmp_path: Path, files: list[str], file: str) -> None:
    channels = {1: "Alexa 488", 2: "HOECHST 33342, long"}
    images = [image(f, channel=c, field=n, own=own(channels[c])) for f, (n, c) in zip(files, NUMBERS, strict=True)]
    write(tmp_path, index(*images), file)
    screen = scan_source(tmp_path).screen
    assert screen.channels == ("Alexa 488", "HOECHST 33342, long")
    assert screen.sites[["plate", "well", "site", "acquired"]].to_numpy().tolist() == [
        ["0123", "B03", "1", "2022-12-19"],
        ["0123", "B03", "2", "2022-12-19"],
    ]
    assert screen.pixel_size == pytest.approx(0.597976)


def test_version_7_keeps_channels_in_maps(tmp_path: Path, files: list[str]) -> None:
    entries = "".join(
        f"<Entry ChannelID='{c}'><FlatfieldProfile>{{Channel: {c}}}</FlatfieldProfile></Entry>" for c in (1, 2)
    ) + "".join(f"<Entry ChannelID='{c}'>{own(text)}</Entry>" for c, text in ((1, "DAPI"), (2, "Mito")))
    images = [image(f, channel=c, field=n) for f, (n, c) in zip(files, NUMBERS, strict=True)]
    write(tmp_path, index(*images, space=V7, entries=entries), "Index.xml")
    screen = scan_source(tmp_path).screen
    assert screen.channels == ("DAPI", "Mito")
    assert screen.pixel_size == pytest.approx(0.597976)
    assert len(screen.image(1)) == 2


def test_failed_and_absent_images_leave_their_field_out(tmp_path: Path, files: list[str]) -> None:
    images = [
        image(files[0], channel=1, own=own("a")),
        image(files[1], channel=2, own=own("b")),
        image(files[2], channel=1, field=2, own=own("a"), state="AutofocusFailed"),
        image(files[3], channel=2, field=2, own=own("b")),
        image(name(field=3), channel=1, field=3, own=own("a")),
    ]
    write(tmp_path, index(*images))
    scan = scan_source(tmp_path)
    assert scan.screen.sites["site"].tolist() == ["1"]
    notes = "\n".join(scan.notes)
    assert "1 of 4 images that the index lists are not there" in notes
    assert "1 images failed on the microscope" in notes
    assert "0123/B03/2 lacks a" in notes


def test_channels_of_one_name_are_told_apart(tmp_path: Path, files: list[str]) -> None:
    write(tmp_path, index(image(files[0], own=own("DAPI")), image(files[1], channel=2, own=own("DAPI"))))
    assert scan_source(tmp_path).screen.channels == ("DAPI (ch1)", "DAPI (ch2)")


def test_stacks_are_projected_or_chosen(tmp_path: Path, touch: Touch) -> None:
    names = [name(plane=plane) for plane in (1, 2, 3)]
    touch(*(f"Images/{file}" for file in names))
    write(tmp_path, index(*(image(f, plane=z, own=own("a")) for z, f in enumerate(names, start=1))))
    assert int(scan_source(tmp_path).screen.image(0).max()) == 2
    assert int(scan_source(tmp_path, Request(choice=Choice(z="2"))).screen.image(0).max()) == 1


def test_two_measurements_of_a_plate_are_refused(tmp_path: Path, touch: Touch) -> None:
    for number in (1, 2):
        touch(f"P__Measurement{number}/Images/{name()}")
        write(tmp_path / f"P__Measurement{number}", index(image(name(), own=own("a"))))
    with pytest.raises(ScreenError, match="perhaps a plate was imaged twice"):
        scan_source(tmp_path)


def test_an_index_without_its_images_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, index(image(name(), own=own("a"))))
    with pytest.raises(ScreenError, match="the index lists 1 images, and none is there"):
        scan_source(tmp_path)
