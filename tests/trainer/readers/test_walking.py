from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cdcl.errors import ScreenError
from cdcl.readers import walk

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_listed_below_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("b/c.tif", "b/a.txt", "a.TIFF", ".hidden", ".git/x.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    tree = walk(tmp_path)
    assert tree.files == ("a.TIFF", "b/a.txt", "b/c.tif")
    assert tree.images == ("a.TIFF", "b/c.tif")
    assert tree.named("a.txt") == ["b/a.txt"]
    assert tree.ending(".tif", ".tiff") == ["a.TIFF", "b/c.tif"]


def test_cyclic_links_end(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "x.tif").touch()
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    tree = walk(tmp_path)
    assert [file for file in tree.files if file.endswith(".tif")] == ["a/x.tif"]
    assert any("links to others of this screen" in note for note in tree.notes)


def test_what_is_too_much_is_refused_and_what_is_too_deep_is_noted(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.tif").touch()
    with pytest.raises(ScreenError, match="holds more than 3 files"):
        walk(tmp_path, max_files=3)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    assert walk(tmp_path, max_depth=2).notes == ("1 folders are more than 2 deep and left out, such as a/b/c.",)


def test_arrays_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "P.zarr" / "0").mkdir(parents=True)
    (tmp_path / "P.zarr" / "zarr.json").write_text("{}")
    (tmp_path / "P.zarr" / "0" / "a.tif").touch()
    tree = walk(tmp_path)
    assert (tree.files, tree.arrays) == ((), ("P.zarr",))
    assert walk(tmp_path / "P.zarr").arrays == ("",)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_that_cannot_be_written_are_left_out(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"a\xff.tif")).touch()
    except OSError:
        pytest.skip("this disk refuses the name")
    (tmp_path / "line\nbreak.tif").touch()
    tree = walk(tmp_path)
    assert tree.files == ()
    assert "2 names hold characters that cannot be written" in tree.notes[0]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_folders_that_may_not_be_read_are_noted(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    assert walk(tmp_path).notes == ("1 folders cannot be read and left out, such as shut.",)


def test_a_link_to_a_folder_that_holds_the_screen_is_not_followed(tmp_path: Path) -> None:
    screen = tmp_path / "all" / "screen"
    screen.mkdir(parents=True)
    (screen / "a.tif").touch()
    (tmp_path / "secret.tif").touch()
    for name, target in (("root", "/"), ("up", tmp_path), ("self", screen)):
        (screen / name).symlink_to(target)
    tree = walk(screen)
    assert tree.files == ("a.tif",)
    assert "2 folders are links to a folder that holds this one and left out" in " ".join(tree.notes)


def test_a_link_to_a_folder_beside_the_screen_is_followed(tmp_path: Path) -> None:
    for name in ("screen", "plates"):
        (tmp_path / name).mkdir()
    (tmp_path / "plates" / "a.tif").touch()
    (tmp_path / "screen" / "P1").symlink_to(tmp_path / "plates")
    assert walk(tmp_path / "screen").files == ("P1/a.tif",)
