"""Round dots of some pixels, as spans of a row each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


class Span(NamedTuple):
    """One row of a dot: pixels from `left` to `right`, both within, in the row `down` below the centre."""

    down: int
    left: int
    right: int


@cache
def dot(size: int) -> tuple[Span, ...]:
    """Give the rows of a disc of `size` pixels across; of even sizes the centre lies between pixels."""
    reach = np.arange(-(size // 2), (size - 1) // 2 + 1)
    centred = reach - (size % 2 - 1) / 2
    within = centred[:, None] ** 2 + centred[None] ** 2 <= size**2 / 4
    return tuple(
        Span(int(down), int(reach[row.argmax()]), int(reach[::-1][row[::-1].argmax()]))
        for down, row in zip(reach, within, strict=True)
        if row.any()
    )


def offsets(size: int, stride: int) -> NDArray[np.intp]:
    """Give where the pixels of a dot lie from its centre in a flat image with rows of `stride` pixels."""
    return np.concatenate([span.down * stride + np.arange(span.left, span.right + 1) for span in dot(size)])


def dilate(ranks: NDArray[np.int32], size: int, pad: int) -> NDArray[np.int32]:
    """Give each pixel the highest rank whose dot covers it.

    That is what drawing all dots in the order of their ranks leaves, at a cost that does not grow with their number.

    Parameters
    ----------
    ranks
        Shape (H + 2 pad, W + 2 pad): of the pixels that are centres, -1 elsewhere.

    Returns
    -------
    ndarray
        Shape (H, W).
    """
    covered = np.full((ranks.shape[0] - 2 * pad, ranks.shape[1] - 2 * pad), -1, dtype=np.int32)
    _gather(ranks, covered, size, np.maximum)
    return covered


def spread(counts: NDArray[np.float32], size: int, pad: int) -> NDArray[np.float32]:
    """Sum over the dots that cover each pixel; shapes as in `dilate`."""
    total = np.zeros((counts.shape[0] - 2 * pad, counts.shape[1] - 2 * pad), dtype=np.float32)
    _gather(counts, total, size, np.add)
    return total


def _gather(image: NDArray[T], into: NDArray[T], size: int, combine: np.ufunc) -> None:
    """Combine at each pixel of `into` those of the bordered image whose dots cover it, each once.

    Rows of a dot of the same ends are widened once, from those of narrower ends, and then moved up and down.
    """
    height, width = into.shape
    pad = (image.shape[0] - height) // 2
    spans = sorted(dot(size), key=lambda span: span.right - span.left)
    wide, left, right = image[:, pad : pad + width].copy(), 0, 0
    for span in spans:
        # A dot's pixel right of its centre has its centre to the left, and one below has it above.
        for across in [*range(span.left, left), *range(right + 1, span.right + 1)]:
            combine(wide, image[:, pad - across : pad - across + width], out=wide)
        left, right = span.left, span.right
        combine(into, wide[pad - span.down : pad - span.down + height], out=into)
