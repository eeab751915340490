"""The Distribution tab with a real mouse and real keys: a range is the selection; curves by class; undo beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hands import press
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QShortcut
from qtpy.QtTest import QTest

from napari_cdcl import actions
from napari_cdcl.models.distributions import Distribution
from napari_cdcl.panels.explore.panel import ExplorePanel

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.explore.distribution import DistributionPanel


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, session: Session, small_run: Run) -> ExplorePanel:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(480, 900)
    panel.show()
    actions.open_source(session, small_run.folder)
    panel.tabs.show_page(panel.distribution)
    return panel


@pytest.fixture
def tab(panel: ExplorePanel) -> DistributionPanel:
    panel.distribution.column.show_key("num_cells")
    panel.distribution.column.chosen.emit("num_cells")
    return panel.distribution


def drag(tab: DistributionPanel, low: float, high: float) -> None:
    """Drag from one number to another."""
    plot = tab.histogram
    begin, end = (QPoint(round(plot._pixel(value)), plot.height() // 2) for value in (low, high))
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(plot, (begin + end) / 2)
    QTest.mouseMove(plot, end)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=end)


def chosen(session: Session) -> list[int]:
    return np.flatnonzero(session.selection).tolist()  # num_cells counts the items


def test_a_range_that_is_dragged_is_selected(tab: DistributionPanel, session: Session) -> None:
    drag(tab, 4.5, 9.5)
    assert chosen(session) == [5, 6, 7, 8, 9]
    assert tab.note.text() == "5 sites lie in the range."
    drag(tab, 23, 18.5)  # from right to left, beyond the end
    assert chosen(session) == [19, 20, 21, 22, 23]


def test_ranges_are_added_taken_away_and_kept(tab: DistributionPanel, session: Session) -> None:
    for mode, ends, expected in (
        ("replace", (4.5, 9.5), [5, 6, 7, 8, 9]),
        ("add", (9.6, 11.5), [5, 6, 7, 8, 9, 10, 11]),
        ("subtract", (5.5, 8.5), [5, 9, 10, 11]),
        ("keep", (8.5, 10.5), [9, 10]),
    ):
        tab.mode.show_key(mode)
        drag(tab, *ends)
        assert chosen(session) == expected, mode


def test_ends_are_typed_with_points_or_commas_and_nonsense_is_said(tab: DistributionPanel, session: Session) -> None:
    QTest.keyClicks(tab.low, "2,5")
    QTest.keyClicks(tab.high, "4.0")
    QTest.keyClick(tab.high, Qt.Key.Key_Return)
    assert chosen(session) == [3, 4]
    tab.high.clear()
    press(tab.giver)
    assert chosen(session) == list(range(3, 24))
    for text, said in (("many", "from a number to a number"), ("1", "The range is empty")):
        tab.high.setText(text)
        press(tab.giver)
        assert said in tab.note.text()


def test_keys_move_the_range(tab: DistributionPanel, session: Session) -> None:
    QTest.keyClick(tab.histogram, Qt.Key.Key_Right)
    assert chosen(session) == [0, 1, 2, 3, 4]
    for _ in range(5):
        QTest.keyClick(tab.histogram, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert chosen(session) == [*range(7)] or chosen(session) == [*range(1, 7)]
    QTest.keyClick(tab.histogram, Qt.Key.Key_Escape)
    assert tab.histogram.range is None


def test_what_is_selected_elsewhere_is_seen_in_the_bars(tab: DistributionPanel, session: Session) -> None:
    before = tab.histogram.grab().toImage()
    session.selection = np.arange(24) < 3
    assert tab.histogram.grab().toImage() != before


def test_cumulative_curves_come_by_the_classes_of_the_colour(tab: DistributionPanel, session: Session) -> None:
    session.colour = "treatment"
    tab.drawn.show_key("cumulative")
    tab.drawn.chosen.emit("cumulative")
    before = tab.histogram.grab().toImage()
    press(tab.by_colour)
    assert tab.histogram.grab().toImage() != before
    assert all(f"&nbsp;{name}" in tab.note.text() for name in "ABC")
    drag(tab, 4.5, 9.5)
    assert chosen(session) == [5, 6, 7, 8, 9]


def test_doses_stand_on_a_logarithmic_axis_with_zero_at_its_left_end() -> None:
    doses = np.array([0.0, 0.03, 0.3, 3.0, 30.0, np.nan])
    shown = Distribution.of(doses, "concentration", "µM", doses=True)
    assert shown.logarithmic
    np.testing.assert_allclose(shown.places[:5], [np.log10(0.03) - 0.5, *np.log10(doses[1:5])])
    assert shown.within(0, 0.5).tolist() == [True, True, True, False, False, False]
    assert shown.counts().sum() == 5
    assert shown.cumulated()[-1] == 1.0
    assert not Distribution.of(np.array([-1.0, 1e6]), "score").logarithmic
    assert not Distribution.of(np.array([1.0, 50.0]), "cells").logarithmic


def test_undo_and_redo_are_buttons_and_keys(panel: ExplorePanel, session: Session) -> None:
    assert not panel.undo.back.isVisible()
    session.selection = np.arange(24) < 3
    actions.annotate(session, "few")
    assert panel.undo.back.text() == "Undo annotation"
    press(panel.undo.back)
    assert session.items is not None
    assert "annotation" not in session.items.table
    assert not panel.undo.back.isVisible()
    press(panel.undo.again)
    assert (actions.names_of(session.items) == "few").sum() == 3
    # Without a window manager no window has the focus, so that keys cannot be sent: what they are bound to is called.
    pressed = {shortcut.key().toString(): shortcut.activated for shortcut in panel.findChildren(QShortcut)}
    pressed["U"].emit()
    assert "annotation" not in session.items.table
    pressed["Shift+U"].emit()
    assert (actions.names_of(session.items) == "few").sum() == 3


def test_where_the_map_lies_is_a_colour(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    said: list[str] = []
    session.told.connect(said.append)
    action = next(one for one in panel.projector.button.menu().actions() if one.text() == "Where this map lies")
    action.trigger()
    qtbot.waitUntil(lambda: session.colour == "false (umap)", timeout=20_000)
    assert session.items is not None
    assert session.items.table["lost (umap)"].between(0, 1).all()
    assert "a random map does 50%" in said[-1]
