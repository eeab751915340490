"""Whether a run that goes on sees the very images it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import write_text
from cdcl.bounded import read_text
from cdcl.errors import RunError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.runs import Run
    from cdcl.screen import Screen

_MOST_BYTES = 2**31
"""A line an image has 17 letters: a hundred million images."""


def keep_sums(cache: PixelCache, run: Run) -> None:
    """Write the checksum of each image's pixels into the run, a line an image; 0 where it is unreadable."""
    write_text(run.checksums, "".join(f"{value:016x}\n" for value in cache.sums.tolist()))


def check_same_images(screen: Screen, cache: PixelCache, run: Run) -> None:
    """Hold the images against those that the run began with.

    Raises
    ------
    RunError
        If some have other pixels, are no longer readable, or have become so.
    """
    if not run.checksums.exists():
        return
    before = _read(run)
    if len(before) != len(screen):
        raise RunError(f"{run.checksums} is of {len(before)} images, the screen has {len(screen)}; bring back the old.")
    changed = np.flatnonzero(before != cache.sums)
    if len(changed):
        first = screen.paths(int(changed[0]))[0]
        raise RunError(
            f"{len(changed)} of {len(screen)} images are not those that {run.folder} was trained on (the first: "
            f"{first}); bring them back, or train a new run on the new ones."
        )


def _read(run: Run) -> NDArray[np.uint64]:
    try:
        lines = read_text(run.checksums, RunError, _MOST_BYTES).split()
        return np.array([int(line, 16) for line in lines], dtype=np.uint64)
    except (ValueError, OverflowError) as error:
        raise RunError(f"{run.checksums} is damaged; delete it, and images are no longer compared.") from error
