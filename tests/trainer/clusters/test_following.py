"""What the two ends say to each other: pieces of files, states of a job, and nothing that leads elsewhere."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.cli import main
from cdcl.clusters.remote import sender
from cdcl.clusters.remote.follower import _Copy, _tell_end
from cdcl.clusters.remote.pieces import JobState, Piece, read_line
from cdcl.clusters.remote.sender import Sender, known_files
from cdcl.clusters.remote.submission import Submission, read_submission
from cdcl.errors import CDCLError, RunError
from cdcl.events import Ended, Event
from cdcl.runs import Run
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.tasks import Task


@pytest.mark.parametrize(
    "name",
    ["../config.toml", "/etc/passwd", "STOP", "RUNNING", "probes/../x.parquet", "checkpoints/1/state.pt", "log.csv\n"],
)
def test_other_files_are_not_taken(name: str) -> None:
    line = json.dumps({"name": name, "at": 0, "data": "", "size": 0})
    with pytest.raises(RunError, match="a file that is not followed"):
        read_line(line)


@given(st.one_of(st.text(max_size=50), st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists)))
@settings(deadline=None)
def test_whatever_is_sent_is_a_message_or_one_line(sent: object) -> None:
    line = sent if isinstance(sent, str) else json.dumps(sent)
    try:
        found = read_line(line)
    except CDCLError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(found, Piece | JobState)


def test_messages_come_back_as_they_were() -> None:
    for message in (Piece("log.csv", 3, b"\x00\xffabc", 8), JobState("RUNNING", "None", over=False)):
        assert read_line(message.line()) == message


def transfer(there: Run, here: Run, monkeypatch: pytest.MonkeyPatch, known: bool = True) -> int:
    """Send what is new once, as of a job that is over; give the bytes that were sent."""
    monkeypatch.setattr(sender, "job_state", lambda job: JobState("COMPLETED", over=True))
    copy, sent = _Copy(here, writes=True), 0
    for line in Sender(there, "1", known_files(here) if known else {}).lines():
        found = read_line(line)
        if isinstance(found, Piece):
            list(copy.take(found))
            sent += len(found.data)
    return sent


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
@settings(deadline=None, max_examples=40)
def test_log_is_the_same_however_it_grew_or_began_anew(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], anew: list[bool]
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    there, here = Run(folder / "there"), Run(folder / "here")
    there.folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for part, begins in zip(parts, anew, strict=False):
            with there.log.open("wb" if begins else "ab") as file:
                file.write(part)
            transfer(there, here, patch)
            assert (here.log.read_bytes() if here.log.exists() else b"") == there.log.read_bytes()


def test_only_what_is_new_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = Run(tmp_path / "there"), Run(tmp_path / "here")
    (there.folder / "probes").mkdir(parents=True)
    (there.folder / "checkpoints" / "5").mkdir(parents=True)
    there.log.write_bytes(b"a" * 100)
    there.snapshot(5).write_bytes(b"p" * 50)
    (there.checkpoints / "5" / "state.pt").write_bytes(b"s" * 1000)
    assert transfer(there, here, monkeypatch) == 150
    assert transfer(there, here, monkeypatch) == 0
    with there.log.open("ab") as file:
        file.write(b"b" * 7)
    assert transfer(there, here, monkeypatch) == 7
    there.snapshot(5).write_bytes(b"q" * 50)
    assert transfer(there, here, monkeypatch) == 50, "as long as before, but not the same"
    assert here.snapshot(5).read_bytes() == b"q" * 50


def test_log_that_was_cut_back_and_grew_past_its_old_end_is_sent_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = Run(tmp_path / "there"), Run(tmp_path / "here")
    there.folder.mkdir()
    monkeypatch.setattr(sender, "job_state", lambda job: JobState("RUNNING"))
    monkeypatch.setattr(sender, "INTERVAL", 0.01)
    copy, ends = _Copy(here, writes=True), Sender(there, "1", {})
    lines = ends.lines()

    def take_until_same() -> None:
        while not here.log.exists() or here.log.read_bytes() != there.log.read_bytes():
            found = read_line(next(lines))
            if isinstance(found, Piece):
                list(copy.take(found))

    there.log.write_text("step\n1\n2\n")
    take_until_same()
    there.log.write_text("step\n1\n7\n8\n9\n")
    take_until_same()
    assert here.log.read_text() == "step\n1\n7\n8\n9\n"


def test_nothing_is_written_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = Run(tmp_path / "there"), Run(tmp_path / "here")
    there.folder.mkdir()
    here.folder.mkdir()
    there.log.write_bytes(b"new")
    elsewhere = tmp_path / "mine.csv"
    elsewhere.write_bytes(b"ne")
    here.log.symlink_to(elsewhere)
    with pytest.raises(CDCLError):
        transfer(there, here, monkeypatch)
    assert elsewhere.read_bytes() == b"ne"


@pytest.mark.parametrize(
    ("state", "last", "well"),
    [
        ("COMPLETED", "done", True),
        ("COMPLETED", "stopped", True),
        ("CANCELLED", "stopped", True),
        ("GONE", "done", True),
        ("FAILED", "stopped", False),
        ("TIMEOUT", "done", False),
        ("COMPLETED", "failed", False),
    ],
)
def test_last_word_of_a_stretch_before_does_not_hide_a_failure(
    state: str, last: str, well: bool, tmp_path: Path
) -> None:
    run = Run(tmp_path)
    run.events.write_text(json.dumps({"time": 1.0, "event": "ended", "reason": last, "message": "as it was"}) + "\n")
    telling = _tell_end(JobState(state, "out of memory.", over=True), run)
    if well:
        assert finish_all(telling) == [Ended(last, "as it was")]
    else:
        with pytest.raises(RunError, match=rf"the job is over \({state.lower()}\): out of memory\.$"):
            finish_all(telling)


def finish_all(task: Task[None]) -> list[Event]:
    told: list[Event] = []
    finish(task, told.append)
    return told


def test_submission_is_read_back(tmp_path: Path) -> None:
    submission = Submission("me@head", "cdcl", "/runs/first", "42", 12.5, shared=True)
    submission.write(tmp_path / "run")
    assert read_submission(tmp_path / "run") == submission


@pytest.mark.parametrize(
    "change",
    [{"host": "-oProxyCommand=touch /tmp/x"}, {"job": "1; rm -rf /"}, {"host": None}, {"submitted": "x"}, {"run": ""}],
)
def test_submission_of_a_stranger_is_refused(
    change: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"host": "head", "cdcl": "cdcl", "run": "/r", "job": "1", "submitted": 0.0, **change}
    (tmp_path / "cluster.json").write_text(json.dumps(record))
    assert main(["follow", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_run_that_waits_in_a_queue_is_not_submitted_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Submission("head", "cdcl", str(tmp_path), "42", 0.0, shared=True).write(tmp_path)
    assert main(["submit", "head", "dino", "--screen", "/s", "--there", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "is a run already; take another name, or --resume" in capsys.readouterr().err


FAKE = """#!{python}
import subprocess, sys
sys.exit(subprocess.run(["sh", "-c", sys.argv[-1]], check=False).returncode)
"""


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ssh that runs the command here, and a folder on the PATH for a scheduler's commands."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "fake-ssh").write_text(FAKE.format(python=sys.executable))
    (tools / "fake-ssh").chmod(0o755)
    monkeypatch.setenv("CDCL_SSH", str(tools / "fake-ssh"))
    return tools


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-oProxyCommand=x", "dino", "--screen", "/s", "--there", "/r"], "the following arguments are required"),
        (["a b", "dino", "--screen", "/s", "--there", "/r"], "'a b' is no host for ssh"),
        (["head", "dino", "--screen", "s.csv", "--there", "/r"], "s.csv: name it as the cluster has it"),
        (["head", "dino", "--screen", "/s", "--there", "r"], "r: name the run's folder on the cluster from / on"),
        (["head", "dino", "--screen", "/s"], "where on the cluster?"),
        (["head", "dino", "--screen", "/s", "--there", "/r", "--map", "x"], "--map x: write HERE=THERE"),
        (["head", "dina", "--screen", "/s", "--there", "/r"], "Did you mean 'dino'?"),
        (["head", "dino", "--screen", "/s", "--there", "/r", "--cdcl", "/no/cdcl"], "head: "),
    ],
)
def test_order_that_cannot_be_is_one_line(
    arguments: list[str], said: str, ssh: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = [word.replace("/r", f"{tmp_path}/r") for word in arguments]
    assert main(["submit", *there, "--out", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()
