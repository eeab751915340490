"""Fingerprint and decode many images with a few threads, in order and with bounded memory."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cdcl.errors import ImageError
from cdcl.events import Advanced, Began, Ended
from cdcl.images.remote import is_remote
from cdcl.pixels.levels import block_means

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from cdcl.images.reading import Pixels
    from cdcl.screen.screen import Screen
    from cdcl.tasks import Task

EDGE_BYTES = 16 * 1024
"""So much of the head and of the tail of a file enters its fingerprint."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Decoded:
    """A field as it goes into the cache.

    Attributes
    ----------
    pixels
        (C, Y, X).
    blank
        (C,) which channels have one value all over.
    levels
        The field at a half, a quarter, ... of its size.
    remark
        What is odd about its files; "" mostly.
    """

    pixels: Pixels
    blank: NDArray[np.bool_]
    levels: tuple[Pixels, ...]
    remark: str = ""

    @property
    def nbytes(self) -> int:
        """Count the bytes of the pixels and of the levels."""
        return self.pixels.nbytes + sum(level.nbytes for level in self.levels)


def fingerprint_images(files: Sequence[tuple[str, ...]], *, workers: int) -> Task[NDArray[np.bytes_]]:
    """Fingerprint the files of each row: path, size, times of change, head and tail; b"" where one is missing.

    Of an array that is a folder of chunks, each chunk's name, size and times of change count.

    Parameters
    ----------
    files
        Of each row, N.
    workers
        Threads that read.

    Returns
    -------
    prints
        (N,) bytes; two are equal where nothing of the files has changed.
    """
    prints = np.zeros(len(files), "S40")
    fingerprint_row = partial(_fingerprint, folders={})
    yield Began("checking images", len(files), "image")
    for done, (row, fingerprint) in enumerate(_in_threads(fingerprint_row, enumerate(files), workers=workers), 1):
        prints[row] = fingerprint
        if done % 1000 == 0 or done == len(files):
            yield Advanced(done)
    yield Ended()
    return prints


def decode_images(
    screen: Screen, rows: NDArray[np.int64], *, workers: int
) -> Iterator[tuple[int, Decoded | ImageError]]:
    """Decode images in threads.

    Parameters
    ----------
    rows
        Of the screen, (n,).
    workers
        Threads that decode.

    Yields
    ------
    row, decoded
        In order; instead of the decoded image the error, where it cannot be read.
    """

    def decode(row: int) -> Decoded | ImageError:
        try:
            pixels, remark = screen.image(row), screen.other_depth(row)
        except ImageError as error:
            return error
        blank = np.asarray(pixels.max(axis=(1, 2)) == pixels.min(axis=(1, 2)))
        return Decoded(pixels, blank, block_means(pixels), remark)

    return _in_threads(decode, ((row, row) for row in rows.tolist()), workers=workers)


def _in_threads(
    work: Callable[[Item], Result], items: Iterable[tuple[int, Item]], *, workers: int
) -> Iterator[tuple[int, Result]]:
    """Do `work` on numbered items in threads; few results wait at a time, and closing the iterator ends it."""
    waiting: deque[tuple[int, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for number, item in items:
            waiting.append((number, pool.submit(work, item)))
            if len(waiting) > 2 * workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for number, future in waiting:
            yield number, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _fingerprint(files: Sequence[str], folders: dict[str, bytes]) -> bytes:
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        for path in files:
            # Many rows may be planes of one array, whose chunks are then listed once.
            if path in folders or os.path.isdir(path):  # noqa: PTH112, a path of a hundred thousand
                folders[path] = folders.get(path) or _fingerprint_folder(path)
                digest.update(folders[path])
            else:
                _add_file(path, digest)
    except (OSError, ValueError):  # ValueError: a name that holds NUL or half a letter
        return b""
    return digest.hexdigest().encode()


def _add_file(path: str, digest: hashlib._Hash) -> None:
    if is_remote(path):
        # What is published stays as it is; asking for the size of each file would take as long as fetching it.
        digest.update(path.encode("utf-8", "surrogateescape"))
        return
    with open(path, "rb", buffering=0, opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.ENXIO, "no file", path)
        digest.update(_file_card(path, status))
        digest.update(file.read(EDGE_BYTES))
        if status.st_size > EDGE_BYTES:
            file.seek(max(status.st_size - EDGE_BYTES, EDGE_BYTES))
            digest.update(file.read(EDGE_BYTES))


def _without_waiting(path: str, flags: int) -> int:
    """Open a pipe without waiting for somebody to write into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _fingerprint_folder(path: str) -> bytes:
    digest = hashlib.sha1(usedforsecurity=False)
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116, a chunk of thousands
            digest.update(_file_card(f"{folder}/{name}", status))
    return digest.digest()


def _file_card(path: str, status: os.stat_result) -> bytes:
    # A program may give a file its old time back after a change in the middle; the time that the system keeps of the
    # last change (ctime; on Windows of the creation) it can't set. A copy or a new owner costs decoding once more.
    text = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0"
    return text.encode("utf-8", "surrogateescape")
