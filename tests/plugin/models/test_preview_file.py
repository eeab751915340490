"""A preview that `cdcl preview` did not write, or that was changed since, is one line, and nothing else is shown."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from cdcl.errors import RunError
from napari_cdcl.models.preview_file import read_preview

if TYPE_CHECKING:
    from pathlib import Path

ESTIMATE = {"images": 1, "steps": 1, "batch_size": 2, "device": "cpu", "seconds_per_step": None, "cache_bytes": 1}
VIEW = {"file": "0.png", "kind": "global", "partner": False, "anchor": 0, "place": {"batch": "B1"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "preview").mkdir()
    for place in ("preview/0.png", "elsewhere.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / place)
    return tmp_path / "preview"


def write(folder: Path, estimate: object = ESTIMATE, views: object = (VIEW,)) -> None:
    (folder / "preview.json").write_text(json.dumps({"estimate": estimate, "views": views}))


def test_a_preview_comes_back(folder: Path) -> None:
    write(folder)
    found = read_preview(folder)
    assert found.estimate["batch_size"] == 2
    (view,) = found.views
    assert (view.picture, view.kind, view.anchor, view.place) == (folder / "0.png", "global", 0, {"batch": "B1"})


@pytest.mark.parametrize(
    "changed",
    [
        {"estimate": []},
        {"estimate": ESTIMATE | {"images": "many"}},
        {"estimate": ESTIMATE | {"cache_bytes": float("inf")}},
        {"estimate": ESTIMATE | {"steps": -1}},
        {"estimate": {}},
        {"views": {"0": VIEW}},
        {"views": [VIEW] * 2000},
        {"views": [VIEW | {"file": "../elsewhere.png"}]},
        {"views": [VIEW | {"file": 7}]},
        {"views": [VIEW | {"file": "absent.png"}]},
        {"views": [VIEW | {"kind": "other"}]},
        {"views": [VIEW | {"anchor": "first"}]},
        {"views": [VIEW | {"place": []}]},
        {"views": ["0.png"]},
    ],
)
def test_what_no_preview_writes_is_one_line(folder: Path, changed: dict[str, Any]) -> None:
    write(folder, **changed)
    with pytest.raises(RunError) as caught:
        read_preview(folder)
    assert "\n" not in str(caught.value)


def test_a_pipe_in_the_place_of_a_preview_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "preview.json")
    with pytest.raises(RunError, match="a pipe or a device"):
        read_preview(folder)
