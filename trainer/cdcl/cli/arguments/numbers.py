"""Numbers on the command line, held to what a computation can take before it begins."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError

LARGEST_SEED = 2**32 - 1
"""What scikit-learn and UMAP take at most."""


def number(text: str) -> float:
    """Read a number; `nan`, `inf` and 1e999 are none, and pass every comparison with a bound or fail it silently."""
    try:
        found = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"invalid float value: {text!r}") from error
    if not math.isfinite(found):
        raise ArgumentTypeError(f"'{text}' is no finite number")
    return found


def count(text: str) -> int:
    """Read how many: 0 or more."""
    return _whole(text, "a whole number, 0 or more", None)


def seed(text: str) -> int:
    """Read a seed: 0 to 4,294,967,295."""
    return _whole(text, f"a whole number from 0 to {LARGEST_SEED}", LARGEST_SEED)


def _whole(text: str, wanted: str, most: int | None) -> int:
    try:
        found = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"invalid int value: {text!r}") from error
    if found < 0 or (most is not None and found > most):
        raise ArgumentTypeError(f"'{text}' is not {wanted}")
    return found
