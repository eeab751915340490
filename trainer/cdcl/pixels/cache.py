"""The decoded pixels of a screen in an uncompressed cache: decoded once, then read at memory speed, never stale."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import DiskError, ImageError
from cdcl.events import Said, Warned
from cdcl.locks import sweep_lock
from cdcl.pixels.cache_index import KINDS, CacheIndex
from cdcl.pixels.decoding import fingerprint_images
from cdcl.pixels.filling import fill
from cdcl.pixels.levels import FACTORS, FieldLevels, level_bytes
from cdcl.pixels.shards import Shard, checksum, map_shards
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.images.reading import Pixels
    from cdcl.screen.screen import Screen
    from cdcl.tasks import Task

BLANK_SHARE = 0.5
"""A channel that is blank in a greater share of the fields is worth a warning."""


@dataclass(frozen=True)
class PixelCache:
    """Fields of view as memory-mapped arrays; made by `fill_cache`.

    Attributes
    ----------
    readable
        Which rows have pixels, shape (N,).
    sizes
        Height and width of each row's field, shape (N, 2); 0 where it is unreadable.
    dtype
        Data type of all fields: uint8, uint16 or float32.
    num_channels
        Length of the first axis of every field.
    sums
        Checksum of each row's pixels, shape (N,); 0 where it is unreadable.
    """

    readable: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    dtype: np.dtype[np.generic]
    num_channels: int
    sums: NDArray[np.uint64]
    _index: CacheIndex
    _shards: tuple[Shard, ...]
    _checked: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the rows, readable or not."""
        return len(self.readable)

    def field(self, row: int) -> Pixels:
        """Give the pixels of a row, (channels, height, width), as a read-only view of the file.

        At the first reading they are compared with their checksum (XXH3).

        Raises
        ------
        ImageError
            If the row's image was unreadable.
        DiskError
            If the cache's file was changed or cut short; the row is decoded again at the next start.
        """
        pixels = self._array(row, 0)
        if not self._checked[row, 0]:
            self._check(row, 0, pixels)
        return pixels

    def num_bytes(self, row: int) -> int:
        """Count the bytes that a row takes on the disk, its levels included."""
        shape: tuple[int, ...] = (self.num_channels, *self.sizes[row].tolist())
        return prod(shape) * self.dtype.itemsize + level_bytes(shape, self.dtype)

    def levels(self, row: int) -> FieldLevels:
        """Give the pixels of a row with its coarser levels, each read and checked when it is asked for."""

        def read(level: int) -> Pixels:
            if not level:
                return self.field(row)
            if not self._checked[row, 1]:
                self._check(row, 1, *(self._array(row, each + 1) for each in range(len(FACTORS))))
            return self._array(row, level)

        return FieldLevels(read, self.dtype, self.num_channels)

    def _array(self, row: int, level: int) -> Pixels:
        if not self.readable[row]:
            raise ImageError(f"row {row} of the screen has no pixels: its image was unreadable.")
        shard, offset, shape, dtype = self._index.location_of(row, level)
        return self._shards[shard].array(offset, shape, dtype)

    def _check(self, row: int, part: int, *arrays: Pixels) -> None:
        """Refuse pixels (part 0) or levels (1) that are not as written: zeros after a power cut, a failing disk."""
        if checksum(*arrays) != int(self._index.records["levels_sum" if part else "sum"][row]):
            self._index.forget(row)
            path = self._shards[self._index.location_of(row, 0).shard].path
            raise DiskError(
                f"the pixels of image {row} in {path} are not those that were decoded: the file was changed, or its "
                f"disk fails; start the same command again (a training with {option('resume')}), and the "
                "image is decoded again."
            )
        self._checked[row, part] = True


def default_cache_folder() -> Path:
    """Find the folder of all caches: $CDCL_CACHE, or `cdcl` in the user's cache folder of this system."""
    if os.environ.get("CDCL_CACHE"):
        return Path(os.environ["CDCL_CACHE"]).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "cdcl"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cdcl"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cdcl"


def fill_cache(screen: Screen, folder: Path, *, workers: int = 2) -> Task[PixelCache]:
    """Decode what the cache below `folder` does not hold yet, and open it.

    A row is decoded again when one of its files has another path, size, time of change, head or tail than before; the
    system's own time of change counts too, which no program can set. If the task is closed or the process killed, what
    was decoded stays. Of several processes that fill the same cache, one works and the others wait.

    Parameters
    ----------
    workers
        Threads that decode.

    Raises
    ------
    ImageError
        If more than 1 % of the images, and more than one, are unreadable; or all of them.
    DiskError
        If the disk has too little room, or must not be written.
    """
    place, *older = (folder / name for name in _cache_names(screen))
    prints = yield from fingerprint_images(screen.image_files(), workers=workers)
    shape = (len(screen), len(screen.channels))
    index = CacheIndex.read(place, *shape)
    if not index.current(prints).all():
        for old in filter(Path.exists, older):
            yield Said(
                f"{old} holds pixels without coarser levels, of an earlier version; the images are decoded anew, and "
                "you may delete that folder."
            )
        yield from fill(screen, place, prints, workers=workers)
        index = CacheIndex.read(place, *shape)
    else:
        sweep_lock(place / "lock")
    current = index.current(prints)
    yield from _blank_channels(index.records["blank"][current], screen.channels)
    return _open(place, index, current)


def _cache_names(screen: Screen) -> list[str]:
    """Name a cache by what it decodes, so that screens of the same planes and channels share it; then its older names.

    Version 1 had no checksums, 2 no levels.
    """
    pages = [] if screen.pages is None else [screen.pages.text()]
    words = [*pages, *screen.reduction.words, *screen.channels, *("\n".join(row) for row in screen.image_references())]
    texts = ["\0".join([f"cdcl pixels {version}", *words]) for version in (3, 2, 1)]
    return [
        hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()[:16] for text in texts
    ]


def _blank_channels(blank: NDArray[np.bool_], channels: Sequence[str]) -> Task[None]:
    for name, count in zip(channels, blank.sum(axis=0), strict=True):
        if count > BLANK_SHARE * len(blank):
            yield Warned(f"channel {name} is blank in {count} of {len(blank)} images: all their pixels are equal.")


def _open(place: Path, index: CacheIndex, current: NDArray[np.bool_]) -> PixelCache:
    records = index.records
    sizes = np.stack([records["height"], records["width"]], axis=1).astype(np.int64) * current[:, None]
    return PixelCache(
        readable=current,
        sizes=sizes,
        dtype=KINDS[records["kind"][current].max(initial=0)],
        num_channels=index.num_channels,
        sums=np.where(current, records["sum"], 0),
        _index=CacheIndex(place, np.array(records)),
        _shards=map_shards(place),
        _checked=np.zeros((len(records), 2), np.bool_),
    )
