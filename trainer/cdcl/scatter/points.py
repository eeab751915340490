"""Points in the order they are drawn in: shuffled once, so that no class lies on top of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Points:
    """The points that can be drawn.

    Attributes
    ----------
    x, y
        Shape (M,), float32, finite, in drawing order: the last is on top.
    rows
        Shape (M,), int32: which row of the positions each is.
    ranks
        0..M-1, int32.
    num_rows
        How many positions there were, those that are not finite among them.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    rows: NDArray[np.int32]
    ranks: NDArray[np.int32]
    num_rows: int

    @classmethod
    def of(cls, positions: NDArray[np.floating], seed: int = 0) -> Points:
        """Shuffle positions (N, 2), and leave out those that are not finite."""
        finite = np.flatnonzero(np.isfinite(positions).all(axis=1)).astype(np.int32)
        rows = np.random.default_rng(seed).permutation(finite)
        x, y = (np.ascontiguousarray(positions[rows, axis], dtype=np.float32) for axis in (0, 1))
        return cls(x, y, rows, np.arange(len(rows), dtype=np.int32), len(positions))

    def __len__(self) -> int:
        """Count the points that can be drawn."""
        return len(self.rows)

    @property
    def num_missing(self) -> int:
        """Count the positions that are not finite."""
        return self.num_rows - len(self)

    def mask(self, ranks: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Give the mask (N,) over rows of the points at `ranks`."""
        mask = np.zeros(self.num_rows, dtype=np.bool_)
        mask[self.rows[ranks]] = True
        return mask
