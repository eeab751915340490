"""Write to a temporary name, then rename: a file or folder is either old, new, or absent."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cdcl.errors import DiskError
from cdcl.os_errors import MENDS, describe
from cdcl.processes import process_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LITTER = re.compile(r"\.(?P<name>.+)\.(?P<pid>[0-9]{1,10})\.(?P<kind>tmp|old)")
"""What a process that was killed while it wrote leaves beside the file."""

_replaced: set[Path] = set()
"""What this process wrote where something stood, and nobody told of yet."""

_OLD_SECONDS = 3600.0
"""Litter of a process that seems to live is swept after so long: its number was given to another, or it is of another
machine."""


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write `path` into a `DiskError` that names the mend.

    Raises
    ------
    DiskError
        In place of the system's error, within the block.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, DiskError) or error.errno not in MENDS or error.errno == errno.ENOENT:
            raise
        if _is_elsewhere(error, path):
            raise DiskError(describe(error)) from error
        what, mend = MENDS[error.errno]
        raise DiskError(f"cannot write {path}: {what}; {mend}.") from error


def _is_elsewhere(error: OSError, path: Path) -> bool:
    """Tell whether it is another file that was refused, such as one that is read to be written here."""
    named = error.filename if isinstance(error.filename, str | os.PathLike) else path
    return path.parent not in (type(path)(named).parent, *type(path)(named).parents)


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is flushed to disk and takes `path`'s place.

    A link at `path` is replaced by the file; what it points to stays as it is.
    """
    temporary = _beside(path, "tmp")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, path.name)
        temporary.unlink(missing_ok=True)
        try:
            yield temporary
            _flush(temporary)
            _note(path)
            temporary.replace(path)
            _flush_folder(path.parent)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`; on success it takes `path`'s place as a whole.

    The old one is moved aside, the new one in, the old one away: a process killed at any moment leaves one of them,
    which `sweep` finds.
    """
    temporary, old = _beside(path, "tmp"), _beside(path, "old")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, path.name)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _flush(file)
            _flush_folder(temporary)
            _note(path)
            if path.exists():
                path.rename(old)
            temporary.replace(path)
            _flush_folder(path.parent)
        finally:
            if old.exists() and not path.exists():
                old.rename(path)
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


def took_a_place(path: Path) -> bool:
    """Tell whether what was written at `path`, or in that folder, took the place of something; whoever tells it, asks.

    Asked once: it is forgotten then.
    """
    place = path.absolute()
    own = {
        written for written in tuple(_replaced) if written == place or place in written.parents
    }  # threads write, too
    _replaced.difference_update(own)
    return bool(own)


def remove(path: Path) -> None:
    """Take away a file that is made anew, or is no more; what is written there next takes its place."""
    if os.path.lexists(path):
        with disk_errors(path):
            path.unlink()
        _replaced.add(path.absolute())


def _note(path: Path) -> None:
    if os.path.lexists(path):
        _replaced.add(path.absolute())


def write_text(path: Path, text: str) -> None:
    """Replace the text file at `path` in one move."""
    with replaced_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def append_text(path: Path, text: str) -> None:
    """Append to a text file, whole or not at all, and never through a link: another folder's file would grow.

    Raises
    ------
    DiskError
        If a link, a folder or a pipe stands at `path`, or the disk refuses; what was written is taken back.
    OSError
        If its folder is gone.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with disk_errors(path):
        if path.is_symlink():
            raise DiskError(f"{path} is a link, and nothing is written through one; put a copy of the file there.")
        _own_copy(path)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise DiskError(f"{path} is a pipe or a device, no file; move it away.")
            _append(descriptor, text.encode(), status.st_size)
        finally:
            os.close(descriptor)


def _append(descriptor: int, data: bytes, size: int) -> None:
    """Write all of `data`, else make the file as long as it was."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def sweep(folder: Path, name: str = "", *, everything: bool = False) -> None:
    """Remove what processes that were killed left in `folder` while they wrote `name`, or anything.

    A folder that was moved aside, and whose successor did not come, is moved back. `everything` is for whoever holds
    the lock of the folder: then no other process writes there.
    """
    with suppress(OSError):
        for entry in os.scandir(folder):
            found = _LITTER.fullmatch(entry.name)
            if found and name in ("", found["name"]) and (everything or _is_abandoned(entry, int(found["pid"]))):
                _remove(folder / entry.name, folder / found["name"], found["kind"])


def is_litter(name: str) -> bool:
    """Tell whether a name is that of a file or folder which is being written, or was left by a killed process."""
    return _LITTER.fullmatch(name) is not None


def _is_abandoned(entry: os.DirEntry[str], pid: int) -> bool:
    if pid == os.getpid():
        return False
    old = abs(time.time() - entry.stat(follow_symlinks=False).st_mtime) > _OLD_SECONDS
    return old or process_start(pid) == ""


def _remove(litter: Path, successor: Path, kind: str) -> None:
    with suppress(OSError):
        if kind == "old" and not successor.exists():
            litter.rename(successor)
        elif litter.is_dir() and not litter.is_symlink():
            shutil.rmtree(litter, ignore_errors=True)
        else:
            litter.unlink()


def _own_copy(path: Path) -> None:
    """Part a file from its hard links, of which a copied run folder may have many."""
    with suppress(FileNotFoundError):
        status = path.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            with replaced_file(path) as temporary:
                shutil.copyfile(path, temporary)


def _beside(path: Path, kind: str) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{kind}")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(path: Path) -> None:
    """Let a rename reach the disk; some systems and network drives don't offer that for folders."""
    with suppress(OSError):
        _flush(path)
