"""One of a thing is not said in the plural."""

from __future__ import annotations

import pytest

from napari_cdcl.models.counting import counted


@pytest.mark.parametrize(
    ("num", "nouns", "text"),
    [
        (1, "plates", "1 plate"),
        (0, "plates", "0 plates"),
        (1536, "wells", "1,536 wells"),
        (1, "fields of view", "1 field of view"),
        (2, "fields of view", "2 fields of view"),
        (1, "sites", "1 site"),
    ],
)
def test_a_number_and_what_it_counts(num: int, nouns: str, text: str) -> None:
    assert counted(num, nouns) == text
