"""What a run's events.jsonl keeps, and the status that follows from it."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING

import pytest

from cdcl.errors import RunError
from cdcl.events import Advanced, Began, Ended, Event, Measured, Said
from cdcl.runs import Run, read_events, record
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.tasks import Task


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def work(*events: Event, fail: BaseException | None = None) -> Task[str]:
    yield from events
    if fail is not None:
        raise fail
    return "result"


def noted(run: Run) -> list[Event]:
    return [event for _, event in read_events(run)]


def test_events_are_passed_on_and_kept_with_their_time(run: Run) -> None:
    events = [Began("train", 3), Measured(0, {"loss": 1.5}), Said("hello"), Ended("done", "done at step 3")]
    seen: list[Event] = []
    before = time.time()
    assert finish(record(work(*events), run), seen.append) == "result"
    assert seen == events == noted(run)
    times = [moment for moment, _ in read_events(run)]
    assert times == sorted(times)
    assert before - 1 < times[0] <= times[-1] < time.time() + 1


def test_every_line_is_one_json_object(run: Run) -> None:
    finish(record(work(Said('quotes " and\nnewlines'), Ended()), run))
    lines = [json.loads(line) for line in run.events.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["said", "ended"]


def test_advances_are_thinned_but_the_last_before_anything_else_is_kept(run: Run) -> None:
    many = [Advanced(number) for number in range(1, 1001)]
    finish(record(work(Began("train"), *many, Said("half"), *many, Ended()), run))
    kept = noted(run)
    assert len(kept) < 20
    assert kept[kept.index(Said("half")) - 1] == Advanced(1000)
    assert kept[-2:] == [Advanced(1000), Ended()]


@pytest.mark.parametrize(
    ("last", "fail", "status"),
    [
        (Ended("done"), None, "done"),
        (Ended("stopped"), None, "stopped"),
        (Ended("done"), RunError("the loss was not finite"), "failed"),
        (Ended("done"), ZeroDivisionError("oh"), "failed"),
        (Ended("done"), KeyboardInterrupt(), "stopped"),
    ],
)
def test_status_follows_from_how_the_task_ended(last: Ended, fail: BaseException | None, status: str, run: Run) -> None:
    task = record(work(last, fail=fail), run)
    if fail is None:
        finish(task)
    else:
        with pytest.raises(type(fail)):
            finish(task)
    assert run.status() == status
    assert not run.running.exists()


def test_failure_is_kept_in_words(run: Run) -> None:
    with pytest.raises(RunError):
        finish(record(work(fail=RunError("the loss was not finite")), run))
    assert noted(run) == [Ended("failed", "the loss was not finite")]


def test_run_is_running_while_its_task_works_and_stopped_when_it_is_closed(run: Run) -> None:
    task = record(work(Began("train"), Advanced(1), Advanced(2)), run)
    next(task)
    assert run.status() == "running"
    task.close()
    assert run.status() == "stopped"


def test_second_task_in_one_run_is_refused(run: Run) -> None:
    first = record(work(Began("train"), Advanced(1)), run)
    next(first)
    with pytest.raises(RunError, match="is being trained by process"):
        finish(record(work(), run))
    assert run.status() == "running"
    first.close()


def test_task_that_is_never_begun_locks_nothing(run: Run) -> None:
    record(work(), run).close()
    assert not run.running.exists()


def test_run_whose_lock_outlived_its_process_has_crashed(run: Run) -> None:
    finish(record(work(Ended("done")), run))
    run.running.write_text(json.dumps({"pid": 1, "host": socket.gethostname(), "started": "never"}))
    assert run.status() == "crashed"


def test_line_that_a_kill_cut_short_is_passed_over_and_closed_off(run: Run) -> None:
    finish(record(work(Said("first")), run))
    with run.events.open("a") as file:
        file.write('{"time": 1.0, "event": "sa')
    finish(record(work(Said("second"), Ended("stopped")), run))
    assert noted(run) == [Said("first"), Said("second"), Ended("stopped")]
    assert run.status() == "stopped"


def test_run_without_events_is_stopped(run: Run) -> None:
    assert run.status() == "stopped"
    assert noted(run) == []


def test_status_of_a_long_history_reads_its_end(run: Run) -> None:
    line = '{"time": 1.0, "event": "said", "message": "' + "x" * 1000 + '"}\n'
    run.events.write_text(line * 500 + '{"time": 2.0, "event": "ended", "reason": "done", "message": ""}\n')
    assert run.status() == "done"
