"""A sitting at napari, a process of its own: submits a training and leaves, or comes back, finds it and stops it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
from hands import answer, press
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDialogButtonBox, QMessageBox

from cdcl.runs import Run
from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.train.cluster_dialog import ClusterDialog
from napari_cdcl.runs.folders import remember_runs_folder
from napari_cdcl.runs.training_queue import training_queue_of

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 120.0


def main() -> None:
    part, folder, *more = sys.argv[1:]
    remember_runs_folder(Path(folder) / "runs")
    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
    found = submit(viewer, Path(folder), *more) if part == "submit" else come_back(viewer, Path(folder))
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def submit(viewer: napari.Viewer, folder: Path, host: str, command: str) -> dict[str, Any]:
    """Set up, submit, see the first steps, close the window and let it train."""
    setup = open_panel(viewer, "Train").setup
    actions.open_source(session_of(viewer), next(folder.glob("screen.*")))
    setup.recipes.choose(str(folder / "tiny.toml"))
    wait_until(setup.starting.submit.isEnabled, "Submit to be offered")

    def fill(dialog: ClusterDialog) -> None:
        for line, text in ((dialog.host, host), (dialog.cdcl, command), (dialog.here, str(folder))):
            line.clear()
            QTest.keyClicks(line, text)
        press(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok))

    run = Run(folder / "runs" / setup.starting.name.text())
    answer(ClusterDialog, fill)
    press(setup.starting.submit)
    wait_until(lambda: count_lines(run) > 3, lambda: f"the first steps: {setup.starting.message.text()}")
    follower = training_queue_of(viewer).current._child.pid
    answered = answer(QMessageBox, lambda box: press(named(box, "Keep training")))
    viewer.close()
    return {"run": str(run.folder), "follower": follower, "asked": answered}


def come_back(viewer: napari.Viewer, folder: Path) -> dict[str, Any]:
    """Find the run in Runs, watch it go on, and stop it."""
    panel = open_panel(viewer, "Runs")
    wait_until(lambda: panel.table.rowCount() == 1, "the list of runs")
    status, entry = panel.table.item(0, 1).text(), panel.table.entries[0]
    QTest.mouseClick(
        panel.table.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        panel.table.visualItemRect(panel.table.item(0, 0)).center(),
    )
    wait_until(panel.buttons["watch"].isEnabled, "Watch to be offered")
    press(panel.buttons["watch"])
    train = next(w for title, w in viewer.window.dock_widgets.items() if title.startswith("Train"))
    watch = train.watch
    wait_until(lambda: watch.progress.value() > 0, "its steps")
    before = watch.progress.value()
    wait_until(lambda: watch.progress.value() > before, "more of its steps")
    title, picture = watch.title.text(), folder / "found-again.png"
    rest = time.monotonic() + 1.0
    wait_until(lambda: time.monotonic() > rest, "the window to rest")
    viewer.window._qt_window.grab().save(str(picture))
    press(watch.stop)
    wait_until(lambda: entry.run.status() == "stopped", "its end")
    wait_until(lambda: "stopped" in watch.title.text(), lambda: watch.title.text())
    curves = sorted(watch.curves.shown)
    viewer.close()
    return {"status": status, "title": title, "watched": train.tabs.currentWidget() is train.watched, "curves": curves}


def open_panel(viewer: napari.Viewer, name: str) -> Any:
    """Open a panel as the menu does."""
    dock, panel = viewer.window.add_plugin_dock_widget("napari-cdcl", name)
    dock.show()
    return panel


def named(box: QMessageBox, text: str) -> Any:
    """Give the button of a question."""
    return next(button for button in box.buttons() if button.text().replace("&", "") == text)


def count_lines(run: Run) -> int:
    return len(run.log.read_text().splitlines()) if run.log.exists() else 0


def wait_until(true: Callable[[], object], what: str | Callable[[], str]) -> None:
    """Let the window work until something is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what if isinstance(what, str) else what()
        QApplication.processEvents()
        time.sleep(0.02)


if __name__ == "__main__":
    main()
