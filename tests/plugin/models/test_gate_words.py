"""What the gate measured, in words: numbers with their units, and the side of the limit that is allowed."""

from __future__ import annotations

import doctest

import pytest

from napari_cdcl.models import gate_words
from napari_cdcl.models.gate_words import allowed, meaning_of, measured, title_of

ASKED = (
    "channels",
    "pixel size",
    "controls",
    "drift",
    "Z' taxol",
    "cells",
    "focus",
    "phenotypes",
    "places",
    "treatments",
)


def test_examples_are_true() -> None:
    assert doctest.testmod(gate_words).failed == 0


@pytest.mark.parametrize("check", ASKED)
def test_every_check_says_what_it_asks(check: str) -> None:
    assert meaning_of(check)
    assert title_of(check)


@pytest.mark.parametrize(
    ("check", "verdict", "value", "bound", "said"),
    [
        ("focus", "stop", 1.0, 0.05, ("100 %", "≤ 5 %")),
        ("pixel size", "stop", 0.325, 0.65, ("0.325 µm", "0.65 µm")),
        ("controls", "stop", 1.0, 2.0, ("1", "≥ 2")),
        ("places", "look", 4.0, 0.0, ("4", "none")),
        ("cells", "look", 8.5, 14.8, ("8.5", "≥ 14.8")),
        ("cells", "joins", 32.5, 45.0, ("32.5", "≤ 45")),
        ("cells", "look", 90.0, 45.0, ("90", "≤ 45")),
        ("treatments", "joins", 2.0, float("nan"), ("2", "")),
        ("something later", "joins", 2.5, 3.0, ("2.5", "≤ 3")),
    ],
)
def test_numbers_have_units_and_limits_a_side(
    check: str, verdict: str, value: float, bound: float, said: tuple[str, str]
) -> None:
    assert (measured(check, value), allowed(check, verdict, value, bound)) == said
