"""Atomic writing: old or new, never half."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from cdcl.atomic import disk_errors, replaced_file, replaced_folder, write_text
from cdcl.errors import DiskError

if TYPE_CHECKING:
    from pathlib import Path


def test_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_text(path, "old")
    write_text(path, "new")
    assert path.read_text() == "new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replaced_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    for name in ("first", "second"):
        with replaced_folder(path) as temporary:
            (temporary / name).write_text(name)
    assert [entry.name for entry in path.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [path]


def test_failure_keeps_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    with replaced_folder(path) as temporary:
        (temporary / "a").write_text("a")
    with pytest.raises(RuntimeError), replaced_folder(path) as temporary:
        raise RuntimeError
    assert [entry.name for entry in path.iterdir()] == ["a"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota"), (errno.EROFS, "read-only"), (errno.EACCES, "may not")],
)
def test_refusals_of_the_disk_name_place_and_mend(number: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=words) as caught, disk_errors(tmp_path / "file"):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path / "file") in str(caught.value)


def test_other_errors_of_the_system_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk_errors(tmp_path):
        (tmp_path / "missing").read_text()


def test_a_file_in_the_way_of_a_folder_is_a_disk_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="a file stands where a folder is needed"):
        write_text(tmp_path / "file" / "inner" / "x.txt", "")
