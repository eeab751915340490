"""y and x the wrong way round: seen by the bounds of the fields, and by what lies under the cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.cells import Cells
from cdcl.cells.axes import check_axes
from cdcl.cells.tiling import lay_tiles
from cdcl.errors import ScreenError
from cdcl.events import Warned
from cdcl.pixels.cache import fill_cache
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.events import Event
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen


def swap(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(y=table["x"], x=table["y"])


def checked(table: pd.DataFrame, cache: PixelCache) -> tuple[np.ndarray, str]:
    events: list[Event] = []
    cells = finish(check_axes(Cells.of(table, "test"), cache), events.append)
    return cells.centres, " ".join(event.message for event in events if isinstance(event, Warned))


def test_cells_outside_their_fields_tell_that_axes_are_exchanged(
    cell_cache: PixelCache, true_cells: pd.DataFrame
) -> None:
    centres, said = checked(swap(true_cells), cell_cache)
    assert "y and x of test are exchanged" in said
    np.testing.assert_array_equal(centres, true_cells[["y", "x"]])


def test_brightness_tells_in_fields_that_are_wide_enough_for_either(
    cell_cache: PixelCache, true_cells: pd.DataFrame
) -> None:
    inner = true_cells[true_cells["x"] < 60]
    centres, said = checked(swap(inner), cell_cache)
    assert "exchanged" in said
    np.testing.assert_array_equal(centres, inner[["y", "x"]])


def test_cells_that_lie_right_are_left_alone(cell_cache: PixelCache, true_cells: pd.DataFrame) -> None:
    for table in (true_cells, true_cells[true_cells["x"] < 60]):
        centres, said = checked(table, cell_cache)
        assert said == ""
        np.testing.assert_array_equal(centres, table[["y", "x"]])


def test_tiles_of_square_fields_are_never_exchanged(tiny_screen: Screen, tmp_path: Path) -> None:
    cache = finish(fill_cache(tiny_screen, tmp_path))
    assert checked(lay_tiles(cache.sizes, 10).table, cache)[1] == ""


def test_a_few_cells_outside_are_left_out_and_many_are_an_error(
    cell_cache: PixelCache, true_cells: pd.DataFrame
) -> None:
    stray = true_cells.copy()
    stray.loc[0, ["y", "x"]] = [500.0, 500.0]
    centres, said = checked(stray, cell_cache)
    assert len(centres) == len(true_cells) - 1
    assert "test: 1 cell lies outside its field" in said
    with pytest.raises(ScreenError, match=r"100% of the cells of test lie outside.*y, x = 120, 240"):
        checked(
            true_cells * 1 if False else true_cells.assign(y=10 * true_cells["y"], x=10 * true_cells["x"]), cell_cache
        )


def test_cells_in_unreadable_fields_do_not_count(cell_cache: PixelCache, true_cells: pd.DataFrame) -> None:
    blind = replace(cell_cache, readable=np.zeros(12, dtype=bool))
    with pytest.raises(ScreenError, match="lies in a field that can be read"):
        checked(true_cells, blind)
