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


@pytest.mark.parametrize(
    ("name", "suggested"),
    [("concentration", ""), ("compound", ""), ("target", ""), ("concentratoin", "concentration"), ("cell", "")],
)
def test_a_column_of_our_own_is_no_slip_of_another(name: str, suggested: str) -> None:
    told = unknown_name("column", name, {"control", "compounds", "concentration", "treatment", "well"} - {name})
    assert (f"Did you mean '{suggested}'?" in told) if suggested else ("'control'?" not in told)
    assert "'well'?" not in told
