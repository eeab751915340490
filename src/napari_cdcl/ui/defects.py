"""What goes wrong in a slot of ours becomes a line in the window that says what to do, never a pop-up with a traceback.

Python hands what no slot has caught to `sys.excepthook`, and napari's own hook shows it as a notification with its
traceback. Ours stands before it, for exceptions that passed through our code, and hands on all others.
"""

from __future__ import annotations

import sys
import traceback
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from psygnal import EmitLoopError
from qtpy.QtCore import QTimer
from qtpy.QtGui import QGuiApplication

from cdcl.errors import CDCLError
from napari_cdcl.models.messages import Message, Offer
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.child_defects import CHILD_DEFECTS

if TYPE_CHECKING:
    from types import TracebackType

    from napari_cdcl.models.session import Session

OURS = ("napari_cdcl", "cdcl")
MOST = 20
"""So many of the last defects are kept, for whoever looks for them (our tests do)."""


class DefectWatch:
    """Tells the sessions of all windows what went wrong.

    Attributes
    ----------
    seen
        The last defects; refusals that the user can mend are none.
    """

    def __init__(self) -> None:
        self.seen: deque[BaseException] = deque(maxlen=MOST)
        self._sessions: WeakSet[Session] = WeakSet()
        CHILD_DEFECTS.found.connect(self.report_child)
        self._before: Any = sys.__excepthook__

    def watch(self, session: Session) -> None:
        """Tell a session from now on."""
        if session not in self._sessions:
            self._sessions.add(session)
            session.failed.connect(self.report)
        self._install()
        # napari puts its hook in place when its event loop begins, which may be after a script has docked a panel.
        QTimer.singleShot(0, self._install)

    def report(self, error: BaseException) -> None:
        """Say in a line what went wrong; a refusal says itself how to mend it."""
        error = _cause_of(error)
        if isinstance(error, CDCLError) or (isinstance(error, OSError) and error.errno):
            self._tell(words_of(error))  # a disk that is full or a file that is gone is no defect
            return
        self.seen.append(error)
        details = "".join(traceback.format_exception(error))
        sys.stderr.write(details)
        what = " ".join(str(error).split()) or "no more is known"
        self._tell(
            Message(
                f"Something went wrong in the plugin ({type(error).__name__}: {what}). What you did last may not be "
                "complete; the window goes on. Please report it.",
                _offer(details),
            )
        )

    def report_child(self, line: str, details: str) -> None:
        """Say what went wrong in a child process, with its traceback to copy."""
        self._tell(Message(line, _offer(details)))

    def _tell(self, line: str) -> None:
        for session in list(self._sessions):
            session.told.emit(line)

    def _install(self) -> None:
        if sys.excepthook != self._hear:
            self._before = sys.excepthook
            sys.excepthook = self._hear

    def _hear(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception) and _is_ours(error, trace) and len(self._sessions):
            self.report(error)
        else:
            self._before(kind, error, trace)


def _is_ours(error: BaseException, trace: TracebackType | None) -> bool:
    """Tell whether an exception has passed through a module of ours."""
    frames = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(trace)]
    cause = _cause_of(error)
    frames += [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(cause.__traceback__)]
    return any(name.partition(".")[0] in OURS for name in frames)


def _cause_of(error: BaseException) -> BaseException:
    """Give what a listener has raised, out of what psygnal wraps it in."""
    while isinstance(error, EmitLoopError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _offer(details: str) -> Offer:
    return Offer("Copy details", partial(_copy, details), "Copy the traceback, to paste it into a report.")


def _copy(text: str) -> None:
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


DEFECTS = DefectWatch()
"""The one watch of this process; exceptions come to one hook."""
