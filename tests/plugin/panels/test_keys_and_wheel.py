"""Without a mouse: every control has a name and Tab goes on. With one: the wheel changes no closed control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QScrollBar,
    QWidget,
)

from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.attention.panel import AttentionPanel
from napari_cdcl.panels.cells.panel import CellsPanel
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.panels.scores.panel import ScoresPanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.panels.treatments.panel import TreatmentsPanel
from napari_cdcl.ui.accessible import CONTROLS
from napari_cdcl.ui.fold import Fold

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run

PANELS = (ScreenPanel, CellsPanel, TrainPanel, RunsPanel, ExplorePanel, AttentionPanel, ScoresPanel, TreatmentsPanel)


@pytest.fixture(params=PANELS, ids=lambda kind: kind.__name__)
def panel(qtbot: QtBot, small_run: Run, request: pytest.FixtureRequest, viewer: ViewerModel) -> QWidget:
    """A panel with a run open and all that folds unfolded."""
    panel = request.param(viewer)
    qtbot.addWidget(panel)
    actions.open_source(session_of(viewer), small_run.folder)
    panel.show()
    for fold in panel.findChildren(Fold):
        fold.open()
    qtbot.wait(10)
    return panel


def test_the_wheel_over_a_control_changes_nothing(qtbot: QtBot, panel: QWidget) -> None:
    """Also of those in menus that pop up, and in tabs and dialogs that are not open."""
    controls = [one for one in panel.findChildren(QWidget) if is_set_by_hand(one)]
    for control in controls:
        before = value_of(control)
        for by in (120, -120, -120):
            turn_wheel(control, by)
        assert value_of(control) == before, control.toolTip()
    assert controls or isinstance(panel, ScoresPanel)


def is_set_by_hand(widget: QWidget) -> bool:
    if isinstance(widget, QScrollBar):
        return False
    return isinstance(widget, QComboBox | QAbstractSpinBox | QAbstractSlider)


def value_of(control: Any) -> object:
    return control.currentIndex() if isinstance(control, QComboBox) else control.value()


def turn_wheel(control: QWidget, by: int) -> None:
    """Send what Qt sends when the wheel turns over the middle of a control."""
    middle = QPointF(control.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(control.mapToGlobal(control.rect().center())),
        QPoint(0, 0),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(control, event)


def test_every_control_has_a_name_for_screen_readers(panel: QWidget) -> None:
    beside = {id(label.buddy()) for label in panel.findChildren(QLabel) if label.buddy() is not None}
    silent = []
    for control in panel.findChildren(QWidget):
        if not isinstance(control, CONTROLS) or is_part_of_another(control):
            continue
        own = isinstance(control, QAbstractButton) and any(letter.isalpha() for letter in control.text())
        if not (own or control.accessibleName() or id(control) in beside):
            silent.append(f"{type(control).__name__} in {type(control.parent()).__name__}")
    assert silent == []


def is_part_of_another(control: QWidget) -> bool:
    """Tell what Qt builds itself: scroll bars, fields of spin boxes, lists of combo boxes, corners of tables."""
    if isinstance(control, QScrollBar) or control.objectName().startswith(("qt_", "ScrollLeft", "ScrollRight")):
        return True
    up = control.parent()
    while isinstance(up, QWidget):
        if isinstance(up, QComboBox | QAbstractSpinBox | QAbstractSlider | QAbstractItemView):
            return True
        up = up.parent()
    return False


def test_tab_goes_through_the_whole_panel_and_leaves_every_part(qtbot: QtBot, panel: QWidget) -> None:
    first = next(one for one in panel.findChildren(QWidget) if takes_focus(one))
    first.setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    while (now := panel.window().focusWidget()) is not None and now not in seen and len(seen) < 400:
        seen.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    assert len(seen) > 1
    assert panel.window().focusWidget() is seen[0], "Tab is trapped"


def takes_focus(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled()


def focus_and_type(qtbot: QtBot, widget: QWidget, letter: str) -> None:
    """Press a key as the window system does: with the focus where it is."""

    def has_focus() -> bool:
        # Asked for again: a window of the tests that run beside these on the same display takes it away.
        if QApplication.focusWidget() is not widget:
            widget.window().activateWindow()
            widget.setFocus()
        return QApplication.focusWidget() is widget

    qtbot.waitUntil(has_focus, timeout=10_000)
    qtbot.keyClick(widget, getattr(Qt.Key, f"Key_{letter}"))


@pytest.mark.gl
@pytest.mark.parametrize(("letter", "tool"), [("L", "lasso"), ("R", "rectangle")])
def test_a_letter_chooses_a_tool_in_the_scatter_but_not_while_a_list_or_drop_down_has_the_focus(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_run: Run, letter: str, tool: str
) -> None:
    panel = open_panel("Explore")
    actions.open_source(session_of(window), small_run.folder)
    view, pan = panel.first.view, panel.first.view.toolbar.action("pan")
    for widget in (view.legend.list, view.legend.search, panel.first.colour_chooser, panel.profiles):
        widget.show()
        focus_and_type(qtbot, widget, letter)
        assert pan.isChecked(), type(widget).__name__
    focus_and_type(qtbot, view.canvas, letter)
    assert view.toolbar.action(tool).isChecked()


@pytest.mark.gl
def test_letters_of_the_selection_rest_while_a_list_or_table_has_the_focus(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_run: Run
) -> None:
    panel = open_panel("Explore")
    session = session_of(window)
    actions.open_source(session, small_run.folder)
    session.selection = np.arange(24) < 3
    before = session.selection
    panel.tabs.show_page(panel.compare)
    panel.compare.table.setRowCount(1)
    for widget in (panel.first.view.legend.list, panel.compare.column, panel.compare.table):
        for letter in "SATNIFD":
            focus_and_type(qtbot, widget, letter)
        assert session.aside is None
        assert (session.selection == before).all()
        assert panel.tabs.page is panel.compare
        assert not panel.first.view.toolbar.action("density").isChecked()
    focus_and_type(qtbot, panel.first.view.canvas, "A")
    assert session.aside is not None
