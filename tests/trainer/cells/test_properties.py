"""What other tables know of cells is joined by the places both name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.cells import Cells, add_columns
from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from cdcl.screen import Screen


@pytest.fixture
def cells() -> Cells:
    return Cells.of(pd.DataFrame({"row": [0, 0, 7], "y": 1.0, "x": [1.0, 2.0, 3.0], "cell": [1, 2, 1]}), "test")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"plate": ["B1P1"], "well": ["a1"], "site": ["s01"], "cell": ["2"], "archetype": ["A3"]}, ["", "A3", ""]),
        ({"plate": ["B1P1", "B2P1"], "well": ["A1", "A02"], "archetype": ["A1", "A2"]}, ["A1", "A1", "A2"]),
        ({"treatment": ["T1"], "archetype": ["A9"], "well": ["x"]}, ["", "", "A9"]),
    ],
    ids=["cells", "wells", "treatments"],
)
def test_columns_are_joined_by_cell_by_well_or_by_treatment(
    table: dict[str, list[str]], expected: list[str], cells: Cells, cell_screen: Screen
) -> None:
    frame = pd.DataFrame(table)
    if "treatment" in frame:
        frame = frame.drop(columns="well")
    assert add_columns(cells, cell_screen, frame, "t.csv").table["archetype"].tolist() == expected


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"colour": ["red"]}, "does not say what it is about"),
        ({"plate": ["P9"], "well": ["A01"], "a": ["b"]}, "knows none of the cells; it has plate P9, well A01"),
        ({"plate": ["B1P1"] * 2, "well": ["A01", "a1"], "a": ["b", "c"]}, "plate B1P1, well A01 more than once"),
    ],
)
def test_a_table_that_does_not_fit_is_named(
    table: dict[str, list[str]], words: str, cells: Cells, cell_screen: Screen
) -> None:
    with pytest.raises(ScreenError, match=words):
        add_columns(cells, cell_screen, pd.DataFrame(table), "t.csv")


def test_two_names_of_one_well_are_not_joined_as_one_site(cells: Cells, cell_screen: Screen) -> None:
    table = pd.DataFrame({"plate": "B1P1", "well": "A01", "site": ["1", "s1"], "archetype": ["A1", "A2"]})
    assert add_columns(cells, cell_screen, table, "t.csv").table["archetype"].tolist() == ["A1", "A1", ""]
