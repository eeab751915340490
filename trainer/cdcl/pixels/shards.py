"""The files that hold a cache's pixels, mapped into memory and looked at with care."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

from cdcl.errors import DiskError
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Shard:
    """A file of pixels, mapped into memory, read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        size = os.fstat(self._file.fileno()).st_size
        self._map = np.memmap(self._file, np.uint8, "r") if size else np.zeros(0, np.uint8)

    def array(self, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Give the pixels from `offset` on as a view of the file.

        Raises
        ------
        DiskError
            If the file ends before them: it was cut short since it was mapped.
        """
        # To read a map beyond the end of its file ends the process by SIGBUS, without a word; to ask first takes 1 us.
        end = offset + int(np.prod(shape)) * dtype.itemsize
        if end > min(os.fstat(self._file.fileno()).st_size, len(self._map)):
            raise DiskError(
                f"{self.path} was cut short while it was in use; start the same command again (a training with "
                f"{option('resume')}): what is missing is decoded again."
            )
        return np.ndarray(shape, dtype, buffer=self._map.data, offset=offset)


def checksum(*arrays: NDArray[Any]) -> int:
    """Sum up the bytes of arrays in C order, one after the other: XXH3, 64 bits, at the speed of memory."""
    digest = xxhash.xxh3_64()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.intdigest()


def shard_files(folder: Path) -> list[Path]:
    """List the shards of a cache in order."""
    return sorted(folder.glob("shard-*.bin"))


def map_shards(folder: Path) -> tuple[Shard, ...]:
    """Map the shards of a cache into memory."""
    return tuple(Shard(path) for path in shard_files(folder))
