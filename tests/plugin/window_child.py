"""A window of its own process: opens panels by napari's menu and prints how large everything is, as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import napari
from napari.settings import get_settings
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QApplication, QMenu, QScrollArea, QTabBar, QTabWidget

PANELS = ("Screen", "Cells", "Train", "Runs", "Explore", "Attention", "Scores", "Treatments")
DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def main() -> None:
    theme, pictures = sys.argv[1:]
    get_settings().appearance.theme = theme
    viewer = napari.Viewer(show=True)
    window = viewer.window._qt_window
    room = QGuiApplication.primaryScreen().availableGeometry()
    window.setGeometry(room)
    spin()
    before = [window.width(), window.height()]
    found = {}
    for name in PANELS:
        trigger(viewer.window.plugins_menu, name)
        spin()
        panel = next(w for title, w in viewer.window.dock_widgets.items() if title.startswith(name))
        found[name] = {"window": [window.width(), window.height()], "panel": [panel.width(), panel.height()]}
        if pictures:
            window.grab().save(str(Path(pictures) / f"{name}.png"))
    tabs = len(window.tabifiedDockWidgets(panel.parent()))
    cut = [name for bar in window.findChildren(QTabBar, options=DIRECT) for name in cut_names(bar)]
    narrow = {name: overhang(viewer.window.dock_widgets[name]) for name in list(viewer.window.dock_widgets)}
    seen = {"before": before, "found": found, "tabs": tabs, "cut": cut, "overhang": narrow}
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    viewer.close()


def trigger(menu: QMenu, title: str) -> None:
    """Choose the panel in the menu of plugins, wherever napari has put it."""
    for action in menu.actions():
        below = action.menu()
        if below is not None:
            below.aboutToShow.emit()
            trigger(below, title)
        elif action.text().replace("&", "").partition(" (")[0] == title:
            action.trigger()


def cut_names(bar: QTabBar) -> list[str]:
    """Name the tabs that are too short for their names, lying or standing."""
    sizes = {bar.tabText(number): bar.tabRect(number) for number in range(bar.count())}
    room = {name: max(size.width(), size.height()) for name, size in sizes.items()}
    return [name for name, length in room.items() if length < bar.fontMetrics().horizontalAdvance(name)]


def overhang(panel: object) -> int:
    """Give how many pixels of a panel of 380 x 480 can only be seen by scrolling sideways, in any of its tabs."""
    dock = panel.parent()
    dock.setFloating(True)
    panel.setFixedSize(380, 480)
    worst = 0
    for tabs in [*panel.findChildren(QTabWidget), None]:
        for number in range(1 if tabs is None else tabs.count()):
            if tabs is not None:
                tabs.setCurrentIndex(number)
            spin(3)
            areas = [area for area in panel.findChildren(QScrollArea) if area.isVisible() and area.widget()]
            worst = max([worst, *(area.widget().width() - area.viewport().width() for area in areas)])
    return worst


def spin(times: int = 12) -> None:
    for _ in range(times):
        QApplication.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    main()
