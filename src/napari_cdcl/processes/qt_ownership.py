"""How long Qt's objects live that belong to a viewer and to no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import finalize

from qtpy.QtCore import QCoreApplication

if TYPE_CHECKING:
    from qtpy.QtCore import QObject


def delete_with(viewer: Any, thing: QObject) -> None:
    """Let the application own an object, and delete it, in the window's thread, when the viewer is gone.

    A viewer lies in cycles of references, and Python's collector may run in any thread: what Python owned it would take
    apart there, where timers of another thread cannot be stopped, and the process would end.
    """
    thing.setParent(QCoreApplication.instance())
    finalize(viewer, thing.deleteLater).atexit = False
