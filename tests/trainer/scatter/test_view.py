"""Views map data to pixels and back; ticks are round numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.scatter import Points, View, find_corners, name_axes, name_corners, ticks

small = st.floats(-100, 100)
positive = st.floats(0.1, 10)
views = st.builds(View, small, small, positive, positive, st.integers(10, 500), st.integers(10, 500))


def points_of(*positions) -> Points:
    return Points.of(np.array(positions, dtype=np.float32).reshape(-1, 2))


@given(views, small, small)
def test_there_and_back_again(view, x, y):
    here = np.array([[x, y]])
    np.testing.assert_allclose(view.to_data(view.to_pixels(here)), here, atol=1e-9)


@given(views, positive, st.floats(0, 400), st.floats(0, 400))
def test_zooming_leaves_what_is_under_the_cursor(view, factor, column, row):
    here = np.array([[column, row]])
    np.testing.assert_allclose(view.zoomed(factor, column, row).to_data(here), view.to_data(here), atol=1e-6)


@given(views, st.floats(-50, 50), st.floats(-50, 50))
def test_panning_moves_points_by_so_many_pixels(view, right, down):
    place = view.to_pixels(np.array([[1.0, 2.0]]))
    np.testing.assert_allclose(
        view.panned(right, down).to_pixels(np.array([[1.0, 2.0]])), place + np.array([[right, down]])
    )


@pytest.mark.parametrize("size", [(300, 200), (50, 400)])
@pytest.mark.parametrize(
    "points",
    [
        points_of(),
        points_of((3, 4)),
        points_of((7, 7), (7, 7)),
        points_of((0, 0), (10, 9)),
        points_of((1e6, 0), (1e6, 1)),
    ],
)
def test_all_points_fit_into_a_view(points, size):
    view = View.fit(points, *size)
    where = view.to_pixels(np.column_stack([points.x, points.y]))
    assert ((where >= 0) & (where <= size)).all()


def test_axes_have_one_scale_unless_their_spreads_are_far_apart():
    near, far = View.fit(points_of((0, 0), (3, 1)), 100, 100), View.fit(points_of((0, 0), (30, 1)), 100, 100)
    assert near.scale_x == near.scale_y
    assert far.scale_y > 5 * far.scale_x


def test_another_size_shows_the_same_centre():
    view = View.fit(points_of((0, 0), (3, 1)), 300, 200).resized(150, 200)
    assert (view.width, view.height) == (150, 200)
    np.testing.assert_allclose(view.to_pixels(np.array([[1.5, 0.5]])), [[75, 100]])


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 12))
def test_ticks_are_few_even_and_within(low, span, most):
    found = ticks(low, low + span, most)
    assert len(found) <= most + 1
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in found)
    if len(found) > 2:
        np.testing.assert_allclose(np.diff(found), found[1] - found[0], rtol=1e-3)


def test_ticks_of_nothing_are_none():
    assert ticks(1, 1, 5) == ticks(0, 1, 0) == []


def test_axes_are_named_by_their_method():
    assert name_axes("umap", {}) == ("UMAP 1", "UMAP 2")
    assert name_axes("pca", {"explained_variance": [0.31, 0.123]}) == ("PC 1 (31 %)", "PC 2 (12 %)")
    assert name_axes("tsne", {}) == ("TSNE 1", "TSNE 2")


def test_archetypes_have_named_corners_and_no_axes():
    assert name_axes("archetypes", {}) == ("", "")
    assert find_corners({"corners": [[0.0, 1.0], [1.0, 0.0]]}).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert find_corners({}).shape == (0, 2)
    assert name_corners(2) == ("A1", "A2")


def test_corners_are_in_view_with_room_for_their_names():
    corners = np.array([[0, 1], [-1, 0], [1, 0]], dtype=np.float32)
    view = View.fit(Points.of(0.1 * corners), 100, 100, corners)
    assert ((view.to_pixels(1.1 * corners) > 0) & (view.to_pixels(1.1 * corners) < 100)).all()


def test_points_on_a_line_are_not_stretched_by_rounding():
    line = np.column_stack([np.linspace(0, 1e-17, 50), np.linspace(-1, 1, 50)]).astype(np.float32)
    view = View.fit(Points.of(line), 200, 100)
    assert np.ptp(view.to_pixels(line)[:, 0]) < 1
    assert np.ptp(view.to_pixels(line)[:, 1]) > 80
