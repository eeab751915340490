"""Where a panel lies in the window: in a tab beside the other panels, unless the user moved it somewhere else.

napari stacks the docks of plugins, and asks Qt to find the room: three panels make its window higher than a laptop's
display. So each panel joins the tab of its sisters the moment it is docked. Where the user puts it is remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QRect, Qt, QTimer
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget

from napari_cdcl.qt_settings import read_setting, write_setting
from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

ACROSS = Qt.Orientation.Horizontal
MOST_OF_WINDOW = 0.3
"""Share of the window's width that a dock takes at first, at most: the images are to keep their room."""
UPRIGHT = {
    Qt.DockWidgetArea.RightDockWidgetArea: QTabWidget.TabPosition.East,
    Qt.DockWidgetArea.LeftDockWidgetArea: QTabWidget.TabPosition.West,
}
"""Where tabs stand at the side: eight names abreast are cut off to "Sc…" and "Sc…" in a dock of 380 pixels."""


class Docking(QObject):
    """Follows one panel from dock to dock.

    Parameters
    ----------
    panel
        The widget that napari puts into a dock.
    is_sister
        Tells whether a widget is such a panel, too.
    """

    def __init__(self, panel: QWidget, is_sister: Callable[[object], bool]) -> None:
        super().__init__(panel)
        self._panel, self._is_sister = panel, is_sister
        self._dock: QDockWidget | None = None
        self._placed = False

    def follow(self, parent: object) -> None:
        """Take note that the panel has another parent: a dock, or none when the dock was closed."""
        if self._dock is not None and parent is not self._dock:
            self.remember()
            self._dock = None
        if isinstance(parent, QDockWidget) and parent is not self._dock:
            self._dock, self._placed = parent, False
            parent.setWindowTitle(parent.windowTitle().partition(" (")[0])  # tabs are narrow
            parent.dockLocationChanged.connect(self._place)
            parent.topLevelChanged.connect(self._on_moved)

    def remember(self) -> None:
        """Keep where the dock is."""
        dock, window = self._dock, self._window()
        if dock is None or window is None or not self._placed:
            return
        frame, beside = dock.geometry(), self._sisters(window, dock)
        tabbed = set(map(id, window.tabifiedDockWidgets(dock)))
        place = {
            "floating": dock.isFloating(),
            "frame": [frame.x(), frame.y(), frame.width() + self._tabs_beside(window, dock), frame.height()],
            "apart": bool(beside) and not any(id(sister) in tabbed for sister in beside),
        }
        write_setting(self._key, place)

    @property
    def _key(self) -> str:
        return f"places/{type(self._panel).__name__}"

    def _window(self) -> QMainWindow | None:
        if self._dock is None or not is_alive(self._dock):
            return None
        parent = self._dock.parent()
        return parent if isinstance(parent, QMainWindow) else None

    def _sisters(self, window: QMainWindow, dock: QDockWidget) -> list[QDockWidget]:
        area = window.dockWidgetArea(dock)
        return [
            other
            for other in window.findChildren(QDockWidget)
            if other is not dock
            and self._is_sister(other.widget())
            and not other.isFloating()
            and not other.isHidden()
            and window.dockWidgetArea(other) == area
        ]

    @staticmethod
    def _tabs_beside(window: QMainWindow, dock: QDockWidget) -> int:
        """Give the width that upright tabs took from the dock: it is asked for before the dock has any."""
        if dock.isFloating() or window.dockWidgetArea(dock) not in UPRIGHT or not window.tabifiedDockWidgets(dock):
            return 0
        title, bars = dock.windowTitle(), window.findChildren(QTabBar)
        own = [bar for bar in bars if title in [bar.tabText(number) for number in range(bar.count())]]
        return max((bar.width() for bar in own if bar.isVisible()), default=0)

    def _place(self, _area: object = None) -> None:
        """Bring a new dock to where the panel was last, or into the tab of its sisters."""
        dock, window = self._dock, self._window()
        if dock is None or window is None or self._placed:
            return
        self._placed = True
        place = _checked(read_setting(self._key))
        sisters = self._sisters(window, dock)
        area = window.dockWidgetArea(dock)
        if area in UPRIGHT:
            window.setTabPosition(area, UPRIGHT[area])
        if sisters and not place.get("apart"):
            window.tabifyDockWidget(sisters[-1], dock)
        # napari still stacks and un-floats the new dock after this signal: what it would undo waits for its end.
        QTimer.singleShot(0, lambda: self._settle(place) if is_alive(self) else None)

    def _settle(self, place: dict[str, Any]) -> None:
        dock, window = self._dock, self._window()
        if dock is None or window is None:
            return
        # Docks that were added in one go stood on one another before any of them was shown.
        below = [one for one in self._sisters(window, dock) if one.geometry().left() == dock.geometry().left()]
        if below and not place.get("apart") and not window.tabifiedDockWidgets(dock):
            window.tabifyDockWidget(below[-1], dock)
        frame = QRect(*place["frame"]) if "frame" in place else None
        if place.get("floating") and frame is not None:
            dock.setFloating(True)
            dock.setGeometry(_on_a_display(frame))
        elif not window.tabifiedDockWidgets(dock):
            asked = min(self._panel.sizeHint().width(), round(window.width() * MOST_OF_WINDOW))
            window.resizeDocks([dock], [asked if frame is None else frame.width()], ACROSS)
        dock.show()
        dock.raise_()

    def _on_moved(self, _floating: bool) -> None:
        QTimer.singleShot(0, lambda: self.remember() if is_alive(self) else None)


def _checked(place: Any) -> dict[str, Any]:
    """Give a remembered place, or an empty one where it makes no sense: the file is the user's."""
    frame = place.get("frame") if isinstance(place, dict) else None
    sound = isinstance(frame, list) and len(frame) == 4 and all(isinstance(part, int) for part in frame)
    return place if sound else {}


def _on_a_display(frame: QRect) -> QRect:
    """Move a frame onto a display that is there now, and make it no larger."""
    screen = QGuiApplication.screenAt(frame.center()) or QGuiApplication.primaryScreen()
    if screen is None:
        return frame
    room = screen.availableGeometry()
    size = frame.size().boundedTo(room.size())
    left = min(max(frame.left(), room.left()), room.right() - size.width() + 1)
    top = min(max(frame.top(), room.top()), room.bottom() - size.height() + 1)
    return QRect(left, top, size.width(), size.height())
