"""Attention finer than a patch: the field is looked at in windows shifted by parts of a patch, and all are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FINEST, USUAL = 4, 2
"""Parts of a patch that windows are shifted by: 16 windows, or 4."""
MOST_WORK = 60e9
"""Floating-point operations up to which a field gets 16 windows: one second of the core this was measured on.

So two seconds are left to slower ones. A ViT-S takes 9e9 for a window of 14 x 14 patches, and gets 4 windows; a ViT-Ti
takes a quarter of that, and gets 16.
"""
MOST_WORK_OF_FOUR = 2 * MOST_WORK
"""Operations up to which a field gets 4 windows; beyond, two that are half a patch apart along the diagonal.

Each cell of half a patch is then still where another pair of patches meets. A ViT-S on 1080² pixels (34 x 34 patches)
takes 4.3 seconds of a core for four windows, 2.6 for two.
"""


@dataclass(frozen=True)
class Window:
    """A window of whole patches, shifted down and across by parts of a patch.

    Attributes
    ----------
    down, across
        By so many cells of the fine map.
    grid
        Patches down and across.
    """

    down: int
    across: int
    grid: tuple[int, int]

    def patch_at(self, cell: tuple[int, int], steps: int) -> tuple[int, int] | None:
        """Give the window's patch over a cell of the fine map; None beside the window."""
        place = ((cell[0] - self.down) // steps, (cell[1] - self.across) // steps)
        return place if all(0 <= at < length for at, length in zip(place, self.grid, strict=True)) else None


def steps_of(grid: tuple[int, int], patch: int, weights: int) -> int:
    """Give into how many cells a side a patch is cut, for a network of so many weights."""
    work = FINEST**2 * _work_of_a_window(grid, weights)
    return FINEST if work <= MOST_WORK and patch % FINEST == 0 else USUAL


def only_diagonal(grid: tuple[int, int], weights: int) -> bool:
    """Say whether four windows would take too long, so that the two of the diagonal have to do."""
    return USUAL**2 * _work_of_a_window(grid, weights) > MOST_WORK_OF_FOUR


def _work_of_a_window(grid: tuple[int, int], weights: int) -> int:
    # Each weight multiplies and adds once a patch; what patches do with each other is small in so small a field.
    return 2 * weights * grid[0] * grid[1]


def windows_of(grid: tuple[int, int], steps: int, *, diagonal: bool = False) -> list[Window]:
    """Lay out the windows that are shifted by parts of a patch.

    Parameters
    ----------
    grid
        Patches of the field, down and across.
    steps
        Parts of a patch.
    diagonal
        Whether to take only those that are shifted as far down as across.

    Returns
    -------
    list of Window
        steps x steps, or steps along the diagonal; one that is shifted has a patch less along that side, and is left
        out where the field has only one.
    """
    shifts = [(down, across) for down in range(steps) for across in range(steps) if not diagonal or down == across]
    windows = [
        Window(down, across, (grid[0] - (down > 0), grid[1] - (across > 0)))
        for down, across in shifts
        if grid[0] > (down > 0) and grid[1] > (across > 0)
    ]
    return windows or [Window(0, 0, grid)]


def average(
    found: Mapping[Window, NDArray[np.float32]], steps: int, grid: tuple[int, int], *, shares: bool
) -> tuple[NDArray[np.float32], int]:
    """Average the maps of windows, and say how many cells at each side fewer windows have seen.

    Parameters
    ----------
    found
        (maps, h, w) of each window.
    steps
        Cells a side of a patch.
    grid
        Patches of the field, (H, W).
    shares
        Whether a patch's value is a share of attention, which its cells divide; else each cell has the value itself.

    Returns
    -------
    (maps, H * steps, W * steps) float32, and the width of the rim in cells.
    """
    num = len(next(iter(found.values())))
    sums = np.zeros((num, grid[0] * steps, grid[1] * steps))
    counts = np.zeros(sums.shape[1:])
    for window, maps in found.items():
        cells = maps.repeat(steps, axis=1).repeat(steps, axis=2)  # (maps, h, w) to (maps, h * steps, w * steps)
        place = (slice(window.down, window.down + cells.shape[1]), slice(window.across, window.across + cells.shape[2]))
        sums[:, place[0], place[1]] += cells
        counts[place] += 1
    averaged = sums / np.maximum(counts, 1) / (steps**2 if shares else 1)
    rim = steps - 1 if len(found) > 1 else 0
    return averaged.astype(np.float32), rim
