"""Sums of features that outlive an interruption: an embedding that is started again goes on where it stopped."""

from __future__ import annotations

import hashlib
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.bounded import check_archive
from cdcl.errors import CDCLError
from cdcl.pixels.cache import default_cache_folder
from cdcl.training.checkpoints import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.inference.fields import PreparedFields
    from cdcl.inference.models import TrainedModel
    from cdcl.inference.tile_plan import TilePlan
    from cdcl.screen import Screen

SECONDS = 60.0
"""Between two times that the sums are written."""


@dataclass
class ResumableSums:
    """Sums (N, D) over the chunks of tiles that are done.

    Attributes
    ----------
    done
        How many chunks are in the sums.
    """

    path: Path
    sums: NDArray[np.float64]
    done: int = 0
    _whole: bool = True
    _written: float = field(default_factory=time.monotonic)

    def add(self, owners: NDArray[np.int64], features: NDArray[np.float32]) -> None:
        """Add the features (n, D) of a chunk's tiles to the rows that own them."""
        self._whole = False
        np.add.at(self.sums, owners, features)
        self.done += 1
        self._whole = True
        if time.monotonic() - self._written > SECONDS:
            self.write()

    def write(self) -> None:
        """Write the sums, unless an interruption came in the middle of an addition: the older ones then stay."""
        if not self._whole or not self.done:
            return
        self._written = time.monotonic()
        with replaced_file(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, sums=self.sums, done=np.int64(self.done))

    def read(self) -> None:
        """Go on from what was written, if it is there and whole."""
        try:
            check_archive(self.path)
            with np.load(self.path, allow_pickle=False) as found:
                sums, done = found["sums"], int(found["done"])
        except (CDCLError, OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return
        if sums.shape == self.sums.shape:
            self.sums, self.done = sums.astype(np.float64), done


@contextmanager
def resumable_sums(path: Path, shape: tuple[int, int]) -> Iterator[ResumableSums]:
    """Give sums that begin where an interruption left them; they are written on any other, and removed at the end."""
    kept = ResumableSums(path, np.zeros(shape))
    kept.read()
    try:
        yield kept
    except BaseException:
        kept.write()
        raise
    path.unlink(missing_ok=True)


def name_sums(
    model: TrainedModel, screen: Screen, fields: PreparedFields, plan: TilePlan, cache_folder: Path | None
) -> Path:
    """Name the file by all that decides on the sums, so that others are never taken for them."""
    digest = hashlib.sha1((model.folder / WEIGHTS).read_bytes(), usedforsecurity=False)
    digest.update(repr((screen.image_references(), model.config.embedding, model.config.precision)).encode())
    # The cache's checksums stand for the pixels.
    for array in (
        fields.cache.readable,
        fields.cache.sizes,
        fields.cache.sums,
        fields.offset,
        fields.scale,
        plan.boxes,
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    # How many batches are done is kept: they must be the same ones.
    digest.update(repr([len(chunk) for chunk in plan.chunks]).encode())
    if fields.light is not None:
        for array in (fields.light.planes, fields.light.dark, fields.light.plates):
            digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(str(model.device).encode())
    return (cache_folder or default_cache_folder()) / "embedding" / f"{digest.hexdigest()[:16]}.npz"
