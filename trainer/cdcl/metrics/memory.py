"""What does not depend on labels is worked out once while labels are shuffled.

A score under shuffled labels is measured by the same code as the score itself, some twenty times over. Neighbours,
clusters and bandwidths are then the same each time; intervals are not asked for. Outside of `shuffling` nothing is
remembered and every function does all its work.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_MEMORY: ContextVar[dict[bytes, Any] | None] = ContextVar("metrics_memory", default=None)


@contextmanager
def shuffling() -> Iterator[None]:
    """Remember what does not depend on labels, and draw no intervals, until this is left."""
    token = _MEMORY.set({})
    try:
        yield
    finally:
        _MEMORY.reset(token)


def is_shuffling() -> bool:
    """Tell whether values alone are asked for, of shuffled labels."""
    return _MEMORY.get() is not None


def remembered(make: Callable[[], T], *inputs: object) -> T:
    """Give what `make` gives; while labels are shuffled, what it gave for the same inputs before.

    Parameters
    ----------
    inputs
        All that the result depends on: arrays by their bytes, anything else by its `repr`; the first says what is made.
    """
    memory = _MEMORY.get()
    if memory is None:
        return make()
    key = _digest(inputs)
    if key not in memory:
        memory[key] = make()
    return cast("T", memory[key])


def partition(codes: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Number groups by their first member, so that equal groups have equal numbers whatever they are called."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return np.asarray(first[inverse.reshape(-1)], dtype=np.int64)


def _digest(inputs: tuple[object, ...]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for one in inputs:
        if isinstance(one, np.ndarray):
            digest.update(repr((one.shape, one.dtype.str)).encode())
            digest.update(np.ascontiguousarray(one).data)
        else:
            digest.update(repr(one).encode())
    return digest.digest()
