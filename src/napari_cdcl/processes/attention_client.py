"""A child process that keeps a model loaded and answers the window's questions on attention."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from cdcl.attention import READY, Question, read_answer, write_question
from cdcl.errors import CDCLError
from cdcl.events import Advanced, Answered, Began, Refused, Said, from_json
from napari_cdcl.models.window_words import in_window
from napari_cdcl.preferences import device_arguments, read_preferences
from napari_cdcl.processes.child import NEVER_STARTED, Child, explain_end
from napari_cdcl.processes.child_defects import CHILD_DEFECTS

MENDABLE = 2
"""Exit status of a child that was asked for what cannot be had; its last line says how to mend it."""
MINUTE = 60_000
"""Milliseconds."""


@dataclass(frozen=True)
class Asked:
    """A question on a field of the screen that a run was trained on, or of another."""

    run: Path
    row: int
    question: Question
    screen: Path | None = None


class AttentionClient(QObject):
    """Answers one question at a time, the newest first: what was asked in between is forgotten.

    The child starts with the first question and stays until `release`, another run is asked, nothing was asked for as
    long as the preferences say, or the window closes. If it dies, the reason is told and the next question starts
    another.
    """

    answered = Signal(object, object)
    """Asked and Attention."""
    refused = Signal(str)
    """Why there is no answer, in a line for the user."""
    told = Signal(str)
    """What the child is doing: "loading the model", "ready", ... or "" when there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._child: Child | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._served: tuple[Path, Path | None] | None = None
        self._ready = False
        self._number = 0
        self._waiting: Asked | None = None
        self._asked: Asked | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self.release)

    @property
    def alive(self) -> bool:
        """Whether a child holds a model in memory."""
        return self._child is not None

    def ask(self, asked: Asked) -> None:
        """Ask; `answered` or `refused` follows, unless something newer is asked meanwhile."""
        self._waiting = asked
        if self._served != (asked.run, asked.screen):
            self.release()
            self._waiting = asked
            self._start(asked)
        elif self._ready and self._asked is None:
            self._send()

    def release(self) -> None:
        """Let the child go, and the memory it holds; nothing waits for it."""
        child, self._child = self._child, None
        folder, self._folder = self._folder, None
        self._served = self._waiting = self._asked = None
        self._ready = False
        self._idle.stop()
        if child is not None:
            child.leave(folder)
            child.deleteLater()
            self.told.emit("")

    def _start(self, asked: Asked) -> None:
        self._served = (asked.run, asked.screen)
        self._folder = tempfile.TemporaryDirectory(prefix="cdcl-", ignore_cleanup_errors=True)
        self._child = Child(self)
        self._child.said.connect(self._hear)
        self._child.ended.connect(self._end)
        screen = ["--screen", str(asked.screen)] if asked.screen else []
        self.told.emit("loading the model")
        self._child.start(["serve", str(asked.run), "--out", self._folder.name, *screen, *device_arguments()])

    def _send(self) -> None:
        asked, self._waiting = self._waiting, None
        if asked is None or self._child is None:
            return
        self._asked = asked
        self._idle.stop()
        self._number += 1
        self._child.write(write_question(self._number, asked.row, asked.question))
        self.told.emit("looking")

    def _hear(self, line: str) -> None:
        try:
            event = from_json(line)
        except CDCLError:
            return  # a library that prints
        if isinstance(event, Said) and event.message == READY:
            self._ready = True
            self.told.emit("ready")
            self._send()
        elif isinstance(event, Answered | Refused):
            self._close(event)
        elif isinstance(event, Began) and not self._ready:
            self.told.emit(event.task)
        elif isinstance(event, Advanced) and self._asked is not None and event.done > 1:
            self.told.emit(f"looking at tile {event.done}")

    def _close(self, event: Answered | Refused) -> None:
        asked, self._asked = self._asked, None
        self._begin_to_idle()
        newer = self._waiting is not None
        self.told.emit("ready")
        if isinstance(event, Answered):
            self._hand_over(Path(event.path), None if newer else asked)
        elif not newer:
            self.refused.emit(in_window(event.message))
        if self._asked is None:
            self._send()

    def _hand_over(self, path: Path, asked: Asked | None) -> None:
        """Read an answer and drop its file; one that was damaged on its way is as good as refused."""
        try:
            answer = read_answer(path)
        except CDCLError as error:
            self.refused.emit(in_window(str(error)))
            return
        finally:
            path.unlink(missing_ok=True)
        if asked is not None:
            self.answered.emit(asked, answer)

    def _begin_to_idle(self) -> None:
        minutes = read_preferences().release_after
        if minutes:
            self._idle.start(minutes * MINUTE)

    def _end(self, code: int) -> None:
        errors = self._child.errors if self._child else b""
        if code in (NEVER_STARTED, MENDABLE):
            self._say_goodbye(explain_end(code, errors))
        else:
            self._say_goodbye(
                f"The model's process has ended. {explain_end(code, errors)} Look again to start another."
            )
        CHILD_DEFECTS.look_at(code, errors)

    def _say_goodbye(self, reason: str) -> None:
        self.release()
        self.refused.emit(reason)
