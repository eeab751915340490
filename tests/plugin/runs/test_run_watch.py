"""A run's folder, read while it grows: by hand, so that each line is known."""

from __future__ import annotations

import json
import math
import socket
import time
from typing import TYPE_CHECKING

import pytest

from cdcl.events import Advanced, Began, Ended, Event, Measured, Said, Warned, to_json
from cdcl.runs import Run
from cdcl.runs.lock import held
from napari_cdcl.runs.run_watch import KILLED, RunWatch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def note(run: Run, *events: Event, at: float) -> None:
    with run.events.open("a") as file:
        for event in events:
            file.write(json.dumps({"time": at, **json.loads(to_json(event))}) + "\n")


def test_curves_grow_line_by_line_and_a_cut_line_waits_for_its_end(run: Run) -> None:
    watch = RunWatch(run)
    assert watch.look().curves == {}
    run.log.write_text("step,seconds,loss\n0,0.1,2.5\n10,0.2,2.")
    assert watch.look().curves["loss"].values.tolist() == [2.5]
    with run.log.open("a") as file:
        file.write("25\n")
    curve = watch.look().curves["loss"]
    assert curve.steps.tolist() == [0, 10]
    assert curve.values.tolist() == [2.5, 2.25]


def test_a_log_that_is_cut_back_on_resuming_is_read_anew(run: Run) -> None:
    watch = RunWatch(run)
    run.log.write_text("step,seconds,loss\n0,0.1,2.5\n1,0.2,9\n2,0.2,9\n")
    watch.look()
    other = run.folder / "new"
    other.write_text("step,seconds,loss\n0,0.1,2.5\n1,0.2,1.5\n")
    other.replace(run.log)
    assert watch.look().curves["loss"].values.tolist() == [2.5, 1.5]


def test_a_new_watch_sees_the_whole_run(run: Run) -> None:
    run.log.write_text("step,seconds,loss\n" + "".join(f"{n},0.1,{n}\n" for n in range(100)))
    assert len(RunWatch(run).look().curves["loss"].steps) == 100


def test_damaged_lines_are_passed_over(run: Run) -> None:
    run.log.write_text("step,seconds,loss\n0,0.1,2\n1,0.\nnonsense\n2,0.2,3\n")
    run.events.write_text("{half a line\n" + json.dumps({"time": 1, **json.loads(to_json(Said("hello")))}) + "\n")
    glance = RunWatch(run).look()
    assert glance.curves["loss"].steps.tolist() == [0, 2]
    assert [note.text for note in glance.notes] == ["hello"]


def test_rate_and_time_left_are_those_of_the_last_minute(run: Run) -> None:
    now = time.time()
    note(run, Began("train", 1000), at=now - 500)
    for seconds, done in ((-400, 1), (-50, 100), (0, 200)):
        note(run, Advanced(done), at=now + seconds)
    glance = RunWatch(run).look()
    assert (glance.task, glance.done, glance.total) == ("train", 200, 1000)
    assert glance.rate == pytest.approx(2.0)
    assert glance.left == pytest.approx(400.0)


def test_a_stage_begins_with_no_rate(run: Run) -> None:
    note(run, Began("decode", 10), Advanced(1), Advanced(9), Began("train", 1000), at=time.time())
    glance = RunWatch(run).look()
    assert glance.done == 0
    assert math.isnan(glance.rate)


def test_validation_is_read_from_the_events_and_warnings_are_kept(run: Run) -> None:
    note(run, Measured(5, {"validation_accuracy": 0.5}), Warned("collapse"), at=1.0)
    note(run, Measured(10, {"validation_accuracy": 0.75, "loss": 1.0}), at=2.0)
    glance = RunWatch(run).look()
    assert glance.curves["validation_accuracy"].values.tolist() == [0.5, 0.75]
    assert [(line.text, line.warning) for line in glance.notes] == [("collapse", True)]
    assert glance.last("validation_accuracy") == 0.75
    assert math.isnan(glance.last("nothing"))


def test_a_run_whose_process_is_gone_has_crashed_and_never_runs(run: Run) -> None:
    note(run, Began("train", 10), at=time.time())
    run.running.write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname(), "started": "1"}))
    glance = RunWatch(run).look()
    assert (glance.status, glance.reason) == ("crashed", KILLED)
    assert not glance.live


def test_a_machine_that_slept_leaves_the_run_alive_and_silent(run: Run) -> None:
    note(run, Began("train", 10), Advanced(1), at=time.time() - 8 * 3600)
    with held(run.running):
        glance = RunWatch(run).look()
    assert glance.live
    assert glance.silence == pytest.approx(8 * 3600, abs=60)


def test_after_a_sleep_rate_and_time_left_are_those_of_before(run: Run) -> None:
    now = time.time()
    note(run, Began("train", 1000), at=now - 30_000)
    for second in range(20):
        note(run, Advanced(second), at=now - 29_000 + second)
    watch = RunWatch(run)
    assert watch.look().rate == pytest.approx(1.0)
    note(run, Advanced(20), at=now - 2)
    glance = watch.look()
    assert math.isnan(glance.left) or glance.left < 2000
    note(run, Advanced(21), at=now - 1)
    note(run, Advanced(22), at=now)
    assert watch.look().left == pytest.approx(978.0)


def test_steps_of_minutes_are_no_sleep(run: Run) -> None:
    now = time.time()
    note(run, Began("train", 100), at=now - 2000)
    for step in range(10):
        note(run, Advanced(step), at=now - 2000 + 200 * step)
    assert RunWatch(run).look().rate == pytest.approx(1 / 200)


def test_a_clock_that_is_set_back_spoils_no_rate(run: Run) -> None:
    now = time.time()
    note(run, Began("train", 100), at=now)
    for step in range(5):
        note(run, Advanced(step), at=now + 7200 + step)
    for step in range(5, 9):
        note(run, Advanced(step), at=now + step)
    glance = RunWatch(run).look()
    assert glance.rate == pytest.approx(1.0)
    assert glance.left == pytest.approx(92.0)
    assert glance.silence >= 0


def test_a_batch_that_fits_is_known_until_the_run_goes_on(run: Run) -> None:
    note(run, Began("train", 10), Measured(0, {"fitting_batch": 4}), Ended("failed", "too large"), at=1.0)
    watch = RunWatch(run)
    assert watch.look().fitting_batch == 4
    assert "fitting_batch" not in watch.look().curves
    note(run, Began("train", 10), at=2.0)
    assert watch.look().fitting_batch == 0
    note(run, Measured(0, {"fitting_micro_batch": 32}), Ended("failed", "too large"), at=5.0)
    assert (watch.look().fitting_batch, watch.look().fitting_micro_batch) == (0, 32)


def test_numbers_of_the_sample_become_curves(run: Run) -> None:
    note(run, Measured(0, {"probe_batch": 0.9}), Measured(20, {"probe_batch": 0.4}), at=1.0)
    note(run, Measured(20, {"probe_batch": 0.5}), at=2.0)  # once more after a resume
    assert RunWatch(run).look().curves["probe_batch"].values.tolist() == [0.9, 0.5]


def test_how_a_run_ended_is_its_reason(run: Run) -> None:
    note(run, Ended("failed", "the disk is full"), at=1.0)
    glance = RunWatch(run).look()
    assert (glance.status, glance.reason) == ("failed", "the disk is full")


def test_a_look_at_a_long_run_reads_and_builds_only_what_is_new(run: Run) -> None:
    run.log.write_text("step,seconds,loss\n" + "".join(f"{n},0.1,{n}\n" for n in range(50_000)))
    watch = RunWatch(run)
    before = watch.look().curves["loss"]
    assert watch.look().curves["loss"] is before  # nothing new: nothing is built
    with run.log.open("a") as file:
        file.write("50000,0.1,7\n")
    after = watch.look().curves["loss"]
    assert after.steps.base is before.steps.base  # no value was copied
    assert (len(before.steps), len(after.steps), after.values[-1]) == (50_000, 50_001, 7.0)
