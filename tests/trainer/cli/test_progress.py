"""How events are shown: a bar, lines, JSON, or nothing."""

from __future__ import annotations

import io
from argparse import Namespace
from typing import TYPE_CHECKING

import pytest

from cdcl.atomic import write_text
from cdcl.cli.progress import Bar, JsonLines, Lines, Silence, line_of, make_reporter, run_task
from cdcl.cli.tables import align
from cdcl.errors import RunError
from cdcl.events import Advanced, Began, Ended, Event, Measured, Said, Warned, Wrote, from_json

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.tasks import Task

STORY = [
    Began("train", 4),
    Advanced(1),
    Said("partners: none"),
    Measured(1, {"loss": 3.25}),
    Advanced(2),
    Warned("collapse"),
    Advanced(4),
    Wrote("checkpoint", "run/checkpoints/4"),
    Ended("stopped", "stopped at step 4 of 9"),
    Wrote("scores", "run/scores.csv"),
]


def tell(*events: Event) -> Task[int]:
    yield from events
    return 7


def shown_by(kind: type[Bar] | type[Lines], **options: float) -> str:
    stream = io.StringIO()
    reporter = kind(stream, **options)
    for event in STORY:
        reporter.show(event)
    reporter.close()
    return stream.getvalue()


def test_bar_shows_rate_loss_and_what_is_said() -> None:
    shown = shown_by(Bar)
    assert "train: 100%" in shown
    assert "4/4" in shown
    assert "step/s" in shown
    assert "loss 3.25" in shown
    for line in ("partners: none", "warning: collapse", "stopped at step 4 of 9", "wrote scores: run/scores.csv"):
        assert line in shown
    assert "checkpoints" not in shown


def test_bar_of_unknown_length_still_counts() -> None:
    stream = io.StringIO()
    bar = Bar(stream)
    for event in (Began("wait", None, "second"), Advanced(3, "for another"), Ended()):
        bar.show(event)
    assert "3 second" in stream.getvalue()


def test_lines_come_now_and_then() -> None:
    assert "train:" not in shown_by(Lines, seconds=1000)
    lines = shown_by(Lines, seconds=0).splitlines()
    assert [line.split(",")[0] for line in lines if line.startswith("train:")] == [
        "train: 1/4 step",
        "train: 2/4 step",
        "train: 4/4 step",
    ]
    assert lines[-1] == "wrote scores: run/scores.csv"
    assert "loss 3.25" in next(line for line in lines if line.startswith("train: 4/4"))


def test_line_says_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("cdcl.cli.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    lines = Lines(stream)
    lines.show(Began("train", 1000))
    for step in range(501, 521):
        now[0] += 1.0
        lines.show(Advanced(step))
    # 20 steps in 20 s since the run went on at 500, not 520 steps.
    assert stream.getvalue().splitlines()[-1] == "train: 520/1000 step, 1 a second, 8:00 left"


def test_a_rate_of_many_at_once_counts_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("cdcl.cli.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    lines = Lines(stream)
    lines.show(Began("embed", 128, "field"))
    for done in (32, 64, 96):
        now[0] += 16.0
        lines.show(Advanced(done))
    assert stream.getvalue().splitlines() == [
        "embed: 32/128 field",  # how many there were at the start is not known yet
        "embed: 64/128 field, 2 a second, 0:32 left",
        "embed: 96/128 field, 2 a second, 0:16 left",
    ]


def test_json_lines_are_all_events() -> None:
    stream = io.StringIO()
    reporter = JsonLines(stream)
    for event in STORY:
        reporter.show(event)
    assert [from_json(line) for line in stream.getvalue().splitlines()] == STORY


def test_only_what_is_worth_a_line_gets_one() -> None:
    assert [line_of(event) for event in STORY if line_of(event)] == [
        "partners: none",
        "warning: collapse",
        "stopped at step 4 of 9",
        "wrote scores: run/scores.csv",
    ]


@pytest.mark.parametrize("events", [True, False])
def test_what_took_the_place_of_another_is_told_to_programs_too(
    events: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scores.csv"
    heard = []
    for text in ("one", "two"):
        write_text(path, text)
        run_task(tell(Wrote("scores", str(path))), Namespace(events=events))
        shown = capsys.readouterr()
        heard.append(shown.out if events else shown.err)
    if events:
        assert [from_json(line) for line in "".join(heard).splitlines()] == [
            Wrote("scores", str(path)),
            Wrote("scores", str(path), replaced=True),
        ]
    else:
        assert heard[1] == heard[0].rstrip() + ", in place of the one before\n"


def test_other_ranks_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert isinstance(make_reporter(Namespace(events=True)), Silence)
    monkeypatch.setenv("RANK", "0")
    assert isinstance(make_reporter(Namespace(events=True)), JsonLines)


def test_task_gives_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_task(tell(*STORY), Namespace(events=False)) == 7


def test_failing_task_is_told_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Task[None]:
        yield Said("before")
        raise RunError("no way")

    with pytest.raises(RunError):
        run_task(fail(), Namespace(events=True))
    assert from_json(capsys.readouterr().out.splitlines()[-1]) == Ended("failed", "no way")


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("outlives", [True, False])
def test_task_ends_with_its_reader_unless_it_outlives_it(outlives: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Gone())
    if outlives:
        assert run_task(tell(*STORY), Namespace(events=True), outlives_reader=True) == 7
    else:
        with pytest.raises(BrokenPipeError):
            run_task(tell(*STORY), Namespace(events=True))


def test_table_sets_numbers_to_the_right_and_texts_to_the_left() -> None:
    rows = [["first", "3.20", "ok"], ["b", "10.05", "also ok"], ["long name", "-", ""]]
    assert align(["name", "loss", "note"], rows).splitlines() == [
        "name        loss  note",
        "first       3.20  ok",
        "b          10.05  also ok",
        "long name      -",
    ]


def test_a_training_says_that_it_is_done_and_an_error_is_not_said_twice() -> None:
    assert line_of(Ended("done", "done at step 9 of 9")) == "done at step 9 of 9"
    assert line_of(Ended("stopped")) == "stopped"
    assert (line_of(Ended()), line_of(Ended("failed", "no disk"))) == ("", "")
