"""Images kept smaller than they lie on disk: blocks of pixels averaged to one, counts in eight bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ImageError, ScreenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FULL = 255
"""The largest value of 8 bits, which reduced images have."""


@dataclass(frozen=True)
class Reduction:
    """How much smaller.

    Attributes
    ----------
    binning
        Side of the blocks that become one pixel, by their mean; what is left over at the lower and right edge is lost.
    full_scale
        Counts that become 255, higher ones too; 0 keeps counts as they are.
    """

    binning: int = 1
    full_scale: float = 0.0

    @classmethod
    def read(cls, columns: Mapping[str, str], source: str) -> Reduction:
        """Read what a screen's table says, in its columns `binning` and `full_scale`; "" is nothing.

        Raises
        ------
        ScreenError
            If it is no number, or less than none.
        """
        try:
            found = cls(int(columns.get("binning") or 1), float(columns.get("full_scale") or 0.0))
        except ValueError as error:
            raise ScreenError(f"{source}, columns binning and full_scale: {error}.") from error
        if found.binning < 1 or not 0 <= found.full_scale < np.inf:
            raise ScreenError(f"{source}: binning is a whole number from 1, full_scale a number from 0.")
        return found

    @property
    def words(self) -> tuple[str, ...]:
        """Name what is done, for a cache that must not be taken for another; nothing where nothing is done."""
        return () if self == Reduction() else (f"binning {self.binning}", f"full scale {self.full_scale:g}")

    def apply(self, pixels: NDArray[np.generic], where: str) -> NDArray[np.generic]:
        """Reduce a field (C, Y, X).

        Raises
        ------
        ImageError
            If the field is smaller than one block.
        """
        if self == Reduction():
            return pixels
        values = self._binned(pixels, where)
        kind = np.dtype(np.uint8) if self.full_scale else pixels.dtype
        if self.full_scale:
            values = np.clip(values * np.float32(FULL / self.full_scale), 0, FULL)
        return (np.rint(values) if kind.kind in "iu" else values).astype(kind)

    def _binned(self, pixels: NDArray[np.generic], where: str) -> NDArray[np.float32]:
        side = self.binning
        if side == 1:
            return pixels.astype(np.float32)
        channels, height, width = pixels.shape[0], pixels.shape[1] // side, pixels.shape[2] // side
        if not height or not width:
            size = f"{pixels.shape[1]} x {pixels.shape[2]}"
            raise ImageError(f"{where} is {size} pixels, less than one block of {side}; take a smaller binning.")
        blocks = pixels[:, : height * side, : width * side].reshape(channels, height, side, width, side)
        return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float32))


WHOLE = Reduction()
"""Nothing is made smaller."""
