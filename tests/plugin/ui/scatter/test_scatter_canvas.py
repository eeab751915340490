"""The mouse pans, zooms, hovers and selects."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtGui import QPalette

from cdcl.scatter import MarkerStyle, View
from napari_cdcl.ui.scatter import ScatterView
from napari_cdcl.ui.scatter import film as film_module
from napari_cdcl.ui.scatter.outline import Tool

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
SOUTH_WEST = [(-1, -1), (2, -1), (2, 2), (-1, 2)]
NORTH_EAST = [(8, 8), (11, 8), (11, 11), (8, 11)]


def rows(view) -> list[int]:
    return np.flatnonzero(view.model.selected).tolist()


@pytest.fixture
def lasso(view, mouse):
    def draw(corners, modifiers=Qt.KeyboardModifier.NoModifier):
        view.canvas.set_tool(Tool.LASSO)
        mouse.drag(view.canvas, corners, modifiers)
        view.canvas.grab()

    return draw


def test_a_lasso_selects_what_it_goes_around(view, qtbot, lasso):
    with qtbot.waitSignal(view.selected) as told:
        lasso(SOUTH_WEST)
    assert rows(view) == list(range(10))
    assert np.flatnonzero(told.args[0]).tolist() == list(range(10))


def test_a_lasso_outside_selects_nothing(view, lasso):
    lasso([(4, 4), (6, 4), (6, 6), (4, 6)])
    assert rows(view) == []


def test_a_rectangle_selects_what_is_in_it(view, mouse):
    view.canvas.set_tool(Tool.RECTANGLE)
    mouse.drag(view.canvas, [(11, 11), (-1, 8)])
    assert rows(view) == list(range(20, 40))


def test_shift_adds_alt_takes_away_and_both_keep_what_is_common(view, mouse, lasso):
    lasso(SOUTH_WEST)
    lasso(NORTH_EAST, SHIFT)
    assert rows(view) == [*range(10), *range(20, 30)]
    lasso(SOUTH_WEST, ALT)
    assert rows(view) == list(range(20, 30))
    view.canvas.set_tool(Tool.RECTANGLE)
    mouse.drag(view.canvas, [(-1, -1), (11, 11)], SHIFT | ALT)
    assert rows(view) == list(range(20, 30))
    lasso(SOUTH_WEST)
    assert rows(view) == list(range(10))


def test_a_click_with_a_selecting_tool_selects_one_point_and_on_the_ground_none(view, positions, mouse):
    view.canvas.set_tool(Tool.LASSO)
    mouse.drag(view.canvas, [tuple(positions[17])] * 2)
    (row,) = rows(view)
    assert np.hypot(*(positions[row] - positions[17])) < 0.2
    mouse.drag(view.canvas, [(5, 5)] * 2)
    assert rows(view) == [row]


def test_dragging_pans_by_as_much(view, mouse):
    before = view.canvas.view
    mouse.drag(view.canvas, [(5, 5), (6, 7)])
    after = view.canvas.view
    assert (after.x, after.y) == pytest.approx((before.x - 1, before.y - 2), abs=0.01)
    assert rows(view) == []


def test_the_middle_button_pans_with_any_tool(view, mouse):
    view.canvas.set_tool(Tool.LASSO)
    before = view.canvas.view
    mouse.drag(view.canvas, [(5, 5), (6, 7)], button=Qt.MouseButton.MiddleButton)
    assert view.canvas.view.x == pytest.approx(before.x - 1, abs=0.01)
    assert view.canvas.tool is Tool.LASSO


def test_the_wheel_zooms_about_the_cursor(view, mouse):
    before = mouse.place_of(view.canvas, 2, 3)
    scale = view.canvas.view.scale_x
    mouse.roll(view.canvas, 2, 3, 360)
    after = mouse.place_of(view.canvas, 2, 3)
    assert view.canvas.view.scale_x > 1.5 * scale
    assert (after - before).manhattanLength() < 0.5


def test_zoom_has_an_end_in_both_directions(view, mouse):
    for delta in (24_000, -24_000):
        for _ in range(5):
            mouse.roll(view.canvas, 5, 5, delta)
            assert 1e-3 < view.canvas.view.scale_x < 1e8


def test_fit_shows_all_points_again(view, mouse):
    before = view.canvas.view
    mouse.roll(view.canvas, 2, 3, 960)
    view.canvas.fit()
    assert view.canvas.view == before


def test_a_lasso_after_zooming_takes_what_is_seen_there(view, mouse, lasso):
    mouse.roll(view.canvas, 10, 10, 480)
    view.canvas.grab()
    lasso(NORTH_EAST)
    assert rows(view) == list(range(20, 30))


def test_hovering_tells_the_row_once_and_then_that_it_is_none(view, positions, lonely, mouse):
    told = []
    view.hovered.connect(told.append)
    for _ in range(3):
        mouse.hover(view.canvas, *positions[lonely])
    mouse.hover(view.canvas, 5, 5)
    mouse.hover(view.canvas, *positions[lonely])
    view.canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert told == [lonely, -1, lonely, -1]


def test_hovering_finds_each_point_that_lies_alone(qtbot, mouse):
    view = ScatterView()
    qtbot.addWidget(view)
    view.resize(600, 500)
    grid = np.stack(np.meshgrid(np.arange(5), np.arange(5)), axis=-1).reshape(-1, 2).astype(np.float32)
    view.set_points(grid, ("x", "y"))
    view.grab()
    told = []
    view.hovered.connect(told.append)
    for place in grid:
        mouse.hover(view.canvas, *place)
    assert told == list(range(25))


def test_a_double_click_asks_for_the_point(view, positions, lonely, qtbot, mouse):
    place = mouse.place_of(view.canvas, *positions[lonely]).toPoint()
    with qtbot.waitSignal(view.activated) as told:
        qtbot.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [lonely]
    with qtbot.assertNotEmitted(view.activated):
        ground = mouse.place_of(view.canvas, 5, 5).toPoint()
        qtbot.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=ground)


@pytest.mark.parametrize("size", [(150, 130), (300, 500), (900, 300)])
def test_a_resized_canvas_still_selects_what_it_shows(view, size, lasso):
    view.resize(*size)
    view.grab()
    lasso(NORTH_EAST)
    assert rows(view) == list(range(20, 30))


def test_all_points_stay_in_sight_however_often_the_dock_is_resized(view):
    for size in [(160, 600), (900, 150), (700, 560)]:
        view.resize(*size)
        shown = view.canvas.view
        assert shown == View.fit(view.model.raster.points, shown.width, shown.height)


def test_what_is_looked_at_stays_as_large_and_in_the_middle_when_resized(view, mouse):
    mouse.roll(view.canvas, 10, 10, 480)
    before = view.canvas.view
    view.resize(300, 400)
    after = view.canvas.view
    assert (after.x, after.y, after.scale_x) == (before.x, before.y, before.scale_x)
    assert after.width < before.width


@pytest.mark.parametrize(
    "odd",
    [
        np.zeros((0, 2)),
        np.full((1, 2), 3.0),
        np.full((50, 2), 7.0),
        np.full((5, 2), np.nan),
        np.array([[0, 0], [np.inf, 1], [1e30, 1e30]]),
    ],
)
def test_odd_points_are_drawn_zoomed_and_selected_without_trouble(view, odd, mouse, lasso):
    view.set_points(odd, ("x", "y"))
    view.grab()
    centre = view.canvas.view
    mouse.roll(view.canvas, centre.x, centre.y, 120)
    view.grab()
    around = view.canvas.view
    x, y = around.width / around.scale_x, around.height / around.scale_y
    corners = [(-0.49, -0.49), (0.49, -0.49), (0.49, 0.49), (-0.49, 0.49)]
    lasso([(around.x + a * x, around.y + b * y) for a, b in corners])
    centred = len({tuple(place) for place in odd[np.isfinite(odd).all(axis=1)].tolist()}) == 1
    assert view.model.num_selected == (len(odd) if centred else 0)


def test_the_ground_follows_the_palette(view):
    def ground() -> int:
        return view.canvas.grab().toImage().pixelColor(QPoint(2, 2)).lightness()

    for window, ink in [(30, 230), (230, 30)]:
        palette = QPalette(view.palette())
        palette.setColor(QPalette.ColorRole.Window, Qt.GlobalColor.black if window < 99 else Qt.GlobalColor.white)
        palette.setColor(QPalette.ColorRole.WindowText, Qt.GlobalColor.white if ink > 99 else Qt.GlobalColor.black)
        view.setPalette(palette)
        assert (ground() < 99) == (window < 99)


def test_where_drawing_is_slow_a_moving_picture_shows_some_points_and_a_still_one_all(view, qtbot, monkeypatch, mouse):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(film_module, "MANY", 1000)
    monkeypatch.setattr(film_module, "SLOW", 0.0)
    view.set_points(rng.uniform(0, 10, (3000, 2)).astype(np.float32), ("x", "y"))
    view.canvas.set_marker_style(MarkerStyle(size=1))
    view.canvas.grab()

    def shown() -> int:
        view.canvas.grab()
        return len(np.unique(view.canvas._film._ids))

    before = shown()
    view.canvas._film._seconds = 1.0
    mouse.drag(view.canvas, [(5, 5), (5.01, 5.01)])
    assert shown() < before / 4
    qtbot.waitUntil(lambda: not view.canvas._moving)
    assert shown() > before * 0.9
