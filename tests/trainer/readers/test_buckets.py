"""A screen of the Cell Painting Gallery in its bucket: its tables are copied, its pixels fetched when decoded."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.errors import ImageError, ScreenError
from cdcl.images.remote import fetch, is_remote, remote_url
from cdcl.pixels.cache import fill_cache
from cdcl.readers import Request, describe, read_screen, scan_source
from cdcl.readers.remapping import parse_remaps
from cdcl.screen.tables import read_screen_table, write_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Serve = Callable[[Path], AbstractContextManager[tuple[str, list[str]]]]

BUCKET = "cellpainting-gallery"
SOURCE = "cpg0000-test/broad"
PLATE = f"{SOURCE}/workspace/load_data_csv/2020_11_04_CPJUMP1/BR0001"


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    """One plate of one well, two fields and two channels, with its platemap, as the gallery lays it out."""
    root = tmp_path / "s3" / BUCKET
    images = root / SOURCE / "images/2020_11_04_CPJUMP1/images/BR0001__2020-11-05T19_51_35-Measurement1/Images"
    images.mkdir(parents=True)
    rows = []
    for site in (1, 2):
        row = {"Metadata_Plate": "BR0001", "Metadata_Well": "a01", "Metadata_Site": str(site)}
        for number, channel in enumerate(("DNA", "ER"), start=1):
            path = images / f"r01c01f0{site}p01-ch{number}sk1fk1fl1.npy"
            np.save(path, np.full((6, 8), 10 * site + number, np.uint16))
            row[f"URL_Orig{channel}"] = f"s3://{BUCKET}/{path.relative_to(root).as_posix()}"
            row[f"URL_Illum{channel}"] = f"s3://{BUCKET}/illum/{channel}.npy"
        rows.append(row)
    table = root / PLATE / "load_data_with_illum.csv.gz"
    table.parent.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(table, index=False)
    maps = root / SOURCE / "workspace" / "metadata" / "platemaps" / "2020_11_04_CPJUMP1"
    (maps / "platemap").mkdir(parents=True)
    (maps / "barcode_platemap.csv").write_text("Assay_Plate_Barcode,Plate_Map_Name\nBR0001,map1\n")
    (maps / "platemap" / "map1.txt").write_text("plate_map_name\twell_position\tbroad_sample\nmap1\tA01\tBRD-1\n")
    external = maps.parents[1] / "external_metadata"
    external.mkdir()
    (external / "compounds.tsv").write_text("broad_sample\tmoa\nBRD-1\tinhibitor\n")
    backend = root / SOURCE / "workspace" / "backend"
    backend.mkdir()
    (backend / "huge.sqlite").write_bytes(b"nobody should fetch this")
    return root


@pytest.fixture
def asked(bucket: Path, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve the bucket; the requests that were made."""
    pytest.importorskip("obstore", reason="the extra s3")
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path / "cache"))
    with serve(bucket.parent) as (endpoint, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        yield requests


@pytest.mark.parametrize("place", [PLATE, f"{PLATE}/", PLATE.rpartition("/")[0], SOURCE, f"{SOURCE}/workspace"])
def test_a_plate_is_read_and_decoded_from_its_bucket(place: str, asked: list[str], tmp_path: Path) -> None:
    scan = scan_source(Path(f"s3://{BUCKET}/{place}"))
    assert scan.layout == "gallery"
    screen = scan.screen
    assert screen.channels == ("DNA", "ER")
    assert screen.sites["batch"].unique().tolist() == ["2020_11_04_CPJUMP1"]
    assert screen.sites[["plate", "well", "site"]].iloc[1].tolist() == ["BR0001", "A01", "2"]
    assert screen.sites["mechanism"].tolist() == ["inhibitor"] * 2
    assert not any(request.endswith((".npy", ".sqlite")) for request in asked), "a scan opens no image"
    report = describe(screen)
    assert report.missing_files == 0
    assert any("4 image files lie in a bucket, such as s3://cellpainting-gallery/" in note for note in report.notes)
    cache = finish(fill_cache(screen, tmp_path / "pixels"))
    assert cache.field(1)[:, 0, 0].tolist() == [21, 22]
    before = len(asked)
    assert finish(fill_cache(screen, tmp_path / "pixels")).field(0)[:, 0, 0].tolist() == [11, 12]
    assert len(asked) == before, "what is decoded is not fetched again"


def test_a_table_of_places_in_a_bucket_is_kept_and_read_again(asked: list[str], tmp_path: Path) -> None:
    screen = read_screen(Path(f"s3://{BUCKET}/{PLATE}/load_data_with_illum.csv.gz"))
    for name in ("screen.csv", "screen.parquet"):
        write_screen(screen, tmp_path / "out" / name)
        again = read_screen_table(tmp_path / "out" / name)
        assert again.sites["path_DNA"].iat[0].startswith(f"s3://{BUCKET}/{SOURCE}/images/")
        assert again.image(0)[:, 0, 0].tolist() == [11, 12]


@pytest.mark.parametrize("command", ["plate", "table"])
def test_local_copies_are_taken_by_a_prefix_without_the_bucket(
    command: str, bucket: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.move(bucket, tmp_path / "elsewhere" / "data"))
    source = copy / PLATE
    moved = Path(shutil.copytree(source, tmp_path / "tables"))
    where = source if command == "plate" else moved / "load_data_with_illum.csv.gz"
    out = tmp_path / "screen.csv"
    assert main(["scan", str(where), "--remap", f"s3://{BUCKET}={copy}", "-o", str(out)]) == 0
    assert "missing" not in capsys.readouterr().out
    screen = read_screen(out)
    assert not is_remote(screen.paths(0)[0])
    assert screen.image(1)[:, 0, 0].tolist() == [21, 22]


@pytest.mark.parametrize(
    ("remap", "words"),
    [
        ("s3://other=/data", "no path of the table begins with it, such as s3://cellpainting-gallery/cpg0000-test"),
        ("s3://cellpainting-gal=/data", "no path of the table begins with it"),
        ("nonsense", "say FROM=TO"),
    ],
)
def test_a_prefix_that_does_nothing_is_named(
    remap: str, words: str, bucket: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", str(bucket / PLATE), "--remap", remap]) == 2
    assert words in capsys.readouterr().err


def test_the_longest_prefix_is_taken(bucket: Path) -> None:
    remaps = parse_remaps([f"s3://{BUCKET}=/a", f"s3://{BUCKET}/{SOURCE}=/b/c"])
    table = bucket / PLATE / "load_data_with_illum.csv.gz"
    with pytest.raises(ScreenError, match="no path of the table begins with it"):
        scan_source(table, Request(remaps=(*remaps[:1], ("/x", "/y"))))
    moved = Path(shutil.copytree(table.parent, bucket.parents[1] / "t"))
    screen = scan_source(moved, Request(remaps=(remaps[1],))).screen
    assert str(screen.paths(0)[0]).startswith("/b/c/images/")


def test_what_is_not_there_is_one_line(asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", f"s3://{BUCKET}/cpg9999"]) == 2
    assert "s3://cellpainting-gallery/cpg9999 holds no LoadData table" in capsys.readouterr().err
    assert main(["scan", f"s3://{BUCKET}/no/load_data.csv"]) == 2
    assert "no table at s3://cellpainting-gallery/no/load_data.csv" in capsys.readouterr().err
    assert main(["cells", f"s3://{BUCKET}/{PLATE}"]) == 2
    assert "say where the cells of s3://cellpainting-gallery/" in capsys.readouterr().err
    screen = read_screen(Path(f"s3://{BUCKET}/{PLATE}"))
    lost = screen.sites.assign(path_DNA=f"s3://{BUCKET}/lost.tif")
    with pytest.raises(ImageError, match=r"no file at s3://cellpainting-gallery/lost.tif"):
        type(screen)(lost, screen.channels, screen.folder).image(0)


def test_a_bucket_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    obstore = pytest.importorskip("obstore", reason="the extra s3")

    def refuse(*args: object, **kwargs: object) -> None:
        raise obstore.exceptions.GenericError("connection refused")

    monkeypatch.setattr("cdcl.images.remote._store", lambda bucket: type("Store", (), {"get": refuse})())
    with pytest.raises(ImageError, match=r"s3://b/k cannot be fetched \(connection refused\)"):
        fetch("s3://b/k")


def test_the_extra_is_named_where_it_is_missing(bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.exceptions", None)
    moved = Path(shutil.copytree(bucket / PLATE, bucket.parents[1] / "t"))
    screen = read_screen(moved)
    assert remote_url(screen.paths(0)[0]).startswith(f"s3://{BUCKET}/{SOURCE}")
    with pytest.raises(ImageError, match=r"pip install napari-cdcl\[s3\]`; or copy them and say --remap"):
        screen.image(0)
