"""One training a run folder: a file names the process that is at work, and dies with it."""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors
from cdcl.errors import RunError
from cdcl.runs.processes import process_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SILENT_SECONDS = 600.0
"""A process of another machine, whose pulse cannot be felt from here, is taken for dead after so long a silence."""

_UNNAMED_SECONDS = 5.0
"""A lock without a name is being written now, or its writer died while it wrote."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that a lock names: its number, its machine, and when it began."""

    pid: int
    host: str
    started: str

    @classmethod
    def me(cls) -> Owner:
        """Name this process."""
        return cls(os.getpid(), socket.gethostname(), process_start(os.getpid()))

    def lives(self, silence: float) -> bool:
        """Tell whether the process is alive; `silence` is for how many seconds its lock was not touched."""
        if self.host != socket.gethostname():
            return silence < SILENT_SECONDS
        return self.started != "" and process_start(self.pid) == self.started


def is_locked(path: Path) -> bool | None:
    """Tell whether a living process holds the lock; False where its owner died, None where there is no lock."""
    try:
        silence = time.time() - path.stat().st_mtime
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    owner = _parse(text)
    return silence < _UNNAMED_SECONDS if owner is None else owner.lives(silence)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at `path`; one whose owner died is taken over.

    Raises
    ------
    RunError
        If another process holds it.
    """
    while is_locked(path) is False:
        _bury(path)
    try:
        with disk_errors(path), path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(asdict(Owner.me())))
    except FileExistsError as error:
        raise _occupied(path) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def refuse_if_locked(path: Path) -> None:
    """Raise a `RunError` if a living process holds the lock."""
    if is_locked(path):
        raise _occupied(path)


def _occupied(path: Path) -> RunError:
    owner = _read(path)
    who = f"process {owner.pid} on {owner.host}" if owner else "another process"
    return RunError(
        f"{path.parent} is being trained by {who}; wait for it, or create {path.parent / 'STOP'} to end it."
    )


def _bury(path: Path) -> None:
    """Remove a dead owner's lock; of several processes that try one does, and none removes a living owner's."""
    grave = path.with_name(f".{path.name}.{os.getpid()}.dead")
    with disk_errors(path), suppress(FileNotFoundError):
        path.rename(grave)
        if is_locked(grave):
            with suppress(OSError):
                os.link(grave, path)
        grave.unlink()


def _read(path: Path) -> Owner | None:
    with suppress(FileNotFoundError):
        return _parse(path.read_text(encoding="utf-8"))
    return None


def _parse(text: str) -> Owner | None:
    try:
        return Owner(**json.loads(text))
    except (ValueError, TypeError):
        return None
