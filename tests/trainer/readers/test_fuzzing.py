"""Broken, hostile and endless input ends in a screen or in one clear line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdcl.errors import CDCLError, ScreenError
from cdcl.images.xml import Element, elements, parse_text
from cdcl.readers import read_platemap, scan_source
from cdcl.screen.tables import read_table

INDEX = (
    "<?xml version='1.0' encoding='utf-8'?><EvaluationInputData xmlns='x'><Plates><Plate><PlateID>µ</PlateID></Plate>"
    "</Plates><Images><Image><State>Ok</State><URL>a.tiff</URL><Row>1</Row><Col>1</Col><FieldID>1</FieldID>"
    "<ChannelID>1</ChannelID><ChannelName>DAPI</ChannelName></Image></Images></EvaluationInputData>"
).encode()

BOMB = (
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + b"".join(b"<!ENTITY %c '&%c;&%c;&%c;&%c;'>" % (98 + n, 97 + n, 97 + n, 97 + n, 97 + n) for n in range(20))
    + b"]><EvaluationInputData><Image><URL>&u;</URL></Image></EvaluationInputData>"
)

SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def one_line(source: Path) -> str:
    """Scan, and give the error's single line, or "" where there is a screen."""
    try:
        scan_source(source)
    except CDCLError as error:
        assert "\n" not in str(error)
        assert "\r" not in str(error)
        return str(error)
    return ""


@pytest.mark.parametrize("name", ["Index.idx.xml", "MeasurementData.mlf", "plate.companion.ome"])
@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Image><URL>&e;</URL></Image>",
        b"<!DOCTYPE OME><OME/>",
    ],
)
def test_a_document_type_is_refused_before_anything_expands(tmp_path: Path, name: str, doctype: bytes) -> None:
    (tmp_path / name).write_bytes(doctype)
    assert "brings a document type (DTD)" in one_line(tmp_path)


def test_an_entity_that_nobody_declared_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "Index.xml").write_bytes(b"<a><Image><URL>&nbsp;</URL></Image></a>")
    assert "undefined entity" in one_line(tmp_path)


def test_endless_nesting_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Index.xml").write_bytes(b"<a>" * 100_000)
    assert "nests more than" in one_line(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00" * 40,
        INDEX.decode().encode("latin-1"),
        INDEX.replace(b"utf-8", b"klingon"),
        INDEX + b"<more/>",
        INDEX.replace(b"</Image>", b"", 1),
    ],
    ids=["empty", "zeros", "wrong encoding", "unknown encoding", "two roots", "unclosed"],
)
def test_xml_that_is_not_whole_is_one_line(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "Index.xml").write_bytes(text)
    assert "is no whole XML file" in one_line(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_declared_encodings_and_marks_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.xml").write_bytes(INDEX.decode().replace("utf-8", encoding.removesuffix("-sig")).encode(encoding))
    assert [element.value("PlateID") for element in elements(tmp_path / "a.xml", "Plate")] == ["µ"]


@SLOW
@given(cut=st.integers(0, len(INDEX)), flip=st.integers(0, len(INDEX) - 1), byte=st.integers(0, 255))
def test_an_index_cut_or_changed_anywhere_is_one_line(tmp_path: Path, cut: int, flip: int, byte: int) -> None:
    (tmp_path / "a.tiff").touch()
    for text in (INDEX[:cut], INDEX[:flip] + bytes([byte]) + INDEX[flip + 1 :]):
        (tmp_path / "Index.idx.xml").write_bytes(text)
        one_line(tmp_path)


@given(st.recursive(st.text("ab<>&\"' µ"), lambda inner: st.lists(inner, max_size=3), max_leaves=12))
def test_what_is_written_as_xml_is_read_again(tree: object) -> None:
    def write(node: object) -> str:
        if isinstance(node, list):
            return "<n>" + "".join(map(write, node)) + "</n>"
        text = str(node).replace("&", "&amp;").replace("<", "&lt;")
        return f"<t>{text}</t>"

    def read(element: Element) -> object:
        return [read(child) for child in element.children] if element.name == "n" else element.text

    def stripped(node: object) -> object:
        return [stripped(child) for child in node] if isinstance(node, list) else str(node).strip()

    assert read(parse_text(write(tree), Path("x"))) == stripped(tree)


OME = (
    "<OME><Plate Name='P'><Well Row='0' Column='0'><WellSample><ImageRef ID='I'/></WellSample></Well></Plate>"
    "<Image ID='I'><Pixels DimensionOrder='XYZCT' SizeZ='2' SizeC='1' SizeT='1' PhysicalSizeX='1'><Channel Name='a'/>"
    "<TiffData IFD='0' FirstZ='0' PlaneCount='2'><UUID FileName='a.tif'>u</UUID></TiffData></Pixels></Image></OME>"
)
MLF = (
    "<MeasurementData><MeasurementRecord Type='IMG' Row='1' Column='1' FieldIndex='1' Ch='1' ZIndex='1' TimePoint='1'>"
    "a.tif</MeasurementRecord></MeasurementData>"
)
XML = {"p.companion.ome": OME, "a.mlf": MLF, "Index.xml": INDEX.decode()}
VALUES = ("", "-1", "0", "99999999999", "1e9", "nan", "x", "µ", "9" * 5000, "../../a.tif", "a\\b", "#0", "|")


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:12]))
@pytest.mark.parametrize("name", XML)
def test_any_value_may_be_nonsense(tmp_path: Path, name: str, value: str) -> None:
    for image in ("a.tif", "a.tiff"):
        (tmp_path / image).touch()
    text = XML[name]
    for found in re.finditer(r"='([^']*)'|>([^<>]+)<", text):
        group = 1 if found[1] is not None else 2
        changed = text[: found.start(group)] + value + text[found.end(group) :]
        (tmp_path / name).write_text(changed, encoding="utf-8")
        one_line(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 10**12) | st.sampled_from(["", "B/2", "0", "c", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["wells", "images", "path", "axes", "datasets", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PLACES = (("", "plate"), ("B/2", "well"), ("B/2/0", "multiscales"), ("B/2/0", "omero"))


@SLOW
@given(value=JSON, place=st.sampled_from(PLACES), shape=JSON)
def test_any_json_may_be_nonsense(
    tmp_path_factory: pytest.TempPathFactory, value: object, place: tuple[str, str], shape: object
) -> None:
    plate = tmp_path_factory.mktemp("any") / "P.zarr"
    image = {"axes": ["y", "x"], "datasets": [{"path": "0"}]}
    groups: dict[str, dict[str, object]] = {
        "": {"plate": {"wells": [{"path": "B/2"}]}},
        "B/2": {"well": {"images": [{"path": "0"}]}},
        "B/2/0": {"multiscales": [image]},
    }
    groups[place[0]][place[1]] = value
    for group, attributes in groups.items():
        (plate / group).mkdir(parents=True, exist_ok=True)
        (plate / group / ".zattrs").write_text(json.dumps(attributes))
    (plate / "B/2/0/0").mkdir()
    (plate / "B/2/0/0/.zarray").write_text(json.dumps({"shape": shape}))
    one_line(plate.parent)


TABLE = 'plate,well,site,path\n0123,A01,1,a.tif\n0123,"A02",1,b µ.tif\n'


@SLOW
@given(
    cut=st.integers(0, len(TABLE)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-16-le"]),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    name=st.sampled_from(["screen.csv", "load_data.csv", "x.tsv", "screen.csv.gz"]),
)
def test_a_table_in_any_encoding_cut_anywhere_is_one_line(
    tmp_path: Path, cut: int, encoding: str, ends: str, name: str
) -> None:
    (tmp_path / name).write_bytes(TABLE[:cut].replace("\n", ends).encode(encoding))
    one_line(tmp_path)
    (tmp_path / name).unlink()


@SLOW
@given(text=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".tsv", ".txt", ".csv.gz", ".parquet", ".xlsx"]))
def test_any_bytes_are_a_platemap_or_one_line(tmp_path: Path, text: bytes, suffix: str) -> None:
    path = tmp_path / f"map{suffix}"
    path.write_bytes(text)
    for read in (read_platemap, read_table):
        try:
            read(path)
        except ScreenError as error:
            assert "\n" not in str(error)


@SLOW
@given(
    st.lists(
        st.text("aA0123_-sw .#|()zPB,;", min_size=1, max_size=14).map(lambda name: name.strip(". ") or "x"),
        max_size=8,
        unique=True,
    ),
    st.sampled_from([".tif", ".png", ".ome.tif", ".csv", ".mlf", "", ".htd", ".txt"]),
)
def test_any_folder_of_empty_files_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in names:
        (folder / f"{name}{suffix}").touch()
    one_line(folder)


@pytest.mark.slow
def test_a_hundred_thousand_files_of_junk_are_one_line(tmp_path: Path) -> None:
    for number in range(100_000):
        (tmp_path / f"junk {number}.bin").touch()
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert "Seen: 100000 .bin (junk 0.bin)" in one_line(tmp_path)
