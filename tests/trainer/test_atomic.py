"""Atomic writing: old or new, never half."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cdcl.atomic import append_text, disk_errors, replaced_file, replaced_folder, sweep, took_a_place, write_text
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


def test_a_refusal_to_read_another_file_is_not_laid_on_the_one_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    words = "source: a folder stands where a file is needed"
    with pytest.raises(DiskError, match=words), replaced_file(tmp_path / "out" / "copy") as temporary:
        temporary.write_bytes((tmp_path / "source").read_bytes())


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "file").symlink_to(tmp_path / "precious")
    write_text(tmp_path / "file", "new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "file").read_text() == "new"


def test_nothing_is_appended_through_a_link_of_either_kind(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious\n")
    (tmp_path / "soft").symlink_to(tmp_path / "precious")
    (tmp_path / "hard").hardlink_to(tmp_path / "precious")
    with pytest.raises(DiskError, match="is a link, and nothing is written through one"):
        append_text(tmp_path / "soft", "x")
    append_text(tmp_path / "hard", "x\n")
    assert (tmp_path / "precious").read_text() == "precious\n"
    assert (tmp_path / "hard").read_text() == "precious\nx\n"


def test_nothing_is_appended_to_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DiskError, match="pipe"):
        append_text(tmp_path / "pipe", "x")


KILLED = """
import os, sys, pathlib
from cdcl import atomic
steps = iter(range(100))
def counted(work):
    def call(*args, **kwargs):
        if next(steps) == int(sys.argv[2]):
            os._exit(9)
        return work(*args, **kwargs)
    return call
for name in ("mkdir", "rename", "replace"):
    setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
atomic.shutil.rmtree = counted(atomic.shutil.rmtree)
with atomic.replaced_folder(pathlib.Path(sys.argv[1])) as temporary:
    (temporary / "content").write_text("new")
"""


@pytest.mark.parametrize("moment", range(8))
def test_a_folder_that_is_replaced_by_a_process_killed_at_any_moment_is_old_or_new_never_gone(
    tmp_path: Path, moment: int
) -> None:
    folder = tmp_path / "folder"
    with replaced_folder(folder) as temporary:
        (temporary / "content").write_text("old")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", KILLED, str(folder), str(moment)], env=env, check=False)
    sweep(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
    assert (folder / "content").read_text() in ("old", "new")


def test_litter_of_the_dead_is_swept_by_the_next_write_and_that_of_the_living_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    litter = [f".18.{dead.pid}.tmp", f".18.{os.getppid()}.tmp", f".other.{dead.pid}.tmp", ".18.notes.tmp"]
    for name in litter:
        (tmp_path / name).mkdir()
    with replaced_folder(tmp_path / "18"):
        pass
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*litter[1:], "18"])
    sweep(tmp_path, everything=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".18.notes.tmp", "18"]


def test_what_takes_a_place_is_told_once_and_what_is_new_never(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "scores.csv"
    file.parent.mkdir()
    write_text(file, "new")
    assert not took_a_place(file)
    write_text(file, "again")
    assert took_a_place(file.parent)
    assert not took_a_place(file)


def test_threads_write_while_it_is_told_what_took_a_place(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(30):
            write_text(tmp_path / f"{number}-{_}.txt", "first")
            write_text(tmp_path / f"{number}-{_}.txt", "second")

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(write, number) for number in range(4)]
        told = sum(took_a_place(tmp_path / "elsewhere") for _ in range(2000))
        for one in done:
            one.result()
    assert told == 0
    assert took_a_place(tmp_path)
