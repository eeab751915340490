"""Errors: one root, and words that lead to the mend."""

from __future__ import annotations

import inspect

import pytest

from cdcl import errors
from cdcl.errors import CDCLError, DiskError, unknown_name

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == "cdcl.errors"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_a_cdcl_error(kind: type[Exception]) -> None:
    assert issubclass(kind, CDCLError)


def test_disk_error_is_an_os_error_for_those_who_catch_these() -> None:
    assert issubclass(DiskError, OSError)


def test_unknown_name_suggests_the_nearest_and_lists_all() -> None:
    assert unknown_name("recipe", "cdlc", ["dino", "cdcl"]) == (
        "unknown recipe 'cdlc'. Did you mean 'cdcl'? Known: cdcl, dino."
    )


def test_unknown_name_suggests_nothing_where_nothing_is_near() -> None:
    assert "Did you mean" not in unknown_name("recipe", "zzz", ["dino", "cdcl"])


def test_of_hundreds_of_names_the_nearest_are_shown_and_all_are_counted() -> None:
    told = unknown_name("treatment", "taxol@99", [*(f"drug{number}@3" for number in range(300)), "taxol@9", "taxol@3"])
    assert "Did you mean 'taxol@9'?" in told
    assert "Known are 302, such as taxol@9, taxol@3," in told
    assert told.count(",") == 8


@pytest.mark.parametrize(
    ("name", "suggested"),
    [("concentration", ""), ("compound", ""), ("target", ""), ("concentratoin", "concentration"), ("cell", "")],
)
def test_a_column_of_our_own_is_no_slip_of_another(name: str, suggested: str) -> None:
    told = unknown_name("column", name, {"control", "compounds", "concentration", "treatment", "well"} - {name})
    assert (f"Did you mean '{suggested}'?" in told) if suggested else ("'control'?" not in told)
    assert "'well'?" not in told
