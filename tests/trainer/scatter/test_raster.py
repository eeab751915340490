"""Dots are drawn as a painter would, one after the other, only faster."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.scatter import Colouring, MarkerStyle, Points, Raster, Scene, View, one_colour
from cdcl.scatter.blend import density, halve
from cdcl.scatter.brush import dot, offsets
from cdcl.scatter.grid import Grid, draw_ranks, place

UNIT = View(x=5.0, y=5.0, scale_x=1.0, scale_y=1.0, width=10, height=10)
"""One pixel a unit, data from 0 to 10."""
GREY = MarkerStyle().unselected


def two_colours(codes) -> Colouring:
    return Colouring("kind", np.asarray(codes, dtype=np.uint8), np.array([1, 0xFF0000FF, 0xFFFF0000], dtype=np.uint32))


def painted(points: Points, view: View, size: int, kept=None) -> np.ndarray:
    """One dot after the other."""
    image = np.full((view.height, view.width), -1)
    for rank in range(len(points)) if kept is None else kept:
        column, row = view.to_pixels(np.array([[points.x[rank], points.y[rank]]]))[0]
        for down, left, right in dot(size):
            for across in range(left, right + 1):
                x, y = int(np.floor(column)) + across, int(np.floor(row)) + down
                if 0 <= x < view.width and 0 <= y < view.height:
                    image[y, x] = rank
    return image


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), num=st.integers(0, 60), size=st.integers(1, 9))
def test_dots_lie_as_a_painter_leaves_them(seed, num, size):
    positions = np.random.default_rng(seed).uniform(-3, 13, (num, 2)).astype(np.float32)
    points = Points.of(positions)
    grid = Grid.around(UNIT, size)
    cells = place(points, grid, len(points))
    ranks = draw_ranks(cells, points.ranks, grid, size)
    np.testing.assert_array_equal(ranks, painted(points, UNIT, size))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 12])
def test_many_dots_and_few_dots_are_drawn_alike(size):
    """Many are drawn by dilation, few are stamped: the first of many, drawn alone, must look as they do by dilation."""
    rng = np.random.default_rng(size)
    view = View(0, 0, 10, 10, 60, 50)
    points = Points.of(rng.normal(0, 3, (5000, 2)).astype(np.float32))
    grid = Grid.around(view, size)
    cells = place(points, grid, len(points))
    few = 10
    alone = draw_ranks(cells[:few], points.ranks[:few], grid, size)
    np.testing.assert_array_equal(alone, painted(points, view, size, range(few)))
    np.testing.assert_array_equal(draw_ranks(cells, points.ranks, grid, size), painted(points, view, size))


@pytest.mark.parametrize("size", range(1, 12))
def test_a_dot_is_round_and_of_its_size(size):
    spans = dot(size)
    assert len(spans) == size
    assert max(span.right - span.left + 1 for span in spans) == size
    assert len(offsets(size, 100)) == pytest.approx(np.pi * size**2 / 4, rel=0.3, abs=1)


def test_the_id_at_a_pixel_is_the_row_of_the_point_drawn_there():
    positions = np.array([[2.5, 2.5], [7.5, 7.5]], dtype=np.float32)
    frame = Raster(positions).draw(Scene(one_colour(2)), UNIT, MarkerStyle(size=1))
    assert frame.ids[7, 2] == 0
    assert frame.ids[2, 7] == 1, "y goes up"
    assert (frame.ids >= 0).sum() == 2
    np.testing.assert_array_equal(frame.argb > 0, frame.ids >= 0)


def test_selected_points_lie_on_top_in_colour_and_others_are_grey():
    positions = np.full((100, 2), 5.5, dtype=np.float32)
    positions[0] = 1.5
    for row in range(1, 100, 7):
        selected = np.arange(100) == row
        frame = Raster(positions).draw(Scene(two_colours([1] * 100), selected=selected), UNIT, MarkerStyle(size=1))
        assert frame.ids[4, 5] == row
        assert frame.argb[4, 5] == 0xFF0000FF
        assert frame.argb[8, 1] == GREY


def test_nothing_selected_leaves_all_in_colour():
    positions = np.full((5, 2), 5.5, dtype=np.float32)
    frame = Raster(positions).draw(Scene(one_colour(5), selected=np.zeros(5, dtype=bool)), UNIT, MarkerStyle(size=1))
    assert GREY not in frame.argb


def test_invisible_points_are_neither_drawn_nor_hit():
    positions = np.full((50, 2), 5.5, dtype=np.float32)
    visible = np.arange(50) == 13
    raster = Raster(positions)
    assert raster.draw(Scene(one_colour(50), visible), UNIT, MarkerStyle(size=1)).ids.max() == 13
    assert raster.draw(Scene(one_colour(50), np.zeros(50, dtype=bool)), UNIT, MarkerStyle(size=1)).ids.max() == -1
    around = np.array([[0, 0], [10, 0], [10, 10], [0, 10.0]])
    np.testing.assert_array_equal(raster.within(around, UNIT, MarkerStyle(), visible), visible)


def test_no_class_lies_on_top_of_the_others():
    codes = np.repeat([1, 2], 20_000)
    positions = np.random.default_rng(0).uniform(0, 10, (40_000, 2)).astype(np.float32)
    argb = Raster(positions).draw(Scene(two_colours(codes)), UNIT.enlarged(5), MarkerStyle(size=3)).argb
    assert 0.4 < (argb == 0xFF0000FF).mean() < 0.6


def test_the_same_points_give_the_same_picture():
    positions = np.random.default_rng(3).normal(5, 2, (500, 2)).astype(np.float32)
    first, second = (Raster(positions).draw(Scene(one_colour(500)), UNIT, MarkerStyle()) for _ in range(2))
    np.testing.assert_array_equal(first.ids, second.ids)


def test_points_that_are_not_finite_are_counted_and_not_drawn():
    positions = np.array([[5.5, 5.5], [np.nan, 1], [1, np.inf]], dtype=np.float32)
    raster = Raster(positions)
    assert raster.points.num_missing == 2
    assert set(np.unique(raster.draw(Scene(one_colour(3)), UNIT, MarkerStyle()).ids)) == {-1, 0}


@pytest.mark.parametrize("marker_style", [MarkerStyle(), MarkerStyle(opacity=0.5), MarkerStyle(density=True)])
def test_no_points_make_an_empty_picture(marker_style):
    frame = Raster(np.zeros((0, 2), dtype=np.float32)).draw(Scene(one_colour(0)), UNIT, marker_style)
    assert not frame.argb.any()
    assert (frame.ids == -1).all()


def test_what_is_drawn_again_is_what_is_drawn_anew():
    rng = np.random.default_rng(0)
    positions = rng.normal(5, 2, (300, 2)).astype(np.float32)
    kept = Raster(positions)
    masks = [None, rng.random(300) < 0.5, rng.random(300) < 0.1]
    for step in range(60):
        scene = Scene(two_colours(rng.integers(1, 3, 300)), masks[step % 3], masks[step // 3 % 3])
        view = UNIT.panned(float(rng.integers(3)), 0).enlarged(float(rng.integers(1, 4)))
        marker_style = MarkerStyle(int(rng.integers(1, 5)), float(rng.choice([0.4, 1.0])), bool(rng.integers(2)))
        share = float(rng.choice([0.1, 1.0]))
        old, new = (raster.draw(scene, view, marker_style, share) for raster in (kept, Raster(positions)))
        np.testing.assert_array_equal(old.ids, new.ids)
        np.testing.assert_array_equal(old.argb, new.argb)


def test_a_part_of_the_points_is_the_same_part_every_time():
    positions = np.random.default_rng(0).uniform(0, 10, (1000, 2)).astype(np.float32)
    raster = Raster(positions)
    some = raster.draw(Scene(one_colour(1000)), UNIT.enlarged(20), MarkerStyle(size=1), share=0.1).ids
    shown = set(some[some >= 0].tolist())
    assert 80 <= len(shown) <= 100
    moved = raster.draw(Scene(one_colour(1000)), UNIT.enlarged(20).panned(3, 3), MarkerStyle(size=1), share=0.1).ids
    assert set(moved[moved >= 0].tolist()) <= set(raster.points.rows[:100].tolist())


def test_see_through_dots_mix_in_every_order_alike():
    codes = [1, 2]
    positions = np.full((2, 2), 5.5, dtype=np.float32)
    argb = Raster(positions).draw(Scene(two_colours(codes)), UNIT, MarkerStyle(size=1, opacity=0.5)).argb[4, 5]
    alpha, red, blue = int(argb) >> 24, (int(argb) >> 16) & 255, int(argb) & 255
    assert alpha == pytest.approx(255 * 0.75, abs=1), "1 - 0.5^2"
    assert red == blue == pytest.approx(255 * 0.75 / 2, abs=1)


def test_opaque_and_nearly_opaque_look_alike_where_dots_lie_alone():
    positions = np.array([[2.5, 2.5], [7.5, 7.5]], dtype=np.float32)
    raster, scene = Raster(positions), Scene(two_colours([1, 2]))
    opaque = raster.draw(scene, UNIT, MarkerStyle(size=3)).argb
    nearly = raster.draw(scene, UNIT, MarkerStyle(size=3, opacity=0.9999)).argb
    np.testing.assert_array_equal(opaque, nearly)


def test_density_is_brightest_where_most_points_are():
    positions = np.concatenate([np.full((100, 2), 2.5), np.full((1, 2), 7.5)]).astype(np.float32)
    argb = Raster(positions).draw(Scene(one_colour(101)), UNIT, MarkerStyle(size=1, density=True)).argb
    brightness = [(argb >> shift & 255).astype(int) for shift in (16, 8)]
    total = brightness[0] + brightness[1]
    assert total[7, 2] > total[2, 7]
    assert argb[0, 0] == 0


@pytest.mark.parametrize("size", [1, 3, 8])
def test_the_density_of_a_point_that_lies_alone_is_one(size):
    view = View(0, 0, 1, 1, 80, 80)
    points = Points.of(np.array([[0.5, 0.5]]))
    grid = Grid.around(view, MarkerStyle(size, density=True).reach)
    dense = density(place(points, grid, 1), grid, MarkerStyle(size, density=True).reach)
    assert dense.shape == (80, 80)
    assert dense.max() == pytest.approx(1, rel=0.25)
    assert np.unravel_index(dense.argmax(), dense.shape) == (39, 40)


def test_halving_is_the_mean_of_four():
    argb = np.random.default_rng(0).integers(0, 2**32, (6, 8), dtype=np.uint32)
    mean = argb.view(np.uint8).reshape(3, 2, 4, 2, 4).mean(axis=(1, 3))
    assert np.abs(halve(argb).view(np.uint8).reshape(3, 4, 4) - mean).max() <= 2
