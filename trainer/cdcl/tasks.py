"""A task is a generator of events that returns its result; closing it cancels it.

>>> from cdcl.events import Advanced
>>> def count(n):
...     for i in range(n):
...         yield Advanced(done=i + 1)
...     return n
>>> finish(count(3))
3
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

from cdcl.events import Event

Result = TypeVar("Result")

Task: TypeAlias = Generator[Event, None, Result]


def finish(task: Task[Result], on_event: Callable[[Event], object] | None = None) -> Result:
    """Run a task to its end, handing each event to `on_event`, and return its result."""
    while True:
        try:
            event = next(task)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if on_event is not None:
            on_event(event)


def tap(task: Task[Result], on_event: Callable[[Event], object]) -> Task[Result]:
    """Pass on the events of a task, each after it was handed to `on_event`; closing this closes the task."""
    try:
        while True:
            try:
                event = next(task)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            on_event(event)
            yield event
    finally:
        task.close()
