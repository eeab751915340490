"""Lets a child process go without anybody waiting for it."""

from __future__ import annotations

import atexit
from contextlib import suppress
from typing import TYPE_CHECKING

from qtpy.QtCore import QCoreApplication, QObject, QProcess, QTimer

if TYPE_CHECKING:
    import tempfile

GRACE = 1500
"""Milliseconds that a child is given to end by itself, and then again between two attempts to end it by force."""
LAST_WAIT = 2000
"""Milliseconds that the application's end waits for a child that was ended by force."""


class Shutdown(QObject):
    """Asks a child to end, ends it by force after a while, and takes its folder away when it is gone.

    It belongs to the application, so that a panel can close meanwhile; when the application ends, so does the child.

    Parameters
    ----------
    process
        A child that nobody listens to any more.
    folder
        What the child wrote into.
    """

    def __init__(self, process: QProcess, folder: tempfile.TemporaryDirectory[str] | None = None) -> None:
        application = QCoreApplication.instance()
        super().__init__(application)
        self._process, self._folder = process, folder
        process.setParent(self)
        _AT_WORK.add(self)
        process.finished.connect(self._part)
        process.errorOccurred.connect(self._part_if_never_there)
        self._timer = QTimer(self)
        self._timer.setInterval(GRACE)
        self._timer.timeout.connect(process.kill)
        if application is not None:
            application.aboutToQuit.connect(self.hurry)

    def begin(self) -> None:
        """Ask the child to end; returns at once."""
        if self._process.state() == QProcess.ProcessState.NotRunning:
            self._part()
            return
        self._process.closeWriteChannel()
        self._process.terminate()
        self._timer.start()

    def hurry(self) -> None:
        """End the child now."""
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(LAST_WAIT)

    def _part_if_never_there(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._part()

    def _part(self, *_ended: object) -> None:
        _AT_WORK.discard(self)
        self._timer.stop()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()
        self.deleteLater()


_AT_WORK: set[Shutdown] = set()


@atexit.register
def _end_with_python() -> None:
    """End the children whose time of grace Python's own end cuts short: Qt says nothing then, or said it before."""
    if QCoreApplication.instance() is None:
        return
    for shutdown in list(_AT_WORK):
        with suppress(RuntimeError):  # Qt has deleted it already
            shutdown.hurry()
