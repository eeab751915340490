"""Work in background threads, whose results come back to the window's thread."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import finalize

from qtpy.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 15
"""Milliseconds between looks at what is finished; there are none while nothing is under way."""


class _Task(NamedTuple):
    future: Future[Any]
    done: Callable[[Any], object]
    failed: Callable[[Exception], object]


class BackgroundWorker(QObject):
    """Sends functions to threads and hands their results over in the thread of the window.

    The threads know nothing of Qt: a timer looks at what they have finished. Exceptions arrive like results, whatever
    their kind.
    """

    def __init__(self, parent: QObject | None = None, *, workers: int = 1) -> None:
        super().__init__(parent)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="cdcl")
        self._tasks: list[_Task] = []
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._collect)
        finalize(self, self._threads.shutdown, wait=False, cancel_futures=True)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return bool(self._tasks)

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Run `work` in a thread, then `done` with its result or `failed` with its exception, here."""
        self._tasks.append(_Task(self._threads.submit(work), done, failed or _raise))
        self._timer.start()

    def forget(self) -> None:
        """Drop what waits, and the results of what is under way."""
        for task in self._tasks:
            task.future.cancel()
        self._tasks.clear()
        self._timer.stop()

    def stop(self) -> None:
        """Forget everything and let the threads end."""
        self.forget()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _collect(self) -> None:
        finished = [task for task in self._tasks if task.future.done()]
        self._tasks = [task for task in self._tasks if not task.future.done()]
        if not self._tasks:
            self._timer.stop()
        for task in finished:
            try:
                error = task.future.exception()
            except CancelledError:
                continue
            if error is None:
                task.done(task.future.result())
            elif isinstance(error, Exception):
                task.failed(error)
            else:
                raise error


def _raise(error: Exception) -> None:
    raise error
