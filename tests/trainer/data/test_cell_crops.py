"""Crops of cells: cut inside the cell's frame, with the pixels of neighbours blanked where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.cells import Cells
from cdcl.config import CropConfig, ViewConfig
from cdcl.data.cell_masks import Neighbourhood
from cdcl.data.cell_positions import CellPositions
from cdcl.data.crops import CropDrawer
from cdcl.data.full_resolution import copy_windows
from cdcl.data.tiles import plain_crops

if TYPE_CHECKING:
    from numpy.typing import NDArray

CENTRES = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 59)), min_size=2, max_size=8, unique=True)


def make_cells(centres: list[tuple[int, int]], row: int = 0) -> Cells:
    y, x = zip(*centres, strict=True)
    return Cells.of(pd.DataFrame({"row": row, "y": y, "x": x}), "test")


def slow_foreign(centres: NDArray[np.float64], own: NDArray[np.float64], box: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pixel by pixel: is any other centre nearer?"""
    top, left, height, width = box
    marked = np.zeros((height, width), dtype=bool)
    for y in range(height):
        for x in range(width):
            place = np.array([top + y, left + x])
            distances = np.square(centres - place).sum(axis=1)
            marked[y, x] = distances.min() < np.square(own - place).sum()
    return marked


@given(CENTRES, st.integers(3, 30))
def test_a_pixel_belongs_to_the_nearest_centre(centres: list[tuple[int, int]], side: int) -> None:
    cells = make_cells(centres)
    sizes = np.array([[40, 60]])
    places = CellPositions.of(cells, sizes, side)
    neighbourhood = Neighbourhood.of(cells, 1)
    for row in range(len(cells)):
        found = neighbourhood.foreign(0, cells.centres[row], places.boxes[row])
        np.testing.assert_array_equal(found, slow_foreign(cells.centres, cells.centres[row], places.boxes[row]))


def test_cells_of_other_fields_take_nothing() -> None:
    both = Cells.of(pd.concat([make_cells([(10, 10)]).table, make_cells([(10, 12)], 1).table]), "test")
    box = np.array([4, 4, 12, 12])
    assert not Neighbourhood.of(both, 2).foreign(0, both.centres[0], box).any()
    assert not Neighbourhood.of(both, 3).foreign(2, both.centres[0], box)[:, 0].any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_blanked_pixels_have_the_plates_offset_and_the_others_are_as_they_were(dtype: type) -> None:
    image = np.arange(2 * 20 * 20).reshape(2, 20, 20).astype(dtype)
    cells = make_cells([(8, 6), (8, 14)])
    places = CellPositions.of(cells, np.array([[20, 20]]), 12)
    places = CellPositions(places.boxes, places.centres, Neighbourhood.of(cells, 1))
    rows = np.zeros(2, np.int64)
    masks = places.masks(rows, np.arange(2), places.boxes)
    affine = (np.array([[7.4, 3.0], [7.4, 3.0]], np.float32), np.ones((2, 2), np.float32))
    windows = copy_windows(lambda _: image, plain_crops(rows, places.boxes, 2), affine, masks)
    assert masks is not None
    for number, (top, left, height, width) in enumerate(places.boxes):
        crop = image[:, top : top + height, left : left + width]
        blank = np.array([7.4, 3.0]) if dtype == np.float32 else np.array([7, 3])
        for channel in range(2):
            expected = np.where(masks[number], blank[channel].astype(dtype), crop[channel])
            np.testing.assert_array_equal(windows.pixels[number, channel], expected)
    assert masks[0][:, -1].all()
    assert not masks[0][:, 0].any()


def test_without_a_neighbourhood_nothing_is_masked() -> None:
    places = CellPositions.of(make_cells([(8, 6)]), np.array([[20, 20]]), 12)
    assert places.masks(np.zeros(1, np.int64), np.zeros(1, np.int64), places.boxes) is None


@given(st.integers(0, 20), st.integers(0, 12))
def test_views_are_cut_inside_the_frame_of_their_cell(seed: int, window: int) -> None:
    frames = np.array([[5, 7, 16, 16], [30, 2, 10, 14]])
    drawer = CropDrawer(ViewConfig(window=window, aspect=1.3), frames, 2)
    rng = np.random.default_rng(seed)
    rows = np.array([0, 1] * 50)
    crops = drawer.draw(rows, drawer.draw_windows(rows, rng), CropConfig(count=1, size=16, scale=(0.1, 1.0)), rng)
    assert (crops.boxes[:, :2] >= frames[rows, :2]).all()
    assert (crops.boxes[:, :2] + crops.boxes[:, 2:] <= frames[rows, :2] + frames[rows, 2:]).all()
