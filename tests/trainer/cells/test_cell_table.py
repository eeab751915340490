"""The table of cells: sorted by field, cut down by fields or at random, made from labels and points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.cells import Cells, cells_from_labels, cells_from_points

if TYPE_CHECKING:
    from cdcl.screen import Screen

ROWS = st.lists(st.integers(0, 6), max_size=60)


def make_cells(rows: list[int]) -> Cells:
    return Cells.of(pd.DataFrame({"row": rows, "y": np.arange(len(rows)) + 0.5, "x": 2.0}), "test")


@given(ROWS)
def test_cells_are_sorted_by_field_and_numbered_within(rows: list[int]) -> None:
    cells = make_cells(rows)
    assert (np.diff(cells.rows) >= 0).all()
    for row in set(rows):
        assert cells.table.loc[cells.rows == row, "cell"].tolist() == list(range(1, rows.count(row) + 1))


@given(ROWS, st.integers(1, 8), st.integers(0, 5))
def test_a_cap_keeps_the_right_number_of_each_field(rows: list[int], most: int, seed: int) -> None:
    capped = make_cells(rows).capped(most, seed)
    counts = np.bincount(capped.rows, minlength=7)
    assert counts.tolist() == [min(rows.count(row), most) for row in range(7)]
    assert (np.diff(capped.rows) >= 0).all()
    pd.testing.assert_frame_equal(capped.table, make_cells(rows).capped(most, seed).table)


def test_a_cap_draws_by_the_seed_and_zero_keeps_all() -> None:
    cells = make_cells([0] * 50)
    assert len(cells.capped(0, 1)) == 50
    drawn = {tuple(cells.capped(5, seed).table["cell"]) for seed in range(20)}
    assert len(drawn) > 10


def test_cells_of_some_fields_count_rows_anew() -> None:
    cells = make_cells([0, 0, 1, 2, 2, 5])
    kept = cells.in_fields(np.array([5, 2]))
    assert kept.rows.tolist() == [0, 1, 1]
    assert kept.table["y"].tolist() == [5.5, 3.5, 4.5]


def test_labels_give_centroids_and_areas_whatever_their_numbers() -> None:
    labels = np.zeros((9, 12), dtype=np.uint16)
    labels[1:4, 2:5] = 7
    labels[6:8, 8:12] = 40000
    table = cells_from_labels(labels, row=3).table
    assert table["cell"].tolist() == [7, 40000]
    assert table[["y", "x"]].to_numpy().tolist() == [[2.0, 3.0], [6.5, 9.5]]
    assert table["area"].tolist() == [9, 8]
    assert table["row"].tolist() == [3, 3]


def test_an_empty_label_image_has_no_cells() -> None:
    assert len(cells_from_labels(np.zeros((5, 5), dtype=int))) == 0


@pytest.mark.parametrize("points", [[[3.0, 4.0], [1.0, 2.0]], [[9.0, 3.0, 4.0], [9.0, 1.0, 2.0]]])
def test_points_are_y_and_x_last(points: list[list[float]]) -> None:
    assert cells_from_points(points).centres.tolist() == [[3.0, 4.0], [1.0, 2.0]]


def test_no_points_are_no_cells() -> None:
    assert len(cells_from_points([])) == 0


def test_each_cell_gets_its_fields_columns_but_not_the_paths(cell_screen: Screen) -> None:
    table = make_cells([4, 4, 1]).with_sites(cell_screen)
    assert table["well"].tolist() == ["A02", "A05", "A05"]
    assert "path" not in table
    assert table.columns[-4:].tolist() == ["y", "x", "cell", "border"]
