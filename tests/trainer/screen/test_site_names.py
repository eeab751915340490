"""Sites have one rule: what is one site, in a table and between two."""

from __future__ import annotations

import pandas as pd
import pytest

from cdcl.screen.site_names import comparable_keys, joined_keys, one_spelling, plain_site


@pytest.mark.parametrize("name", ["1", "01", "1.0", "s1", "S01", "f1", "Field_01", "site 1", "fov-1", "xy001", "pos 1"])
def test_every_spelling_of_a_number_is_one_site(name: str) -> None:
    assert plain_site(f" {name} ") == "1"


@pytest.mark.parametrize("name", ["left", "1b", "-1", "1.5", "z1", "", "s", "1 2", "²"])
def test_what_is_no_number_of_a_site_stays(name: str) -> None:
    assert plain_site(name) == name


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        (["1", "s1", "s2"], ["1", "1", "2"]),  # of three wells
        (["s1", "s2", "s10"], ["s1", "s2", "s10"]),
        (["01", "field 1", "left"], ["1", "1", "left"]),
    ],
)
def test_plates_that_name_sites_differently_get_one_spelling(sites: list[str], expected: list[str]) -> None:
    notes: list[str] = []
    table = pd.DataFrame({"plate": ["P1", "P2", "P3"], "well": "A01", "site": sites})
    assert one_spelling(table, notes).tolist() == expected
    assert bool(notes) == (sites != expected)


def test_batches_tell_wells_apart() -> None:
    table = pd.DataFrame({"batch": ["b1", "b2"], "plate": "P1", "well": "A01", "site": ["1", "s1"]})
    notes: list[str] = []
    assert one_spelling(table, notes).tolist() == ["1", "1"]
    assert not [note for note in notes if "may be one" in note]


def test_two_tables_are_compared_by_number_and_by_name_where_numbers_are_not_enough() -> None:
    one = pd.DataFrame({"plate": ["P1", "P1"], "well": "A01", "site": ["s1", "s2"]})
    other = pd.DataFrame({"plate": ["P1", "P1"], "well": "A01", "site": [1.0, 2.0]})
    ours, theirs = joined_keys(("plate", "well", "site"), one, other)
    assert ours.tolist() == theirs.tolist()
    both = pd.DataFrame({"plate": ["P1", "P1"], "well": "A01", "site": ["s1", "1"]})
    ours, theirs = (key["site"].tolist() for key in comparable_keys(("plate", "well", "site"), both, other))
    assert (ours, theirs) == (["s1", "1"], ["1", "2"])


def test_a_plate_called_na_is_another_than_one_called_none() -> None:
    table = pd.DataFrame({"plate": ["NA", "None"], "well": "A01"})
    assert joined_keys(("plate", "well"), table)[0].nunique() == 2
