"""The end here: a run folder that grows as the one on the cluster does, and passes on the wish to stop."""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors
from cdcl.clusters.remote.host import last_line, unreached
from cdcl.clusters.remote.pieces import IN_ORDER, LINE, LOGS, JobState, Piece, read_line
from cdcl.clusters.remote.sender import known_files
from cdcl.errors import RunError
from cdcl.events import Ended, Said, Warned, Wrote
from cdcl.runs.sweeping import refuse_links
from cdcl.runs.tail import last_ended, parse_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdcl.clusters.remote.submission import Submission
    from cdcl.events import Event
    from cdcl.runs import Run
    from cdcl.tasks import Task

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds before a lost connection is tried again, doubled each time: a laptop sleeps for hours."""

_TICK = 0.5
"""Seconds between two looks for STOP."""


def follow(submission: Submission, run: Run) -> Task[None]:
    """Keep `run` as the cluster has it until the job is over; a lost connection is taken up again.

    The caller holds the run's lock. Closing this leaves the job alone.

    Raises
    ------
    RunError
        If the job is over and its run did not end in order.
    """
    refuse_links(run)
    pause = FIRST_PAUSE
    while True:
        link = _Link(submission, run)
        try:
            state = yield from link.follow()
        finally:
            link.close()
        if state is not None:
            yield from _tell_end(state, run)
            return
        pause = FIRST_PAUSE if link.heard else min(2 * pause, LONGEST_PAUSE)
        yield Warned(f"{link.why} Trying again in {pause:.0f} s; the job goes on without us.")
        time.sleep(pause)


def _tell_end(state: JobState, run: Run) -> Task[None]:
    ended = last_ended(run.events) if state.state in IN_ORDER and run.events.exists() else None
    if ended is not None and ended.reason in ("done", "stopped"):
        for step in run.checkpoint_steps()[-1:]:
            yield Wrote("checkpoint", str(run.checkpoints / str(step)))
        yield ended
        return
    if state.state == "CANCELLED" and not run.log.exists():
        yield Ended("stopped", "the job left the queue before its first step")
        return
    why = f": {state.reason.rstrip('.')}" if state.reason not in ("", "None") else ""
    raise RunError(f"the job is over ({state.state.lower()}){why}.")


class _Link:
    """One connection to the cluster's end."""

    def __init__(self, submission: Submission, run: Run) -> None:
        self._submission, self._run = submission, run
        self._copy = _Copy(run, writes=not submission.shared)
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=64)
        # A pipe that nobody reads would fill, and stop the other end.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = self._connect()
        self._asked = False
        self.heard = False
        self.why = ""

    def _connect(self) -> subprocess.Popen[str]:
        host = self._submission.place
        host.check()
        send = " ".join([host.cdcl, "send", shlex.quote(self._submission.run), "--job", str(self._submission.job)])
        try:
            process = subprocess.Popen(
                host.command(send), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
        except FileNotFoundError as error:
            raise RunError("there is no ssh on this machine; install OpenSSH's client.") from error
        self._say(process, json.dumps(known_files(self._run)))
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with suppress(ValueError):
            while line := process.stdout.readline(LINE):
                if line.startswith("{"):  # a login may print a greeting first
                    self._lines.put(line)
        self._lines.put(None)

    def _say(self, process: subprocess.Popen[str], line: str) -> None:
        assert process.stdin is not None
        with suppress(OSError, ValueError):
            process.stdin.write(line + "\n")
            process.stdin.flush()

    def follow(self) -> Task[JobState | None]:
        """Take what comes; the state of a job that is over, or None where the connection ended before."""
        while True:
            self._pass_on_stop()
            try:
                line = self._lines.get(timeout=_TICK)
            except queue.Empty:
                continue
            if line is None:
                self._explain()
                return None
            found = read_line(line)
            self.heard = True
            if isinstance(found, Piece):
                yield from self._copy.take(found)
            elif found.over:
                return found
            else:
                yield Said(f"job {self._submission.job}: {found.state.lower()}{_reason(found)}")

    def _pass_on_stop(self) -> None:
        if not self._run.asked_to_stop() or self._asked:
            return
        self._say(self._process, "stop")
        if self._submission.shared:
            self._asked = True  # the file is the job's own, which takes it away
        else:
            self._run.clear_stop()

    def _explain(self) -> None:
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read()[-4096:].decode("utf-8", "replace")
        host = self._submission.host
        self.why = (
            unreached(host, said) if self._process.returncode == 255 else f"{host}: {last_line(said) or 'it hung up'}."
        )
        if self._process.returncode == 2:
            raise RunError(f"{host}: {last_line(said)}")

    def close(self) -> None:
        """Hang up; the other end then ends too."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.close()
        self._errors.close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)


def _reason(state: JobState) -> str:
    return f" ({state.reason})" if state.reason not in ("", "None") else ""


class _Copy:
    """Files that arrive in pieces; one that is replaced is whole before it takes the old one's place."""

    def __init__(self, run: Run, *, writes: bool) -> None:
        self._run, self._writes = run, writes
        self._rest = ""
        self._told = run.events.stat().st_size if run.events.is_file() else 0

    def take(self, piece: Piece) -> Iterator[Event]:
        """Write a piece, and give the events that it brought."""
        if self._writes:
            self._write(piece)
        if piece.name == "events.jsonl":
            yield from self._events(piece)

    def _write(self, piece: Piece) -> None:
        path = self._run.folder / piece.name
        part = path.with_name(f".{path.name}.arriving")
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if piece.at == 0:
                part.unlink(missing_ok=True)
            target = path if piece.name in LOGS and piece.at > 0 and not part.exists() else part
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(target, flags, 0o666), "wb") as file:
                file.seek(piece.at)
                file.truncate()
                file.write(piece.data)
            if target is part and piece.at + len(piece.data) == piece.size:
                part.replace(path)

    def _events(self, piece: Piece) -> Iterator[Event]:
        """Give what is new; a file that began anew, or was known before, is not told again."""
        if piece.at == 0 and self._told > 0:
            self._told = min(self._told, piece.size)
        news = piece.data[max(0, self._told - piece.at) :]
        self._told = max(self._told, piece.at + len(piece.data))
        *lines, self._rest = (self._rest + news.decode("utf-8", "replace")).split("\n")
        for line in lines:
            found = parse_event(line)
            if found is not None and not isinstance(found[1], Ended):
                yield found[1]
