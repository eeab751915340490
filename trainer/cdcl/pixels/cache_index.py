"""Where each field of a cache lies: a small index beside the shards that hold the pixels."""

from __future__ import annotations

import os
from contextlib import suppress
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

import numpy as np

from cdcl.atomic import disk_errors, replaced_file
from cdcl.pixels.levels import FACTORS, level_shape, levels_dtype
from cdcl.pixels.shards import checksum, shard_files

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.pixels.decoding import Decoded

KINDS: tuple[np.dtype[Any], ...] = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
"""The data types of pixels, from narrow to wide; the index stores their number."""

SHARD_BYTES = 4 * 2**30
"""A shard that is this long is followed by the next."""

ALIGNMENT = 64
"""Bytes that arrays begin at multiples of: a line of the processor's cache, and a multiple of every data type."""


class ArrayLocation(NamedTuple):
    """Where an array lies.

    Attributes
    ----------
    shard
        Number of the file.
    offset
        First byte within it.
    shape
        (C, Y, X).
    dtype
        As it was decoded.
    """

    shard: int
    offset: int
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]


class CacheIndex:
    """One record a row of the screen, and the pixels that wait for their record.

    Pixels are written and flushed first, then their records: a record that says "done" can be trusted after any crash.
    Pixels that never got a record, or were replaced, stay in their shard unused.

    Attributes
    ----------
    folder
        Of the cache.
    records
        (rows of the screen,), one record each.
    """

    def __init__(self, folder: Path, records: NDArray[np.void]) -> None:
        self.folder, self.records = folder, records
        self._pending: list[tuple[int, tuple[Any, ...]]] = []
        self._shard: BinaryIO | None = None
        self._number = max(len(shard_files(folder)) - 1, 0)

    @classmethod
    def read(cls, folder: Path, num_rows: int, num_channels: int) -> CacheIndex:
        """Give the index in `folder` as it is now; an absent or damaged one is empty."""
        kind = _record_kind(num_channels)
        records = _load(folder / "index.npy", "r")
        fits = records is not None and records.dtype == kind and records.shape == (num_rows,)
        return cls(folder, np.array(records) if fits else np.zeros(num_rows, kind))

    @classmethod
    def open(cls, folder: Path, num_rows: int, num_channels: int) -> CacheIndex:
        """Give the index in `folder` to write to, after making it where it is absent or damaged."""
        path = folder / "index.npy"
        empty = np.zeros(num_rows, _record_kind(num_channels))
        with disk_errors(path):
            records = _load(path, "r+")
            if records is None or records.dtype != empty.dtype or records.shape != empty.shape:
                _remove_shards(folder)
                with replaced_file(path) as temporary, temporary.open("wb") as file:
                    np.save(file, empty)
                records = _load(path, "r+")
        assert records is not None
        return cls(folder, records)

    @property
    def num_channels(self) -> int:
        """Count the channels of a field."""
        return int(self.records.dtype["blank"].shape[0])

    @property
    def num_pending(self) -> int:
        """Count the fields that wait for `commit`."""
        return len(self._pending)

    def current(self, prints: NDArray[np.bytes_]) -> NDArray[np.bool_]:
        """Tell which rows hold the pixels of the files that `prints` are the fingerprints of, shape (N,)."""
        records = self.records
        current: NDArray[np.bool_] = records["done"] & (prints != b"") & (records["print"] == prints) & self._inside()
        return current

    def _inside(self) -> NDArray[np.bool_]:
        """Tell which records name pixels that lie within their shard: a damaged index can name any."""
        records = self.records
        lengths = np.array([path.stat().st_size for path in shard_files(self.folder)] + [0], np.float64)
        widths = np.array([kind.itemsize for kind in KINDS])[np.minimum(records["kind"], len(KINDS) - 1)]
        sides = np.stack([records["height"], records["width"]]).astype(np.float64)
        ends = records["offset"] + widths * self.num_channels * sides.prod(axis=0)
        # Levels follow on the next multiple of ALIGNMENT; of uint8 pixels they are uint16.
        areas = sum(np.ceil(sides / factor).prod(axis=0) for factor in FACTORS)
        ends = np.ceil(ends / ALIGNMENT) * ALIGNMENT + np.maximum(widths, 2) * self.num_channels * areas
        shard = np.clip(records["shard"], 0, len(lengths) - 1)
        known = (records["kind"] < len(KINDS)) & (records["shard"] == shard) & (records["offset"] >= 0)
        inside: NDArray[np.bool_] = known & (sides > 0).all(axis=0) & (ends <= lengths[shard])
        return inside

    def location_of(self, row: int, level: int) -> ArrayLocation:
        """Say where the pixels of a row lie, or one of its levels: 0 to 3."""
        record = self.records[row]
        height, width, kind = int(record["height"]), int(record["width"]), KINDS[record["kind"]]
        offset, dtype = int(record["offset"]), kind
        for finer in range(level):
            h, w = level_shape(height, width, finer)
            offset += self.num_channels * h * w * dtype.itemsize
            offset, dtype = (offset, dtype) if finer else (-(-offset // ALIGNMENT) * ALIGNMENT, levels_dtype(kind))
        shape = (self.num_channels, *level_shape(height, width, level))
        return ArrayLocation(int(record["shard"]), offset, shape, dtype)

    def forget(self, row: int) -> None:
        """Let the row be decoded again by the next `fill_cache`, because its pixels are no longer what they were."""
        records = _load(self.folder / "index.npy", "r+")
        if records is not None and records.shape == self.records.shape and records.dtype == self.records.dtype:
            records["done"][row] = False

    def append(self, row: int, fingerprint: bytes, decoded: Decoded) -> None:
        """Write the pixels and levels of a row to the last shard; `commit` makes them known."""
        _, height, width = decoded.pixels.shape
        kind = KINDS.index(decoded.pixels.dtype)
        with disk_errors(self.folder):
            shard, offset = self._room(decoded.nbytes + ALIGNMENT)
            shard.write(np.ascontiguousarray(decoded.pixels).data)
            shard.write(bytes(-decoded.pixels.nbytes % ALIGNMENT))
            for level in decoded.levels:
                shard.write(np.ascontiguousarray(level).data)
        sums = (checksum(decoded.pixels), checksum(*decoded.levels))
        record = (False, fingerprint, self._number, offset, height, width, kind, *sums)
        self._pending.append((row, (*record, decoded.blank)))

    def commit(self) -> None:
        """Flush the pixels to disk, then write their records."""
        if not self._pending:
            return
        assert self._shard is not None
        with disk_errors(self.folder):
            self._shard.flush()
            os.fsync(self._shard.fileno())
        # A process may be killed between any two bytes: "done" goes first when a record changes, and comes last.
        rows = [row for row, _ in self._pending]
        self.records["done"][rows] = False
        for row, record in self._pending:
            self.records[row] = record
        self.records["done"][rows] = True
        self._pending.clear()

    def close(self) -> None:
        """Commit what is pending and close the shard."""
        try:
            self.commit()
        finally:
            shard, self._shard = self._shard, None
            if shard is not None:
                with disk_errors(self.folder):
                    shard.close()

    def _room(self, size: int) -> tuple[BinaryIO, int]:
        """Give a shard with room for `size` bytes, at an aligned offset."""
        if self._shard is not None and self._shard.tell() + size > SHARD_BYTES:
            self.close()
            self._number += 1
        if self._shard is None:
            self._shard = (self.folder / f"shard-{self._number:04d}.bin").open("ab")
        end = self._shard.tell()
        offset = -(-end // ALIGNMENT) * ALIGNMENT
        self._shard.write(bytes(offset - end))
        return self._shard, offset


def _remove_shards(folder: Path) -> None:
    """Give back the room of pixels that no index knows; where another process still reads them, they may stay."""
    for path in shard_files(folder):
        with suppress(PermissionError):
            path.unlink()


def _record_kind(num_channels: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("done", "?"),
            ("print", "S40"),
            ("shard", "<i4"),
            ("offset", "<i8"),
            ("height", "<i4"),
            ("width", "<i4"),
            ("kind", "u1"),
            ("sum", "<u8"),  # of the pixels' bytes, see `checksum`
            ("levels_sum", "<u8"),
            ("blank", "?", (num_channels,)),
        ]
    )


def _load(path: Path, mode: Literal["r", "r+"]) -> NDArray[np.void] | None:
    """Map an index; None where it is absent or damaged, of which numpy's parser of headers dies in many ways."""
    try:
        records: NDArray[np.void] = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (FileNotFoundError, NotADirectoryError, EOFError, ValueError, TypeError, SyntaxError, TokenError):
        return None
    return records
