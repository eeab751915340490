"""One process fills a cache at a time; the others wait."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors
from cdcl.events import Advanced, Began, Ended

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.tasks import Task

STALE_SECONDS = 600.0
"""A lock held by another machine is given up when it was not touched for so long."""

_POLL_SECONDS = 0.2

_held_here: set[Path] = set()
"""The locks this very process holds: after a restart another process may have had its number."""


class FillLock:
    """A file that names the process which fills a cache; a dead process' lock is taken over."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._holds = False
        self._owner = f"{socket.gethostname()} {os.getpid()}"

    def acquire(self) -> Task[None]:
        """Take the lock, after waiting for another process that holds it."""
        if self._take():
            return
        yield Began(f"waiting for process {self._read() or '?'}, which fills {self.path.parent}", None, "second")
        began = time.monotonic()
        while not self._take():
            yield Advanced(int(time.monotonic() - began))
            time.sleep(_POLL_SECONDS)
        yield Ended()

    def touch(self) -> None:
        """Show other machines that this process is alive."""
        with suppress(FileNotFoundError):
            os.utime(self.path)

    def release(self) -> None:
        """Let the others go on."""
        if self._holds:
            self.path.unlink(missing_ok=True)
            _held_here.discard(self.path)
            self._holds = False

    def _take(self) -> bool:
        self._remove_if_stale()
        try:
            with disk_errors(self.path), self.path.open("x", encoding="utf-8") as file:
                file.write(self._owner)
        except FileExistsError:
            return False
        self._holds = True
        _held_here.add(self.path)
        return True

    def _remove_if_stale(self) -> None:
        owner = self._read()
        if owner is None or not self._is_stale(owner):
            return
        # Two processes may find the same stale lock; renaming makes sure that neither removes the other's new one.
        grave = self.path.with_name(f"lock.{os.getpid()}.stale")
        with suppress(FileNotFoundError):
            self.path.rename(grave)
            if grave.read_text(encoding="utf-8") != owner:
                with suppress(OSError):
                    os.link(grave, self.path)
            grave.unlink()

    def _is_stale(self, owner: str) -> bool:
        host, _, pid = owner.partition(" ")
        if host == socket.gethostname() and pid.isdigit():
            return self.path not in _held_here if int(pid) == os.getpid() else not _is_alive(int(pid))
        with suppress(FileNotFoundError):
            # An empty lock is one whose owner died, or has not yet written its name.
            return time.time() - self.path.stat().st_mtime > (STALE_SECONDS if owner else 5.0)
        return False

    def _read(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_alive_on_windows(pid: int) -> bool:
    # os.kill(pid, 0) would end the process on Windows.
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    handle = kernel.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
    if not handle:
        return False
    alive = kernel.WaitForSingleObject(handle, 0) != 0
    kernel.CloseHandle(handle)
    return bool(alive)
