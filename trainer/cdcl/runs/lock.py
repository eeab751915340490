"""One training a run folder: a file names the process that is at work, and dies with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cdcl.errors import RunError
from cdcl.locks import Lock, is_locked, read_owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[Lock]:
    """Hold the lock at `path`; one whose owner died is taken over.

    Raises
    ------
    RunError
        If another process holds it.
    """
    lock = Lock(path)
    if not lock.take():
        raise _occupied(path)
    try:
        yield lock
    finally:
        lock.release()


def refuse_if_locked(path: Path) -> None:
    """Raise a `RunError` if a living process holds the lock."""
    if is_locked(path):
        raise _occupied(path)


def _occupied(path: Path) -> RunError:
    owner = read_owner(path)
    who = f"process {owner.pid} on {owner.host}" if owner else "another process"
    gone = "" if owner is None or owner.is_here else f" If you know that it is gone, delete {path}."
    return RunError(
        f"{path.parent} is being trained by {who}; wait for it, or create {path.parent / 'STOP'} to end it.{gone}"
    )
