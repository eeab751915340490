"""Toolbar, legend, card and files of a scatter."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QColor, QPixmap
from qtpy.QtWidgets import QFileDialog, QPushButton, QToolButton

from cdcl.errors import CDCLError
from cdcl.scatter import Arrow
from napari_cdcl.ui.scatter import ScatterView
from napari_cdcl.ui.scatter.classes import PICKED
from napari_cdcl.ui.scatter.legend import _apart
from napari_cdcl.ui.scatter.outline import Tool


def half(num: int = 40) -> np.ndarray:
    return np.arange(num) < num // 2


def click_class(view: ScatterView, qtbot, name: str) -> None:
    found = view.legend.list.model()
    (row,) = [row for row in range(found.rowCount()) if found.index(row, 0).data() == name]
    place = view.legend.list.visualRect(found.index(row, 0)).center()
    qtbot.mouseClick(view.legend.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def index_of(view: ScatterView, name: str):
    found = view.legend.list.model()
    return next(found.index(row, 0) for row in range(found.rowCount()) if found.index(row, 0).data() == name)


def test_what_is_set_from_outside_is_not_told_back(view, qtbot, classes, positions):
    with qtbot.assertNotEmitted(view.selected):
        view.set_selected(half())
        view.set_colours(classes, "again")
        view.set_points(positions + 1, ("u", "v"))
        view.set_points(positions[:7], ("u", "v"))
    assert view.model.num_selected == 0


def test_selection_outlives_other_colours_and_another_projection(view, positions):
    view.set_selected(half())
    view.set_colours(pd.Series(np.arange(40) / 3), "score")
    view.set_points(positions[:, ::-1].copy(), ("PC 2", "PC 1"))
    np.testing.assert_array_equal(view.model.selected, half())


def test_undo_redo_invert_and_clear_are_told(view, qtbot):
    view.set_selected(half())
    told = []
    view.selected.connect(lambda mask: told.append(int(mask.sum())))
    for name in ("invert", "clear", "undo", "undo", "undo", "redo"):
        view.toolbar.action(name).trigger()
    assert told == [20, 0, 20, 20, 0, 20]


def test_undo_and_redo_can_be_clicked_only_where_there_is_something(view):
    undo, redo = view.toolbar.action("undo"), view.toolbar.action("redo")
    assert not undo.isEnabled()
    view.set_selected(half())
    assert undo.isEnabled()
    undo.trigger()
    assert not undo.isEnabled()
    assert redo.isEnabled()


def test_keys_choose_tools_while_the_cursor_is_in_the_scatter(view, qtbot):
    view.activateWindow()
    view.canvas.setFocus()
    qtbot.waitUntil(view.canvas.hasFocus)
    for key, tool in [("l", Tool.LASSO), ("r", Tool.RECTANGLE), ("p", Tool.PAN)]:
        qtbot.keyClicks(view.canvas, key)
        assert view.canvas.tool is tool
        assert view.toolbar.action(tool.value).isChecked()


def test_every_control_says_what_it_does(view):
    view.set_colours(pd.Series([f"T{number}" for number in range(40)]), "treatment")
    for button in [*view.findChildren(QToolButton), *view.legend.findChildren(QPushButton)]:
        if button.objectName().startswith("qt_") or not button.isVisibleTo(view):
            continue
        assert len(button.toolTip()) > 8, button.text()
    assert view.toolbar.dot_size.toolTip()
    assert view.legend.search.toolTip()
    keys = [action.shortcut().toString() for action in view.toolbar.actions_by_name.values()]
    keys = [key for key in keys if key]
    assert len(set(keys)) == len(keys)
    for name, action in view.toolbar.actions_by_name.items():
        if key := action.shortcut().toString():
            assert f"({key})" in action.toolTip(), name


def test_size_and_opacity_and_density_change_the_picture(view):
    seen = {_hash(view)}
    view.toolbar.dot_size.setValue(15)
    seen.add(_hash(view))
    view.toolbar.dot_opacity.setValue(30)
    seen.add(_hash(view))
    view.toolbar.action("density").setChecked(True)
    seen.add(_hash(view))
    assert len(seen) == 4


def _hash(view) -> int:
    image = view.canvas.grab().toImage()
    return hash(tuple(image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)))


def test_the_legend_lists_classes_and_a_click_hides_one(view, qtbot):
    assert view.legend.title.text() == "corner"
    click_class(view, qtbot, "south-east")
    assert np.flatnonzero(~view.model.visible).tolist() == list(range(10, 20))
    assert "10 hidden" in view._note.text()
    click_class(view, qtbot, "south-east")
    assert view.model.visible is None


def test_a_double_click_shows_a_class_alone_and_another_one_all(view, qtbot):
    index = index_of(view, "south-east")
    view.legend.list.clicked.emit(index)
    view.legend.list.doubleClicked.emit(index)
    assert np.flatnonzero(view.model.visible).tolist() == list(range(10, 20))
    view.legend.list.clicked.emit(index)
    view.legend.list.doubleClicked.emit(index)
    assert view.model.visible is None


def test_the_menu_of_a_class_selects_its_points(view, qtbot):
    menu = view.legend.menu_of(index_of(view, "north-east"))
    with qtbot.waitSignal(view.selected) as told:
        menu.actions()[0].trigger()
    assert np.flatnonzero(told.args[0]).tolist() == list(range(20, 30))


def test_many_classes_can_be_searched_and_few_need_not(view):
    assert not view.legend.search.isVisible()
    view.set_colours(pd.Series([f"compound {number}" for number in range(40)]), "treatment")
    assert view.legend.search.isVisible()
    view.legend.search.setText("COMPOUND 3")
    assert view.legend.list.model().rowCount() == 11
    view.legend._none.click()
    assert int(view.model.visible.sum()) == 29
    view.legend._all.click()
    assert view.model.visible is None


def test_numbers_have_a_scale_and_no_colours_no_legend(view):
    view.set_colours(pd.Series(np.linspace(0, 1, 40)), "score")
    assert view.legend.scale.isVisible()
    view.legend.grab()
    view.set_colours(None, "")
    assert not view.legend.isVisible()


def test_the_legend_goes_beneath_where_it_is_narrow(view, qtbot):
    assert view._split.orientation() == Qt.Orientation.Horizontal
    view.resize(280, 500)
    assert view._split.orientation() == Qt.Orientation.Vertical
    assert view.width() == 280, "nothing keeps the dock wide"
    view.resize(700, 500)
    assert view._split.orientation() == Qt.Orientation.Horizontal


def test_points_without_a_position_are_counted(view, positions):
    positions[:3] = np.nan
    view.set_points(positions, ("x", "y"))
    assert view._note.text() == "40 points · 3 without a position"


def test_nothing_to_show_is_no_error(qtbot):
    view = ScatterView()
    qtbot.addWidget(view)
    view.grab()
    view.set_points(None, ("x", "y"))
    view.set_colours(pd.Series([], dtype=object), "batch")
    view.set_selected(np.zeros(0, dtype=bool))
    for action in view.toolbar.actions_by_name.values():
        if action.text() not in ("Save", "Look"):
            action.trigger()
    view.grab()


@pytest.mark.parametrize("corner", [(2, 2), (695, 2), (2, 540), (695, 540)])
def test_the_card_lies_beside_the_cursor_and_within_the_canvas(view, corner):
    picture = QPixmap(64, 64)
    picture.fill(QColor("teal"))
    view._cursor = QPoint(*corner)
    view.set_hover_card(picture, "plate P1, well B02")
    assert view._card.isVisible()
    assert view.canvas.rect().contains(view._card.geometry())
    view.set_hover_card(None, "")
    assert not view._card.isVisible()


def test_the_card_goes_when_the_cursor_leaves_the_point(view):
    view.set_hover_card(None, "plate P1")
    assert view._card.isVisible()
    view.canvas._set_hovered(3)
    view.canvas._set_hovered(-1)
    assert not view._card.isVisible()


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_picture_is_saved_as_it_is_seen(view, tmp_path, suffix):
    view.set_selected(half())
    view.save(tmp_path / f"map.{suffix}")
    assert (tmp_path / f"map.{suffix}").stat().st_size > 3000
    if suffix == "svg":
        assert "south-west (10)" in (tmp_path / "map.svg").read_text()


def test_a_name_that_cannot_be_saved_is_one_line(view, tmp_path, monkeypatch):
    with pytest.raises(CDCLError):
        view.save(tmp_path / "map.bmp")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "map.bmp"), ""))
    view.toolbar.action("save").trigger()
    assert "a picture is written as .png, .svg, .pdf" in view._note.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "map"), ""))
    view.toolbar.action("save").trigger()
    assert (tmp_path / "map.png").exists()


def test_archetypes_are_corners_with_names_that_are_all_in_view(qtbot, tmp_path):
    view = ScatterView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    corners = np.array([[0, 1], [-1, -0.6], [1, -0.6]], dtype=np.float32)
    view.set_points(0.1 * corners, ("", ""), corners)
    plain = view.canvas.grab().toImage()
    places = view.canvas.view.to_pixels(1.06 * corners)
    assert ((places > 0) & (places < (view.canvas.view.width, view.canvas.view.height))).all()
    view.save(tmp_path / "corners.svg")
    assert all(name in (tmp_path / "corners.svg").read_text() for name in ("A1", "A2", "A3"))
    view.set_points(0.1 * corners, ("", ""))
    assert view.model.corners is None
    assert view.canvas.grab().toImage() != plain


def test_the_legend_counts_what_is_selected_of_each_class(qtbot) -> None:
    view = ScatterView()
    qtbot.addWidget(view)
    view.set_points(np.random.default_rng(0).random((6, 2)).astype(np.float32), ("x", "y"))
    view.set_colours(pd.Series(["a", "b", "a", "a", "b", ""]), "kind")
    classes = view.legend.classes
    told = [classes.data(classes.index(row), PICKED) for row in range(classes.rowCount())]
    assert told == [-1, -1, -1]  # nothing is selected: counts stand alone
    view.set_selected(np.array([1, 0, 1, 0, 0, 1], dtype=bool))
    assert [classes.data(classes.index(row), PICKED) for row in range(classes.rowCount())] == [2, 0, 1]
    view.set_colours(pd.Series(["c"] * 6), "other")
    assert [classes.data(classes.index(row), PICKED) for row in range(classes.rowCount())] == [3]


@pytest.mark.parametrize("box", ["names", "contours"])
def test_names_and_contours_of_classes_can_be_drawn_over_their_points(view, qtbot, box: str) -> None:
    qtbot.wait(20)
    before = view.canvas.grab().toImage()
    getattr(view.toolbar, box).setChecked(True)
    qtbot.wait(20)
    assert view.canvas.grab().toImage() != before
    getattr(view.toolbar, box).setChecked(False)
    qtbot.wait(20)
    assert view.canvas.grab().toImage() == before


def test_arrows_are_chosen_by_the_user_and_go_with_what_gives_them(view, qtbot) -> None:
    assert not view.toolbar.arrows.isEnabled()
    path = np.array([[0, 0], [10, 10]], dtype=np.float64)
    view.offer_arrows({"doses": lambda _map: (Arrow(0xFFFF0000, path),)}, {"doses": "along doses"})
    assert view.canvas.overlays.find().arrows == ()
    qtbot.wait(20)
    before = view.canvas.grab().toImage()
    view.toolbar.arrows.setFocus()
    qtbot.keyClick(view.toolbar.arrows, Qt.Key.Key_Down)
    assert view.toolbar.arrows.key == "doses"
    qtbot.wait(20)
    assert view.canvas.grab().toImage() != before
    assert len(view.canvas.overlays.find().arrows) == 1
    view.offer_arrows({}, {})
    assert view.toolbar.arrows.key == ""
    assert view.canvas.overlays.find().arrows == ()


def test_what_lies_over_the_points_is_saved_with_them(view, tmp_path) -> None:
    view.toolbar.names.setChecked(True)
    view.save(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text().count("north-east") == 2  # in the legend, and in the map


def test_a_figure_is_saved_as_wide_as_the_user_says(view, tmp_path):
    view.toolbar.width_mm.setValue(170)
    view.save(tmp_path / "map.pdf")
    found = re.search(rb"MediaBox \[ 0 0 ([\d.]+)", (tmp_path / "map.pdf").read_bytes())
    assert found is not None
    assert float(found[1]) / 72 * 25.4 == pytest.approx(170, abs=0.2)


def test_numbers_beside_the_scale_are_not_written_over_each_other() -> None:
    marks = [(100.0, "0.0079"), (80.0, "0.01"), (50.0, "0.1"), (30.0, "1"), (18.0, "10"), (10.0, "23.7")]
    assert [text for _, text in _apart(marks, 15)] == ["0.0079", "0.01", "0.1", "1", "23.7"]
    assert _apart(marks[:2], 50) == marks[:2]  # both ends stand always


def test_letters_choose_the_tool(view, qtbot) -> None:
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.canvas.setFocus()
    for key, tool in [(Qt.Key.Key_L, Tool.LASSO), (Qt.Key.Key_R, Tool.RECTANGLE), (Qt.Key.Key_P, Tool.PAN)]:
        qtbot.keyClick(view.canvas, key)
        assert view.canvas.tool is tool
        assert view.toolbar.action(tool.value).isChecked()
    view.legend.list.setFocus()  # there, letters look for a class
    qtbot.keyClick(view.legend.list, Qt.Key.Key_R)
    assert view.canvas.tool is Tool.PAN


def test_doses_in_units_that_do_not_convert_are_classes_and_a_contradiction_is_told(view):
    doses = pd.DataFrame({"concentration": [1.0, 10.0] * 20, "concentration_unit": ["µM", "mg/mL"] * 20})
    view.set_colours_of(doses, "concentration")
    assert view.model.colouring.names == ("1 µM", "10 mg/mL")
    assert view.legend.doubts.isHidden()
    view.set_colours_of(
        pd.DataFrame({"concentration": ["5 uM", "7"] * 20, "concentration_unit": "nM"}), "concentration"
    )
    assert "first '5 uM' where these say nM: the cell's own is taken." in view.legend.doubts.text()
    assert not view.legend.doubts.isHidden()
