"""Tasks: events on the way, a result at the end, an orderly end when closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.events import Advanced, Event
from cdcl.tasks import finish, tap

if TYPE_CHECKING:
    from cdcl.tasks import Task


def count(n: int, log: list[str]) -> Task[int]:
    try:
        for number in range(n):
            yield Advanced(number + 1)
        return n
    finally:
        log.append("closed")


def test_finish_hands_on_every_event_and_the_result() -> None:
    seen: list[Event] = []
    assert finish(count(3, []), seen.append) == 3
    assert seen == [Advanced(1), Advanced(2), Advanced(3)]


def test_tap_shows_each_event_before_it_is_passed_on() -> None:
    seen: list[Event] = []
    for number, event in enumerate(tap(count(3, []), seen.append), start=1):
        assert seen[-1] is event
        assert len(seen) == number


def test_tap_gives_the_tasks_result() -> None:
    assert finish(tap(count(2, []), lambda _: None)) == 2


def test_closing_a_tap_closes_the_task() -> None:
    log: list[str] = []
    task = tap(count(3, log), lambda _: None)
    next(task)
    task.close()
    assert log == ["closed"]


def test_a_listener_that_fails_closes_the_task() -> None:
    log: list[str] = []

    def fail(_: Event) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        finish(tap(count(3, log), fail))
    assert log == ["closed"]
