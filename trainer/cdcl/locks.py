"""A lock is a file that names its holder: the operating system excludes, the name tells who it is.

On one machine `filelock` excludes, which the system lets go of when a process dies, however it dies. A process of
another machine, which a network drive may hide from it, is known by the pulse of its file.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from cdcl.atomic import disk_errors, write_text
from cdcl.bounded import read_json
from cdcl.errors import CDCLError
from cdcl.processes import process_start

if TYPE_CHECKING:
    from pathlib import Path

SILENT_SECONDS = 600.0
"""A process of another machine, whose pulse cannot be felt from here, is taken for dead after so long a silence."""

_MOST_BYTES = 4096
"""Ours take some hundred; a file that claims more is none of ours."""

_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)


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

    @property
    def is_here(self) -> bool:
        """Whether the process is, or was, one of this machine."""
        return self.host == socket.gethostname()

    def lives(self, silence: float) -> bool:
        """Tell whether the process is alive; `silence` is for how many seconds its lock was not touched."""
        if not self.is_here:
            # A time far ahead is no sign of life, either: another clock may be wrong, but not by so much.
            return abs(silence) < SILENT_SECONDS
        return self.started != "" and process_start(self.pid) == self.started


class Lock:
    """The file `path`, held by one living process; that of a dead one is taken over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard_path = path.with_name(f".{path.name}.lock")
        self._guard: FileLock | None = None
        self._holds = False

    def take(self) -> bool:
        """Take the lock; False where another living process has it.

        Raises
        ------
        DiskError
            If its place must not be written.
        """
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self._take_guard():
                return False
            owner = read_owner(self.path)
            # What this machine's dead left behind the guard has shown to be dead; others are asked for their pulse.
            if owner is not None and (self._guard is None or not owner.is_here) and is_locked(self.path):
                self._drop_guard()
                return False
            write_text(self.path, json.dumps(asdict(Owner.me())))
        self._holds = True
        return True

    def touch(self) -> None:
        """Show other machines that this process is alive."""
        with suppress(OSError):
            os.utime(self.path)

    def release(self) -> None:
        """Let the others go on."""
        if self._holds:
            self._holds = False
            with suppress(OSError):
                self.path.unlink()
            self._drop_guard()

    def _take_guard(self) -> bool:
        guard = FileLock(self._guard_path)
        try:
            guard.acquire(timeout=0)
        except Timeout:
            return False
        except (NotImplementedError, OSError) as error:
            if isinstance(error, OSError) and error.errno not in _WITHOUT_LOCKS:
                raise
            return True  # a network drive without locks: the file and its pulse must do
        self._guard = guard
        return True

    def _drop_guard(self) -> None:
        if self._guard is not None:
            # Removed while it is held: who has opened it meanwhile finds it gone, and opens the next.
            with suppress(OSError):
                self._guard_path.unlink()
            self._guard.release()
            self._guard = None


def sweep_lock(path: Path) -> None:
    """Remove what a process that was killed while it took or released the lock left; that of a living one stays."""
    with suppress(OSError):
        if path.exists() or path.with_name(f".{path.name}.lock").exists():
            lock = Lock(path)
            if lock.take():
                lock.release()


def is_locked(path: Path) -> bool | None:
    """Tell whether a living process holds the lock; False where its owner died, None where there is no lock."""
    try:
        silence = time.time() - path.stat().st_mtime
    except OSError:
        return None
    owner = read_owner(path)
    # The name comes with the file, in one move: a lock that names nobody has no living owner.
    return owner is not None and owner.lives(silence)


def read_owner(path: Path) -> Owner | None:
    """Give the process that a lock names; None where there is no lock, or it is damaged."""
    try:
        found = read_json(path, most=_MOST_BYTES)
        return Owner(int(found["pid"]), str(found["host"]), str(found["started"]))
    except (CDCLError, KeyError, TypeError, ValueError, OverflowError):
        return None
