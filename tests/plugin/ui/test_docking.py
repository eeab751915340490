"""Where panels lie is remembered from sitting to sitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

from napari_cdcl.ui.docking import Docking

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot


class Panel(QWidget):
    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, 300)


class Sister(Panel):
    pass


def sitting(qtbot: QtBot) -> list[int]:
    """Open a window with two panels on its right, close it, and give the widths that the panels had."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    window.resize(1366, 768)
    window.show()
    docks, followed = [], []
    for panel in (Panel(), Sister()):
        dock = QDockWidget(type(panel).__name__, window)
        followed.append(Docking(panel, lambda widget: isinstance(widget, Panel)))
        dock.setWidget(panel)
        followed[-1].follow(dock)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.show()
        qtbot.wait(50)
        docks.append(dock)
    assert all(window.tabifiedDockWidgets(dock) for dock in docks)
    for one in followed:
        one.remember()
    widths = [dock.width() for dock in docks]
    window.close()
    return widths


def test_panels_in_tabs_keep_their_width_from_sitting_to_sitting(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, object] = {}
    monkeypatch.setattr("napari_cdcl.ui.docking.write_setting", kept.__setitem__)
    monkeypatch.setattr("napari_cdcl.ui.docking.read_setting", lambda key: kept.get(key, {}))
    first = sitting(qtbot)
    assert 300 < first[0] == first[1] < 400  # what was asked for, less the tabs
    # Without the tabs' width, 26 pixels were lost each time.
    assert [sitting(qtbot) for _ in range(3)] == [first] * 3
