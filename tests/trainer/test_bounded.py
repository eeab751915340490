"""Files that are not what their name claims."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cdcl.bounded import read_bytes, read_json, read_text, read_toml
from cdcl.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[]", "holds a list where an object is expected"),
        (b"[" * 100_000, "nests too deep"),
        (b"caf\xe9", r"is no text in UTF-8 \(byte 3\)"),
        (b"9" * 10_000, "is no JSON"),
    ],
)
def test_what_is_no_json_is_said_in_one_line_of_the_kind_that_was_asked_for(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(RunError, match=words) as caught:
        read_json(tmp_path / "a.json", RunError)
    assert "a.json" in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("content", [b"a = ", b"a = " + b"[" * 100_000, b"\xff", b"a.b = 1\na = 2"])
def test_what_is_no_toml_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(RunError, match=r"a\.toml"):
        read_toml(tmp_path / "a.toml", RunError)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, words in {"pipe": "a pipe or a device", "": "is a folder", "loop": "circle", "no": "not there"}.items():
        with pytest.raises(RunError, match=words):
            read_bytes(tmp_path / name, RunError)
    with pytest.raises(RunError, match="is no name of a file"):
        read_bytes(tmp_path / "a\0b", RunError)
    with pytest.raises(RunError, match="too long"):
        read_bytes(tmp_path / ("a" * 5000), RunError)


def test_a_file_of_more_bytes_than_its_kind_may_have_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(10**12)  # sparse: it takes no room
    with pytest.raises(RunError, match=r"1,000,000,000,000 bytes, more than the 1,000 "):
        read_text(tmp_path / "big", RunError, most=1000)
