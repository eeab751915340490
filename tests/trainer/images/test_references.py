from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.images.references import Plane, is_plain, maximum_of, parse_reference, plane_reference

NAMES = st.text("ab.#1 _", min_size=1, max_size=6).filter(lambda name: name.strip(".") and name[0] != "#")
FILES = st.lists(NAMES, min_size=1, max_size=3).map("/".join).map(lambda file: file + ".tif")
INDICES = st.lists(st.none() | st.integers(0, 99), max_size=3).map(tuple)


@given(FILES, INDICES)
def test_what_is_written_is_read_again(file: str, index: tuple[int | None, ...]) -> None:
    assert parse_reference(plane_reference(file, *index)) == (Plane(file, index),)


@given(st.lists(st.tuples(FILES, INDICES.filter(bool)), min_size=1, max_size=4))
def test_a_maximum_names_all_its_planes(planes: list[tuple[str, tuple[int | None, ...]]]) -> None:
    found = parse_reference(maximum_of([plane_reference(file, *index) for file, index in planes]))
    assert [(posixpath.normpath(plane.file), plane.index) for plane in found] == [
        (posixpath.normpath(file), index) for file, index in planes
    ]


@pytest.mark.parametrize("path", ["a#1.tif", "#P96-1.5H.tif", "a#b", "a#1,", "a#-1", "maximum#maxi"])
def test_a_name_with_a_hash_is_still_a_name(path: str) -> None:
    assert parse_reference(path) == (Plane(path, ()),)


def test_pages_of_one_file_are_named_shortly() -> None:
    assert maximum_of(["P1/a.tif#0", "P1/a.tif#5"]) == "P1/a.tif#0|#5"
    assert maximum_of(["P1/a.tif", "P1/b.tif"]) == "P1/a.tif|b.tif"
    assert maximum_of(["P1/z1/a.tif", "P1/z2/a.tif"]) == "P1/z1/a.tif|../z2/a.tif"
    assert maximum_of(["a.tif"]) == "a.tif"


def test_a_maximum_may_be_moved_by_what_stands_before_it() -> None:
    moved = parse_reference("elsewhere/" + maximum_of(["z1/a.tif", "z2/a.tif"]))
    assert [posixpath.normpath(plane.file) for plane in moved] == ["elsewhere/z1/a.tif", "elsewhere/z2/a.tif"]


def test_paths_alone_are_plain() -> None:
    assert is_plain(["a.tif", "b/c.tif"])
    assert not is_plain(["a.tif", "a.tif#0"])
    assert not is_plain(["a.tif|b.tif"])
