"""Which profiles of a large screen are asked; all of them answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPARISONS = 400_000_000
"""Pairs that one metric compares at most: all with all up to 20 000 profiles."""

FEWEST = 2_000
"""So many are asked however large the screen is."""


def drawn(rows: NDArray[np.int64], num_bank: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Draw so many of `rows`, in their order, that comparing each with `num_bank` profiles stays affordable."""
    most = max(FEWEST, COMPARISONS // max(1, num_bank))
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng([seed, len(rows), num_bank]).choice(rows, most, replace=False))


def drawn_note(num_drawn: int, total: int, what: str = "profiles") -> str:
    """Say how many were asked; "" if all were."""
    return "" if num_drawn == total else f"{num_drawn} of {total} {what} asked, drawn at random"
