"""When a panel ends, and what ends with it: however its dock is closed, and with its viewer."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from qtpy.QtCore import QCoreApplication, QEvent, QObject, QTimer
from qtpy.QtWidgets import QDockWidget

from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.ui.links import Links, is_alive

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

    from napari_cdcl.ui.panel import Panel


class Ownership(QObject):
    """Watches the dock and the window of one panel.

    napari closes a dock in three ways, and no panel's `closeEvent` runs in any of them: the cross takes the panel out
    and deletes the dock, the hide button and the menu only hide it, and the window takes all docks apart. A hidden
    panel is told to `pause`, and to `resume` when it is shown; one that was taken out is told to `end` and deleted.
    """

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._dock: QDockWidget | None = None
        # Neither the window nor a timer of Qt's own may keep what they own alive: napari looks for leaks.
        self._window_ref: Callable[[], QWidget | None] = _nothing
        self._afterwards = QTimer(self)
        self._afterwards.setSingleShot(True)
        self._afterwards.timeout.connect(self._after_close)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(panel.end)
        _OWNERS.add(self)

    def follow(self, parent: object) -> None:
        """Take note that the panel has another parent."""
        if isinstance(parent, QDockWidget):
            self._dock = parent
            parent.installEventFilter(self)
            # Qt does not hide a dock that lies behind another tab, it moves it away: only this signal tells.
            parent.visibilityChanged.connect(self._on_visibility)
        elif parent is None and self._dock is not None:
            self._dock = None
            self._panel.end()
            self._panel.deleteLater()

    def _on_visibility(self, visible: bool) -> None:
        if is_alive(self) and is_alive(self._panel):
            self._panel.set_in_front(visible)

    def watch(self, window: QWidget) -> None:
        """Watch the window that holds the panel: it closes without asking its parts."""
        if window is not self._panel and window is not self._window_ref():
            self._window_ref = ref(window)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the dock and the window; nothing is kept from them."""
        panel, kind = getattr(self, "_panel", None), event.type()
        if panel is None or not is_alive(panel) or panel.ended:
            return False
        if watched is self._dock and kind == QEvent.Type.Hide and self._dock.isHidden():
            panel.set_paused(True)  # a tab that lies behind another one is not hidden
        elif watched is self._dock and kind == QEvent.Type.Show:
            panel.set_paused(False)
        elif watched is self._window_ref() and kind == QEvent.Type.Close:
            panel.set_paused(True)  # the closing may yet be refused: then it is taken up again
            self._afterwards.start(0)
        return False

    def end_panel(self) -> None:
        """End the panel, whatever holds it."""
        if is_alive(self._panel):
            self._panel.end()

    def _after_close(self) -> None:
        window = self._window_ref()
        if window is not None and is_alive(window) and window.isVisible():
            self._panel.set_paused(False)
        else:
            self._panel.end()


_OWNERS: WeakSet[Ownership] = WeakSet()


@atexit.register
def _end_with_python() -> None:
    """End what a script has left open or closed without an event loop, in the order in which it hangs together.

    Nothing is ever deleted later then, and PyQt, whose turn comes next, deletes each object by itself: parts before
    what holds them, which ends in a segmentation fault now and then.
    """
    if QCoreApplication.instance() is None:
        return
    for owner in list(_OWNERS):
        if is_alive(owner):
            owner.end_panel()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _nothing() -> None:
    """Stand for a window that is not there yet."""


def end_parts(panel: QWidget) -> None:
    """Cut a panel's links to the session, stop its timers and threads, and let its child processes go."""
    for part in (panel, *panel.findChildren(QObject)):
        if not is_alive(part):  # it went with one that was ended just now, as a process's notifiers do
            continue
        links = getattr(part, "_links", None)
        if isinstance(links, Links):
            links.cut()
        if isinstance(part, BackgroundWorker):
            part.stop()
        elif isinstance(part, Job):
            part.leave()
        elif isinstance(part, QTimer):
            part.stop()
