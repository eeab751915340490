"""Small files of our own that an editor, a crash or a stranger changed: read in one way, refused in one line."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdcl.cells.centroids import read_centroids
from cdcl.cells.files import read_cells_file
from cdcl.demo import Demo, open_demo
from cdcl.errors import CDCLError, ModelError, ProfilesError, RunError, ScreenError
from cdcl.inference.known_files import accept, accepted
from cdcl.metrics.relations import read_relations
from cdcl.models.weight_files import read_weights
from cdcl.phenotypes.files import read_classifier
from cdcl.quality.protocol import ARRAYS, CARD, read_protocol
from cdcl.screen.tables import image_folder
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.screen import Screen

NONSENSE = [b"", b"[1, 2]", b"3", b'"text"', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"{"]


@pytest.mark.parametrize("content", NONSENSE)
def test_what_a_demo_is_of_is_refused_where_it_is_no_card(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_bytes(content)
    with pytest.raises(RunError, match=r"demo\.json .* delete the folder, or choose another"):
        open_demo(Demo(tmp_path))


@pytest.mark.parametrize("content", NONSENSE)
def test_licences_that_are_no_list_were_not_accepted_and_can_be(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "licences.json").write_bytes(content)
    assert not accepted("morphem")
    accept("morphem")
    assert accepted("morphem")


@pytest.mark.parametrize(
    "content", [b"{", b"[" * 100_000, b"[]", b"3", b'{"folder": 3}', b'{"folder": ["x"]}', b"\xff"]
)
def test_a_table_whose_card_makes_no_sense_lies_where_it_lies(content: bytes, tmp_path: Path) -> None:
    table = pa.table({"path": ["a.tif"]}).replace_schema_metadata({b"cdcl": content})
    pq.write_table(table, tmp_path / "screen.parquet")
    assert image_folder(tmp_path / "screen.parquet") == tmp_path


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b"[]", b"{}", b"\xff"])
def test_cells_whose_card_makes_no_sense_are_refused(content: bytes, cell_screen: Screen, tmp_path: Path) -> None:
    table = pa.table({"row": [0], "y": [1.0], "x": [1.0]}).replace_schema_metadata({b"cdcl.cells": content})
    pq.write_table(table, tmp_path / "cells.parquet")
    with pytest.raises(ScreenError, match=r"cells\.parquet"):
        read_cells_file(tmp_path / "cells.parquet", cell_screen)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("archive/data.pkl", "w") as entry:
        for _ in range(600):
            entry.write(bytes(2**20))


def test_archives_that_claim_more_than_they_hold_are_not_unpacked(tmp_path: Path) -> None:
    bomb(tmp_path / "bomb.zip")
    for name, read, kind in (("w.pt", read_weights, ModelError), ("c.npz", read_classifier, ProfilesError)):
        (tmp_path / name).hardlink_to(tmp_path / "bomb.zip")
        with pytest.raises(kind, match=name):
            read(tmp_path / name)


def test_a_pipe_is_never_waited_for(tmp_path: Path, cell_screen: Screen) -> None:
    os.mkfifo(tmp_path / "cells.parquet")
    readers: list[Callable[[Path], object]] = [
        lambda path: read_cells_file(path, cell_screen),
        lambda path: finish(read_centroids(path, cell_screen)),
        read_relations,
    ]
    for read in readers:
        with pytest.raises(CDCLError, match="pipe"):
            read(tmp_path / "cells.parquet")
    (tmp_path / CARD).write_text("{}")
    os.mkfifo(tmp_path / ARRAYS)
    with pytest.raises(ProfilesError, match="pipe"):
        read_protocol(tmp_path)
    for name in ("w.safetensors", "w.pt"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(ModelError, match="pipe"):
            read_weights(tmp_path / name)
