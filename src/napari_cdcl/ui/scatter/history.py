"""What was selected before, to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Packed = tuple[NDArray[np.uint8], int]

MOST = 100
"""Steps that are kept; of a million points they take 12 MB."""


class History:
    """Masks that came before, and those that were gone back from."""

    def __init__(self) -> None:
        self._past: list[Packed] = []
        self._future: list[Packed] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is something to go back to."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is something that was gone back from."""
        return bool(self._future)

    def clear(self) -> None:
        """Forget everything."""
        self._past.clear()
        self._future.clear()

    def push(self, mask: Mask) -> None:
        """Keep what was selected until now; there is nothing to redo any more."""
        self._past = [*self._past[1 - MOST :], _pack(mask)]
        self._future.clear()

    def undo(self, present: Mask) -> Mask:
        """Give what was selected before, and keep the present one to redo."""
        self._future.append(_pack(present))
        return _unpack(self._past.pop())

    def redo(self, present: Mask) -> Mask:
        """Give what was gone back from last."""
        self._past.append(_pack(present))
        return _unpack(self._future.pop())


def _pack(mask: Mask) -> Packed:
    return np.packbits(mask), len(mask)


def _unpack(packed: Packed) -> Mask:
    bits, num = packed
    return np.unpackbits(bits, count=num).astype(np.bool_)
