"""Scatter, plate map, viewer and gallery: one selection, changed anywhere, with a real mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QShortcut
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox

from napari_cdcl import actions
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.explore.shortcuts import ShortcutList
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.ui.scatter.axes import plot_rect

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.explore.scatter_slot import ScatterSlot


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> ExplorePanel:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(900, 900)
    panel.show()
    return panel


@pytest.fixture
def screen_panel(qtbot: QtBot, viewer: ViewerModel) -> ScreenPanel:
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(380, 800)
    panel.show()
    return panel


@pytest.fixture
def run(session: Session, panel: ExplorePanel, small_run: Run) -> Run:
    actions.open_source(session, small_run.folder)
    return small_run


def place_of(slot: ScatterSlot, item: int) -> QPoint:
    canvas = slot.view.canvas
    x, y = canvas.view.to_pixels(slot.view.model.positions[item : item + 1])[0]
    corner = plot_rect(canvas).topLeft()
    return QPoint(round(corner.x() + x), round(corner.y() + y))


def frame(qtbot: QtBot, slot: ScatterSlot, items: list[int]) -> None:
    """Drag a rectangle around items with the mouse."""
    slot.view.toolbar.action("rectangle").trigger()
    slot.view.canvas.grab()
    places = [place_of(slot, item) for item in items]
    begin = QPoint(min(p.x() for p in places) - 6, min(p.y() for p in places) - 6)
    end = QPoint(max(p.x() for p in places) + 6, max(p.y() for p in places) + 6)
    canvas = slot.view.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(canvas, (begin + end) / 2)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def hover(slot: ScatterSlot, item: int) -> None:
    """Move the mouse over an item without a button, which `qtbot.mouseMove` does not do without a screen."""
    place, none = QPointF(place_of(slot, item)), Qt.MouseButton.NoButton
    everywhere = QPointF(slot.view.canvas.mapToGlobal(place.toPoint()))
    event = QMouseEvent(QEvent.Type.MouseMove, place, everywhere, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(slot.view.canvas, event)


def of_treatment(session: Session, treatment: str) -> list[int]:
    assert session.items is not None
    return np.flatnonzero(session.items.table["treatment"] == treatment).tolist()


@pytest.mark.usefixtures("run")
def test_a_frame_in_the_scatter_rings_wells_and_fills_the_gallery(
    qtbot: QtBot, panel: ExplorePanel, screen_panel: ScreenPanel, session: Session
) -> None:
    frame(qtbot, panel.first, of_treatment(session, "B"))
    assert np.flatnonzero(session.selection).tolist() == of_treatment(session, "B")
    assert np.flatnonzero(screen_panel.plate.map._ringed).tolist() == [1, 4]
    assert panel.gallery.gallery.grid.items.tolist() == of_treatment(session, "B")


@pytest.mark.usefixtures("run")
def test_wells_on_the_plate_map_light_up_in_both_scatters(
    qtbot: QtBot, panel: ExplorePanel, screen_panel: ScreenPanel, session: Session
) -> None:
    panel.both.setChecked(True)
    plate = screen_panel.plate.map
    begin, end = (plate.rect_of(well).center().toPoint() for well in (0, 1))
    qtbot.mousePress(plate, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(plate, end)
    qtbot.mouseRelease(plate, Qt.MouseButton.LeftButton, pos=end)
    for slot in (panel.first, panel.second):
        assert np.flatnonzero(slot.view.model.selected).tolist() == [0, 1, 2, 3]


@pytest.mark.usefixtures("run")
def test_two_scatters_have_one_selection_and_colours_of_their_own(
    qtbot: QtBot, panel: ExplorePanel, session: Session
) -> None:
    panel.both.setChecked(True)
    assert (panel.first.colour, panel.second.colour) == ("treatment", "batch")
    frame(qtbot, panel.second, of_treatment(session, "C"))
    assert np.flatnonzero(panel.first.view.model.selected).tolist() == of_treatment(session, "C")
    panel.second.choose("umap", "plate")
    assert session.colour == "treatment"
    session.colour = "num_cells"
    assert panel.first.view.model.colouring.title == "num_cells"
    assert np.flatnonzero(session.selection).tolist() == of_treatment(session, "C"), "recolouring keeps the selection"


@pytest.mark.usefixtures("run")
def test_a_double_click_on_a_point_shows_its_field(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    panel.first.view.canvas.grab()
    qtbot.mouseDClick(panel.first.view.canvas, Qt.MouseButton.LeftButton, pos=place_of(panel.first, 14))
    assert session.row == 14


@pytest.mark.usefixtures("run")
def test_hovering_shows_the_field_and_what_it_is(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    panel.first.view.canvas.grab()
    hover(panel.first, 3)
    assert actions.name_item(session, 3) in panel.first.view._card.text.text()
    qtbot.waitUntil(lambda: not panel.first.view._card.picture.pixmap().isNull())


@pytest.mark.usefixtures("run")
def test_another_projection_keeps_the_selection(panel: ExplorePanel, session: Session) -> None:
    session.selection = np.arange(24) < 5
    session.extend_items(points={"pca": np.random.default_rng(0).normal(size=(24, 2)).astype(np.float32)})
    session.points = "pca"
    assert np.flatnonzero(panel.first.view.model.selected).tolist() == [0, 1, 2, 3, 4]
    assert panel.first.points_chooser.key == "pca"


def test_profiles_without_a_projection_get_components_by_themselves(
    qtbot: QtBot, panel: ExplorePanel, session: Session, run: Run
) -> None:
    panel.profiles.setCurrentIndex(panel.profiles.findData("well"))
    panel.profiles.activated.emit(panel.profiles.currentIndex())
    qtbot.waitUntil(lambda: session.items is not None and session.items.level == "well" and bool(session.items.points))
    assert session.points == "pca"
    assert len(panel.first.view.model) == 12
    assert panel.first.view.canvas.model.axis_names[0].startswith("PC 1 (")


def test_fields_without_profiles_say_how_to_get_some(
    panel: ExplorePanel, session: Session, small_screen: Screen
) -> None:
    session.screen = small_screen
    assert panel.first.hint.isVisible()
    assert "Open a run" in panel.first.hint.text()
    assert not panel.bar.similar.isEnabled()


@pytest.mark.usefixtures("run")
def test_similar_profiles_are_selected_and_sorted(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    session.selection = np.arange(24) == 2
    panel.bar.set_elsewhere("batch")
    panel.bar.num.setValue(4)
    qtbot.mouseClick(panel.bar.similar, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: int(session.selection.sum()) == 4)
    assert session.items is not None
    found = session.items.table[session.selection]
    assert set(found["treatment"]) == {"B"}
    assert set(found["batch"]) == {"B2"}
    similarities = session.items.table["similarity"].to_numpy()[panel.gallery.gallery.grid.items]
    assert (np.diff(similarities) <= 0).all()


@pytest.mark.usefixtures("run")
def test_the_comparison_counts_what_is_selected(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    panel.tabs.show_page(panel.compare)
    session.selection = np.isin(np.arange(24), of_treatment(session, "A"))
    qtbot.waitUntil(lambda: panel.compare.table.rowCount() == 3)
    first = [panel.compare.table.item(0, column).text() for column in range(6)]
    assert first[:4] == ["A", "8 (100%)", "0 (0%)", "4 / 0"]
    assert first[4] == "+100 %"  # no interval: four wells are too few
    assert first[5] == f"{3 / 15**2:.2g}"  # the only one of the ways to choose 2 of 6 wells on 2 plates, of 3 tests
    assert panel.compare.note.text().endswith("Tested by exchanging wells of the same plate: 12 wells.")
    qtbot.mouseClick(panel.bar.aside, Qt.MouseButton.LeftButton)
    session.selection = np.isin(np.arange(24), of_treatment(session, "B"))
    qtbot.waitUntil(lambda: panel.compare.table.rowCount() == 2)
    assert panel.compare.galleries[1].gallery.grid.items.tolist() == of_treatment(session, "A")
    panel.compare.swap.click()
    assert np.flatnonzero(session.selection).tolist() == of_treatment(session, "A")


@pytest.mark.usefixtures("run")
def test_a_name_is_typed_listed_and_probed(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    panel.tabs.show_page(panel.annotate)
    for treatment, name in (("A", "round"), ("B", "flat")):
        session.selection = np.isin(np.arange(24), of_treatment(session, treatment))
        panel.annotate.name.clear()
        qtbot.keyClicks(panel.annotate.name, name)
        qtbot.keyClick(panel.annotate.name, Qt.Key.Key_Return)
    assert [panel.annotate.names.item(row).text() for row in range(2)] == ["flat  (8)", "round  (8)"]
    place = panel.annotate.names.visualItemRect(panel.annotate.names.item(1)).center()
    qtbot.mouseClick(panel.annotate.names.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert np.flatnonzero(session.selection).tolist() == of_treatment(session, "A")
    qtbot.mouseClick(panel.annotate.prober, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "100% right in a batch" in panel.annotate.result.text(), timeout=20_000)
    panel.first.choose("umap", "annotation")
    assert panel.first.view.model.colouring.names == ("flat", "round")


@pytest.mark.usefixtures("run")
def test_a_click_into_the_picture_selects_the_field(panel: ExplorePanel, viewer: ViewerModel, session: Session) -> None:
    session.row = 7
    panel.bar.picker.setChecked(True)
    event = type("Event", (), {"pos": (5, 5), "type": "mouse_press", "modifiers": ()})()
    drag = viewer.mouse_drag_callbacks[-1](viewer, event)
    next(drag)
    event.type = "mouse_release"
    assert next(drag, None) is None
    assert np.flatnonzero(session.selection).tolist() == [7]
    panel.bar.picker.setChecked(False)
    assert drag.__name__ not in [call.__name__ for call in viewer.mouse_drag_callbacks]


@pytest.mark.slow
def test_a_projection_is_made_by_a_child_and_can_fail_in_words(
    qtbot: QtBot, panel: ExplorePanel, session: Session, run: Run
) -> None:
    panel.projector.project("pca")
    assert panel.projector.cancel.isVisible()
    with qtbot.waitSignal(panel.projector.job.finished, timeout=60_000):  # type: ignore[union-attr]
        pass
    qtbot.waitUntil(lambda: session.points == "pca")
    assert run.projection("pca").is_file()
    run.profiles("site").unlink()
    panel.projector.project("umap")
    assert "no more" in panel.message.text()


@pytest.mark.slow
def test_clusters_of_the_map_are_colours_and_come_back_with_the_run(
    qtbot: QtBot, panel: ExplorePanel, session: Session, run: Run, small_screen: Screen
) -> None:
    next(one for one in panel.projector.button.menu().actions() if one.text() == "Clusters of this map").trigger()
    assert panel.tabs.page is panel.clusters
    qtbot.waitUntil(lambda: session.colour == "cluster", timeout=60_000)
    assert session.items is not None
    assert session.items.table.groupby("cluster")["treatment"].nunique().max() == 1
    assert "3 clusters of this map" in panel.message.text()
    session.screen = small_screen.take([0])
    actions.open_source(session, run.folder)
    assert session.items.table["cluster"].nunique() == 3


def test_clusters_of_nothing_are_refused_in_words(panel: ExplorePanel, session: Session, small_screen: Screen) -> None:
    session.screen = small_screen
    panel.clusters.find()
    assert "no map of a run" in panel.message.text()


def test_the_second_scatter_comes_back_with_the_run(
    qtbot: QtBot, panel: ExplorePanel, session: Session, run: Run, small_screen: Screen
) -> None:
    panel.both.setChecked(True)
    panel.second.choose("umap", "well")
    panel.second._choose_colour("well")
    session.screen = small_screen.take([0])
    actions.open_source(session, run.folder)
    assert panel.second.colour == "well"


@pytest.mark.usefixtures("run")
def test_keys_do_what_the_list_says(panel: ExplorePanel, session: Session) -> None:
    # Without a window manager no window has the focus, so that keys cannot be sent: what they are bound to is called.
    pressed = {shortcut.key().toString(): shortcut.activated for shortcut in panel.findChildren(QShortcut)}
    session.selection = np.arange(24) == 1
    pressed["T"].emit()
    assert np.flatnonzero(session.selection).tolist() == of_treatment(session, "A")
    pressed["A"].emit()
    assert session.aside is not None
    pressed["N"].emit()
    assert panel.tabs.page is panel.annotate
    listed = panel.findChild(ShortcutList).toolTip()
    assert set(panel.keys) <= set(pressed)
    assert all(f"<b>{key}</b>" in listed for key in panel.keys)


@pytest.mark.usefixtures("run")
def test_every_control_says_what_it_does(panel: ExplorePanel) -> None:
    controls = [child for kind in (QAbstractButton, QComboBox) for child in panel.findChildren(kind)]
    known = [child for child in controls if not child.objectName().startswith("qt_") and child.parent() is not None]
    silent = [child for child in known if not child.toolTip() and type(child.parent()).__name__ not in _QT_PARTS]
    assert len(known) > 20
    assert not [(type(child).__name__, child.text() if hasattr(child, "text") else "") for child in silent]


_QT_PARTS = ("QLineEdit", "QTabBar", "QTableWidget", "QSpinBox")


@pytest.mark.usefixtures("run")
def test_closing_the_panel_leaves_the_session_alone(qtbot: QtBot, viewer: ViewerModel, session: Session) -> None:
    panel = ExplorePanel(viewer)
    panel.show()
    with qtbot.waitSignal(panel.destroyed):
        panel.close()
        panel.deleteLater()
    session.selection = np.ones(24, bool)
    session.colour = "plate"
    session.items = None


@pytest.mark.usefixtures("run")
def test_the_points_have_the_height_until_something_is_selected(
    qtbot: QtBot, panel: ExplorePanel, session: Session
) -> None:
    panel.resize(330, 690)  # what a dock gets on a display of 1366 x 768
    qtbot.waitUntil(lambda: panel.parts.height() < 680)
    least = panel.parts.widget(0).minimumSizeHint().height()
    points, pictures = panel.parts.sizes()
    assert points > 2 * pictures
    session.selection = np.arange(24) < 3
    points, pictures = panel.parts.sizes()
    assert pictures == pytest.approx(0.3 * (points + pictures), abs=3)
    assert points >= least
    assert panel.first.view.canvas.height() >= 120
    panel.parts.setSizes([points - 60, pictures + 60])
    panel.parts.splitterMoved.emit(points - 60, 1)
    session.selection = np.arange(24) < 9
    assert panel.parts.sizes()[1] > pictures, "where the user set the border, it stays"


@pytest.mark.usefixtures("run")
def test_every_control_of_the_selection_can_be_seen_in_a_narrow_dock(qtbot: QtBot, panel: ExplorePanel) -> None:
    panel.resize(330, 690)
    qtbot.waitUntil(lambda: panel.bar.width() < 340)
    bar = panel.bar
    lowest = max(button.geometry().bottom() for button in bar.findChildren(QAbstractButton) if button.isVisible())
    assert lowest < bar.height()
