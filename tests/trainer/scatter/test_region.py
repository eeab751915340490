"""A lasso holds what is within it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path

from cdcl.scatter import MarkerStyle, Raster, View
from cdcl.scatter.region import EXACT, encloses, fill, trace

VIEW = View(x=20.0, y=15.0, scale_x=1.0, scale_y=1.0, width=40, height=30)
vertices = st.lists(st.tuples(st.floats(-10, 50), st.floats(-10, 40)), min_size=3, max_size=12)


def blob(num: int = 80) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, num, endpoint=False)
    radius = 8 + 3 * np.sin(5 * angles)
    return np.column_stack([20 + radius * np.cos(angles), 15 + radius * np.sin(angles)])


def test_a_lasso_holds_what_matplotlib_says_it_holds():
    positions = np.random.default_rng(0).uniform((0, 0), (40, 30), (20_000, 2)).astype(np.float32)
    mask = Raster(positions).within(blob(), VIEW, MarkerStyle())
    expected = Path(blob()).contains_points(VIEW.to_pixels(positions))
    assert 0.05 < expected.mean() < 0.5
    # float32 against float64: a point on the rim may fall either way
    assert (mask != expected).sum() <= 2


def test_beyond_so_many_points_a_lasso_is_exact_to_a_pixel():
    positions = np.random.default_rng(0).uniform((0, 0), (40, 30), (EXACT + 1, 2)).astype(np.float32)
    view = VIEW.enlarged(10)
    mask = Raster(positions).within(blob() * 10, view, MarkerStyle())
    expected = Path(blob() * 10).contains_points(view.to_pixels(positions))
    wrong = np.flatnonzero(mask != expected)
    assert len(wrong) < 0.01 * len(positions)
    rim = trace(blob() * 10, view.width, view.height)
    columns, rows = np.floor(view.to_pixels(positions[wrong])).astype(int).T
    assert rim[rows, columns].all()


@settings(max_examples=80, deadline=None)
@given(vertices)
def test_painting_and_counting_crossings_agree_at_pixel_centres(outline):
    outline = np.array(outline)
    rows, columns = np.mgrid[:30, :40]
    centres = np.column_stack([columns.ravel() + 0.5, rows.ravel() + 0.5])
    differ = fill(outline, 40, 30).ravel() != encloses(outline, centres)
    # An edge through a centre is decided by rounding.
    assert differ.sum() <= 2


@settings(max_examples=80, deadline=None)
@given(vertices, st.integers(0, 99))
def test_pixels_that_the_outline_does_not_pass_are_all_in_or_all_out(outline, seed):
    outline = np.array(outline)
    calm = np.argwhere(~trace(outline, 40, 30))
    if not len(calm):
        return
    corners = calm[:, ::-1].astype(float)
    inside = [encloses(outline, corners + shift) for shift in np.random.default_rng(seed).uniform(0.001, 0.999, (5, 2))]
    assert all((one == inside[0]).all() for one in inside)


def test_a_lasso_outside_the_points_selects_nothing():
    positions = np.random.default_rng(0).uniform((0, 0), (10, 30), (500, 2)).astype(np.float32)
    square = np.array([[20, 5], [35, 5], [35, 25], [20, 25.0]])
    assert not Raster(positions).within(square, VIEW, MarkerStyle()).any()


@pytest.mark.parametrize("outline", [[], [[1, 1]], [[1, 1], [30, 20]]])
def test_less_than_a_triangle_selects_nothing(outline):
    positions = np.random.default_rng(0).uniform(0, 30, (500, 2)).astype(np.float32)
    assert not Raster(positions).within(np.array(outline, dtype=float).reshape(-1, 2), VIEW, MarkerStyle()).any()


def test_a_lasso_around_everything_holds_every_point_that_can_be_seen():
    positions = np.array([[1, 1], [39, 29], [np.nan, 3], [100, 100]], dtype=np.float32)
    around = np.array([[-1, -1], [41, -1], [41, 31], [-1, 31.0]])
    assert Raster(positions).within(around, VIEW, MarkerStyle()).tolist() == [True, True, False, False]
