"""Fill a cache: one process, a few threads, what is done stays done."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import disk_errors
from cdcl.errors import DiskError, ImageError
from cdcl.events import Advanced, Began, Ended, Said, Warned
from cdcl.pixels.cache_index import KINDS, CacheIndex
from cdcl.pixels.decoding import Decoded, decode_images
from cdcl.pixels.levels import block_means, level_bytes
from cdcl.pixels.locks import FillLock
from cdcl.pixels.oddities import Oddities
from cdcl.pixels.shards import map_shards
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen.screen import Screen
    from cdcl.tasks import Task

UNREADABLE_SHARE = 0.01
"""With a greater share of unreadable images, something is wrong with the screen, not with an image."""

WORTH_SAYING = 1e9
"""Bytes from which on a cache's size is said beforehand."""

COMMIT_ROWS = 64
"""Fields between two commits, where that comes before `COMMIT_SECONDS`."""
COMMIT_SECONDS = 1.0
"""So much work at most is lost when the process is killed."""


def fill(screen: Screen, place: Path, prints: NDArray[np.bytes_], *, workers: int) -> Task[None]:
    """Decode the rows of `screen` whose fingerprints the cache in `place` does not hold; errors as in `fill_cache`."""
    with disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    lock = FillLock(place / "lock")
    try:
        yield from lock.acquire()
        index = CacheIndex.open(place, len(screen), len(screen.channels))
        try:
            rows = _rows_to_decode(index, prints)
            if len(rows) < len(screen):
                yield Said(f"{len(screen) - len(rows)} of {len(screen)} images are already decoded.")
            if len(rows):
                yield from _check_room(screen, rows, place)
                for event in _decode(screen, rows, prints, workers=workers, index=index):
                    lock.touch()
                    yield event
                index.commit()
            yield from _unify(index, index.current(prints))
        finally:
            index.close()
    finally:
        lock.release()


def _rows_to_decode(index: CacheIndex, prints: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Put missing images first: where there are too many of them, no time is lost on the others."""
    rows = np.flatnonzero(~index.current(prints))
    return rows[np.argsort(prints[rows] != b"", kind="stable")]


def _check_room(screen: Screen, rows: NDArray[np.int64], place: Path) -> Task[None]:
    """Estimate what is to be written from one readable image; missing ones stand at the front of `rows`."""
    for row in rows[::-1].tolist():
        try:
            pixels = screen.image(row)
        except ImageError:
            continue
        needed = (pixels.nbytes + level_bytes(pixels.shape, pixels.dtype)) * len(rows)
        free = shutil.disk_usage(place).free
        if needed > free:
            raise DiskError(
                f"{place} needs {format_bytes(needed)} for the pixels of {len(rows)} images, but {format_bytes(free)} "
                "are free; free some space, name a folder on a larger disk by the variable CDCL_CACHE, or keep less: "
                f"{verb('scan')} with {option('bin')} 2 a quarter, with {option('uint8')} MAX five eighths."
            )
        if needed > WORTH_SAYING:
            yield Said(
                f"decoded pixels of {len(rows):,} images take {format_bytes(needed)} of {format_bytes(free)} free"
            )
        return


def _decode(
    screen: Screen, rows: NDArray[np.int64], prints: NDArray[np.bytes_], *, workers: int, index: CacheIndex
) -> Task[None]:
    failures: list[str] = []
    oddities = Oddities(screen)
    progress = _Progress(len(rows))
    committed = time.monotonic()
    yield Began("decoding images", len(rows), "image")
    for row, decoded in decode_images(screen, rows, workers=workers):
        if isinstance(decoded, ImageError):
            failures.append(str(decoded))
            yield Warned(f"left out: {decoded}")
            _check_failures(failures, len(screen))
        else:
            oddities.add(row, decoded)
            index.append(row, prints[row], decoded)
            if index.num_pending >= COMMIT_ROWS or time.monotonic() - committed > COMMIT_SECONDS:
                index.commit()
                committed = time.monotonic()
        if progress.is_news(decoded):
            yield progress.event()
    if failures:
        yield Warned(f"{len(failures)} of {len(screen)} images are unreadable and left out.")
    yield from oddities.tell()
    yield Ended()


def _check_failures(failures: Sequence[str], total: int) -> None:
    if len(failures) == total or len(failures) > max(1.0, UNREADABLE_SHARE * total):
        raise ImageError(
            f"at least {len(failures)} of {total} images are unreadable, more than {UNREADABLE_SHARE:.0%}: "
            + " ".join(failures[:3])
        )


class _Progress:
    """Counts images and bytes; told a thousand times in all, or five times a second."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.bytes = total, 0, 0
        self.began = self.told = time.monotonic()

    def is_news(self, decoded: Decoded | ImageError) -> bool:
        self.done += 1
        self.bytes += decoded.pixels.nbytes if isinstance(decoded, Decoded) else 0
        step = max(1, self.total // 1000)
        return self.done % step == 0 or self.done == self.total or time.monotonic() - self.told > 0.2

    def event(self) -> Advanced:
        self.told = time.monotonic()
        return Advanced(self.done, f"{format_bytes(int(self.bytes / max(self.told - self.began, 1e-6)))}/s")


def _unify(index: CacheIndex, rows: NDArray[np.bool_]) -> Task[None]:
    """Rewrite fields of a narrower data type, so that all have the widest one that was found."""
    kinds = index.records["kind"]
    widest = int(kinds[rows].max(initial=0))
    narrow = np.flatnonzero(rows & (kinds < widest))
    if not len(narrow):
        return
    names = " or ".join(KINDS[kind].name for kind in np.unique(kinds[narrow]))
    yield Said(f"{len(narrow)} images are {names}, others {KINDS[widest].name}; all are kept as {KINDS[widest].name}.")
    shards = map_shards(index.folder)
    for row in narrow.tolist():
        record = index.records[row].copy()
        shape = (index.num_channels, int(record["height"]), int(record["width"]))
        pixels = shards[record["shard"]].array(int(record["offset"]), shape, KINDS[record["kind"]])
        wider = pixels.astype(KINDS[widest])
        index.append(row, record["print"], Decoded(wider, record["blank"], block_means(wider)))
    index.commit()


def format_bytes(number: int) -> str:
    """Write a number of bytes as people read it.

    >>> format_bytes(11_700_000)
    '11.7 MB'
    """
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1e3:.1f} kB"
