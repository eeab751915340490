"""The end on the cluster: looks at a run's files and its job, and sends what is new."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from cdcl.clusters.remote.pieces import IN_ORDER, LOGS, PIECE, JobState, Piece, is_followed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cdcl.runs import Run

INTERVAL = 2.0
"""Seconds between two looks: a stat of a dozen files, and a question to the queue each `QUEUE_EVERY`."""

QUEUE_EVERY = 5
"""Looks between two questions to SLURM's queue, whose daemon many people ask."""

_PATTERNS = (
    *("config.toml", "screen.parquet", "cells.parquet", "environment.json", "intensities.json", "illumination.json"),
    "checksums.txt",
    *("probes/*.parquet", *LOGS),
)


class Sender:
    """Sends a run's files, those that are known at the other end only where they changed.

    Parameters
    ----------
    run
        The run's folder.
    job
        Its number in the queue.
    known
        Of each file that the other end has, its size and the SHA-256 of its bytes.
    """

    def __init__(self, run: Run, job: str, known: Mapping[str, tuple[int, str]]) -> None:
        self._run, self._job, self._known = run, job, known
        self._sent: dict[str, tuple[int, int]] = {}
        self._tails: dict[str, bytes] = {}
        self.gone = threading.Event()

    def lines(self) -> Iterator[str]:
        """Give lines to send, until the job is over or the other end is gone."""
        told, looks = None, 0
        while not self.gone.is_set():
            # Asked before the files are looked at: what an ended job wrote is then there.
            state = job_state(self._job) if looks % QUEUE_EVERY == 0 else told
            looks += 1
            if state is not None and state.over:
                yield from self._changed([*_PATTERNS, *self._newest_weights()])
                yield self._explained(state).line()
                return
            yield from self._changed(_PATTERNS)
            if state is not None and state != told:
                told = state
                yield state.line()
            self.gone.wait(INTERVAL)

    def ask_to_stop(self) -> None:
        """End the run at its next step; a job that still waits leaves the queue."""
        state = job_state(self._job)
        if state.state == "PENDING":
            subprocess.run(["scancel", self._job], capture_output=True, check=False)
        elif not state.over:
            self._run.ask_to_stop()

    def _newest_weights(self) -> list[str]:
        steps = self._run.checkpoint_steps()
        return [f"checkpoints/{steps[-1]}/weights.*"] if steps else []

    def _changed(self, patterns: list[str] | tuple[str, ...]) -> Iterator[str]:
        for pattern in patterns:
            for path in sorted(self._run.folder.glob(pattern)):
                with suppress(OSError):
                    yield from self._pieces(path)

    def _pieces(self, path: Path) -> Iterator[str]:
        name = path.relative_to(self._run.folder).as_posix()
        status = path.stat()
        now = (status.st_size, status.st_mtime_ns)
        if self._sent.get(name) == now or not is_followed(name) or path.is_symlink():
            return
        at = self._start(path, name, status.st_size)
        if status.st_size == 0:
            yield Piece(name, 0, b"", 0).line()
        with path.open("rb") as file:
            tail = _before(file, at)
            while at < status.st_size:
                data = file.read(min(PIECE, status.st_size - at))
                if not data:
                    return
                yield Piece(name, at, data, status.st_size).line()
                at += len(data)
                tail = (tail + data)[-_TAIL:]
        self._sent[name], self._tails[name] = now, tail

    def _start(self, path: Path, name: str, size: int) -> int:
        """Give the byte to send from: a log grows, and another file is sent whole where it is not known as it is."""
        if name in self._sent:
            known = self._sent[name][0]
            # A run that goes on from an older checkpoint cuts its log back first, and writes other lines there.
            if name not in LOGS or size < known:
                return 0
            with path.open("rb") as file:
                return known if _before(file, known) == self._tails[name] else 0
        known, digest = self._known.get(name, (0, ""))
        if known > size or (known < size and name not in LOGS):
            return 0
        return known if _digest(path, known) == digest else 0

    def _explained(self, state: JobState) -> JobState:
        """Add the end of the job's output, where the run did not end in order: it may never have begun."""
        if state.state in IN_ORDER and self._run.events.exists() and self._run.status() in ("done", "stopped"):
            return state
        outputs = sorted(self._run.folder.parent.glob(f"*-{self._job}.out"))
        if not outputs:
            return state
        with suppress(OSError):
            lines = [line for line in outputs[-1].read_text(errors="replace")[-4096:].splitlines() if line.strip()]
            errors = [line for line in lines if line.startswith("cdcl: error: ")]
            return JobState(state.state, (errors or lines or [""])[-1].removeprefix("cdcl: error: "), over=True)
        return state


_TAIL = 256
"""Bytes before the end of what was sent, looked at again: more than a line of the log, which no two steps share."""


def _before(file: IO[bytes], place: int) -> bytes:
    """Give the last bytes before a place in a file, and stand there."""
    file.seek(max(0, place - _TAIL))
    return file.read(min(place, _TAIL))


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (data := file.read(min(PIECE, size))):
            digest.update(data)
            size -= len(data)
    return digest.hexdigest()


def known_files(run: Run) -> dict[str, tuple[int, str]]:
    """Describe the files that this end has of a run."""
    paths = [path for pattern in _PATTERNS for path in run.folder.glob(pattern) if path.is_file()]
    return {
        path.relative_to(run.folder).as_posix(): (path.stat().st_size, _digest(path, path.stat().st_size))
        for path in paths
    }


def job_state(job: str) -> JobState:
    """Ask SLURM's queue about a job; one that it no longer knows is over."""
    asked = ["squeue", "--noheader", "--jobs=" + str(job), "--states=all", "--format=%T|%r"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return JobState("UNKNOWN", f"squeue does not answer ({error})")
    line = (done.stdout.strip().splitlines() or [""])[0]
    state, _, reason = line.partition("|")
    if done.returncode and "Invalid job id" not in done.stderr:
        return JobState("UNKNOWN", (done.stderr.strip().splitlines() or ["squeue does not answer"])[-1])
    return JobState(state or "GONE", reason, over=state in ("", *_ENDS))


_ENDS = (
    *("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "BOOT_FAIL", "DEADLINE"),
    *("PREEMPTED", "REVOKED"),
)
"""States after which a job does not come back by itself."""
