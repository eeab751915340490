"""What the window says ends in a button for the next step; what goes wrong is a line, never napari's pop-up."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QGuiApplication, QShortcut
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMessageBox, QPushButton

from cdcl.errors import ScreenError
from cdcl.screen.tables import write_screen
from napari_cdcl import actions
from napari_cdcl.models.messages import Message, Offer
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.train.watch import WatchPart
from napari_cdcl.processes.jobs import Job
from napari_cdcl.runs.training_queue import Plan, TrainingQueue
from napari_cdcl.ui.defects import DEFECTS
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import napari
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_message_offers_its_next_step_and_the_next_message_takes_it_away(qtbot: QtBot, session: Session) -> None:
    line, done = MessageLine(session), []
    qtbot.addWidget(line)
    line.show()
    session.told.emit(Message("It is ready.", Offer("Show it", lambda: done.append("shown"))))
    assert [button.text() for button in line.offers] == ["Show it"]
    click(line.offers[0])
    assert done == ["shown"]
    session.told.emit("Something else.")
    assert (line.text(), line.offers) == ("Something else.", [])


@pytest.mark.gl
def test_explore_in_runs_shows_the_explore_panel(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_run: Run
) -> None:
    runs = open_panel("Runs")
    runs.folder.setText(str(small_run.folder.parent))
    runs.refresh()
    qtbot.waitUntil(lambda: runs.table.rowCount() > 0, timeout=20_000)
    runs.table.selectRow(0)
    click(runs.buttons["open"])
    qtbot.waitUntil(lambda: session_of(window).run is not None, timeout=20_000)
    shown = [name for name in window.window.dock_widgets if name.startswith("Explore")]
    assert len(shown) == 1
    explore = window.window.dock_widgets[shown[0]]
    qtbot.waitUntil(lambda: explore.isVisible(), timeout=5_000)
    assert len(explore.first.view.model) == 24


@pytest.mark.gl
def test_a_screen_that_came_before_any_panel_is_known_to_the_first_one(
    window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    window.open(small_screen.folder, plugin="napari-cdcl")
    open_panel("Train")
    assert len(session_of(window).screen or ()) == 24


def test_a_defect_in_a_slot_is_a_line_with_details_to_copy(qtbot: QtBot, viewer: ViewerModel) -> None:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    session = session_of(viewer)
    session.screen_changed.connect(lambda _screen: {}["missing"])
    panel.show()
    session.open(None)
    session.screen_changed.emit(None)
    assert "KeyError" in panel.message.text()
    click(panel.message.offers[0])
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert "Traceback" in clipboard.text()
    assert not [one for one in notification_manager.records if str(one.severity) == "error"]
    assert [type(error) for error in DEFECTS.seen] == [KeyError]
    DEFECTS.seen.clear()


BROKEN = """
import sys
print("before", file=sys.stderr)
from cdcl import cli
def perform(arguments):
    raise KeyError("no such thing")
cli._perform = perform
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="puts a shell script in Python's place")
def test_a_defect_in_a_child_process_is_a_line_with_details_to_copy(
    qtbot: QtBot, viewer: ViewerModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    launcher = tmp_path / "python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/broken.py "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setattr("napari_cdcl.processes.child.sys.executable", str(launcher))
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.show()
    job = Job(["score", "run"], panel)
    job.finished.connect(lambda _well, reason: session_of(viewer).told.emit(reason))
    with qtbot.waitSignal(job.finished, timeout=60_000):
        job.start()
    qtbot.waitUntil(lambda: bool(panel.message.offers))
    text = panel.message.text()
    assert "a process of the plugin (KeyError: 'no such thing'). Please report it" in text
    assert "lines above" not in text
    click(panel.message.offers[0])
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert "Traceback" in clipboard.text()
    assert "broken.py" in clipboard.text()
    assert clipboard.text().startswith("cdcl ")


def test_a_refusal_says_itself_and_is_no_defect(qtbot: QtBot, viewer: ViewerModel) -> None:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    button = QPushButton(panel)
    button.clicked.connect(_refuse)
    button.show()
    DEFECTS.report(ScreenError("no layout is known for this folder; describe its names."))
    assert panel.message.text() == "no layout is known for this folder; describe its names."
    assert panel.message.offers == []


def _refuse() -> None:
    raise ScreenError("no")


def test_a_training_that_waits_is_taken_back_by_its_button(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    queue = TrainingQueue()
    queue.waiting = [Plan(tmp_path / "one", ()), Plan(tmp_path / "two", ())]
    part = WatchPart(session, queue)
    qtbot.addWidget(part)
    part.show()
    assert [button.text() for button in part.withdrawers] == ["Take back one", "Take back two"]
    click(part.withdrawers[0])
    assert [plan.folder.name for plan in queue.waiting] == ["two"]
    assert part.waiting.text() == "waiting: two"
    assert [button.text() for button in part.withdrawers] == ["Take back two"]


@pytest.mark.parametrize(("title", "goes"), [("Stay", False), ("Go on without saving", True)])
def test_names_without_a_run_are_asked_for_before_they_are_lost(
    qtbot: QtBot, viewer: ViewerModel, small_screen: Screen, title: str, goes: bool
) -> None:
    session = session_of(viewer)
    session.open(small_screen)
    assert may_go(session, None)
    session.selection = session.selection | True
    actions.annotate(session, "odd")
    seen: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box.text())
        click(next(button for button in box.buttons() if button.text() == title))  # type: ignore[arg-type]

    QTimer.singleShot(200, answer)
    assert may_go(session, None) is goes
    assert seen == ["The names are not saved."]


def test_letters_do_nothing_while_a_drop_down_or_table_has_the_focus(qtbot: QtBot, viewer: ViewerModel) -> None:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    letters = [key for key in panel.findChildren(QShortcut) if len(key.key().toString()) == 1]
    assert len(letters) >= 4
    for widget in (panel.first.colour_chooser, panel.annotate.name, panel.compare.table):
        application.focusChanged.emit(panel.first.view.canvas, widget)  # as Qt does; Xvfb has no window manager
        assert not any(key.isEnabled() for key in letters if key.parent() is panel)
    application.focusChanged.emit(panel.first.colour_chooser, panel.first.view.canvas)
    assert all(key.isEnabled() for key in letters)


def answer_next(title: str, seen: list[str]) -> None:
    """Press a button of the question that comes next."""

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(100, answer)
            return
        seen.append(box.text())
        click(next(button for button in box.buttons() if button.text() == title))  # type: ignore[arg-type]

    QTimer.singleShot(100, answer)


def name_something(session: Session) -> None:
    session.selection = session.selection | True
    actions.annotate(session, "odd")
    assert session.unsaved


def menu_action(viewer: napari.Viewer, menu: str, title: str) -> Any:
    top = next(one for one in viewer.window._qt_window.menuBar().actions() if one.text().replace("&", "") == menu)
    top.menu().aboutToShow.emit()
    return next(one for one in top.menu().actions() if one.text().replace("&", "") == title)


@pytest.mark.gl
@pytest.mark.parametrize("way", ["Exit", "Close Window"])
def test_the_menu_asks_before_names_are_lost(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen, way: str
) -> None:
    open_panel("Screen")
    session, seen = session_of(window), []
    session.open(small_screen)
    name_something(session)
    main = window.window._qt_window
    main.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is main, timeout=5_000)
    answer_next("Stay", seen)
    menu_action(window, "File", way).trigger()
    assert seen == ["The names are not saved."]
    assert window.window._qt_window.isVisible()
    session.unsaved.clear()


@pytest.mark.gl
@pytest.mark.parametrize(("title", "num"), [("Stay", 24), ("Go on without saving", 2)])
def test_what_napari_opens_itself_asks_before_names_are_lost(
    qtbot: QtBot,
    window: napari.Viewer,
    open_panel: Callable[[str], Any],
    small_screen: Screen,
    tmp_path: Path,
    title: str,
    num: int,
) -> None:
    open_panel("Screen")
    session, seen = session_of(window), []
    session.open(small_screen)
    name_something(session)
    other = small_screen.take([0, 13])
    write_screen(other, tmp_path / "screen.csv")
    answer_next(title, seen)
    window.open(tmp_path, plugin="napari-cdcl")
    qtbot.waitUntil(lambda: bool(seen), timeout=5_000)
    qtbot.waitUntil(lambda: len(window.layers) == 2)
    assert seen == ["The names are not saved."]
    assert len(session.screen or ()) == num
    assert window.layers[0].data.shape[0] == num
    assert bool(session.unsaved) is (title == "Stay")
    session.unsaved.clear()


def test_a_panel_does_not_offer_to_show_itself(qtbot: QtBot, viewer: ViewerModel, small_run: Run) -> None:
    explore, screen = ExplorePanel(viewer), ScreenPanel(viewer)
    for panel in (explore, screen):
        qtbot.addWidget(panel)
        panel.show()
    actions.open_source(session_of(viewer), small_run.folder)
    assert explore.message.text() == screen.message.text() == "Opened run “small”: 24 fields; 24 sites."
    assert [button.text() for button in screen.message.offers] == ["Show Explore"]
    assert explore.message.offers == []


@pytest.mark.gl
def test_rings_of_cells_are_drawn_only_while_their_panel_is_in_front(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    cells = open_panel("Cells")
    cells.source.source.show_key("tiles")
    screen = open_panel("Screen")
    qtbot.waitUntil(lambda: cells.visibleRegion().isEmpty())
    session_of(window).open(small_screen)
    qtbot.wait(500)
    assert len(window.layers) == 2
    dock = cells.parent()
    dock.raise_()
    qtbot.waitUntil(lambda: len(window.layers) == 4, timeout=10_000)
    screen.parent().raise_()
    qtbot.waitUntil(lambda: len(window.layers) == 2, timeout=10_000)
