"""Crops around cells: of one size, inside their field, in micrometres or pixels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.cells import Cells
from cdcl.cells.tiling import lay_tiles, whole_images
from cdcl.cells.windows import cell_windows, crop_side, flag_border
from cdcl.config import CellsConfig
from cdcl.errors import ConfigError


@given(
    st.lists(st.tuples(st.floats(0, 49), st.floats(0, 79)), min_size=1, max_size=30),
    st.integers(1, 120),
)
def test_crops_have_the_size_asked_for_and_stay_inside(centres: list[tuple[float, float]], side: int) -> None:
    sizes = np.tile([50, 80], (len(centres), 1))
    boxes = cell_windows(np.array(centres), sizes, side)
    assert (boxes[:, 2:] == np.minimum([50, 80], side)).all()
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= [50, 80]).all()


@given(st.integers(1, 21), st.floats(20, 30), st.floats(20, 60))
def test_a_crop_inside_the_field_is_centred(side: int, y: float, x: float) -> None:
    box = cell_windows(np.array([[y, x]]), np.array([[50, 80]]), side)[0]
    assert np.abs(box[:2] + (side - 1) / 2 - [y, x]).max() <= 0.5


def test_cells_whose_crop_would_leave_the_field_are_flagged_and_none_in_a_field_no_larger_than_the_crop() -> None:
    table = pd.DataFrame({"row": [0, 0, 0, 1], "y": [5.0, 25.0, 45.0, 9.5], "x": [40.0, 40.0, 40.0, 9.5]})
    cells = flag_border(Cells.of(table, "test"), np.array([[50, 80], [20, 20]]), 20)
    assert cells.border.tolist() == [True, False, True, False]


def test_the_crop_is_scaled_by_the_pixel_size() -> None:
    assert crop_side(CellsConfig(crop_um=60), 0.65) == 92
    assert crop_side(CellsConfig(crop=40), None) == 40


def test_micrometres_without_a_pixel_size_are_refused() -> None:
    words = "no pixel_size: give its table that column, in micrometres, or set cells.crop in pixels"
    with pytest.raises(ConfigError, match=words):
        crop_side(CellsConfig(crop_um=60), None)


def test_tiles_cover_each_readable_field_and_whole_images_are_one_cell_each() -> None:
    sizes = np.array([[40, 60], [0, 0], [20, 20]])
    tiles = lay_tiles(sizes, 20)
    assert np.bincount(tiles.rows).tolist() == [6, 0, 1]
    covered = np.zeros((40, 60), dtype=int)
    for top, left, height, width in cell_windows(tiles.centres, sizes[tiles.rows], 20)[:6]:
        covered[top : top + height, left : left + width] += 1
    assert (covered == 1).all()
    images = whole_images(sizes)
    assert images.rows.tolist() == [0, 2]
    assert images.centres.tolist() == [[19.5, 29.5], [9.5, 9.5]]
