"""What does not depend on labels is worked out once for a score and for all its shuffles.

A score under shuffled labels is measured by the same code as the score itself, some twenty times over. Neighbours,
clusters and bandwidths are then the same each time; intervals are not asked for. What depends on the labels is the same
for all scores of one shuffle. Outside of `memoising` nothing is remembered and every function does all its work.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True)
class _Memory:
    """What is kept, and for how long.

    Attributes
    ----------
    lasting
        Of true labels and of profiles alone, for as long as anything is remembered.
    passing
        Of one shuffle.
    of_tables
        Of one shuffle's labels, by the table that holds them; the table is kept so that no other gets its `id`.
    shuffled
        Whether labels are shuffled, so that values alone are asked for.
    """

    lasting: dict[bytes, Any] = field(default_factory=dict)
    passing: dict[bytes, Any] = field(default_factory=dict)
    of_tables: dict[tuple[int, str], tuple[object, Any]] = field(default_factory=dict)
    shuffled: bool = False


_MEMORY: ContextVar[_Memory | None] = ContextVar("metrics_memory", default=None)


@contextmanager
def memoising() -> Iterator[None]:
    """Remember what does not depend on labels until this is left; what was remembered around it stays known."""
    with _within(_MEMORY.get() or _Memory()):
        yield


@contextmanager
def shuffling() -> Iterator[None]:
    """Remember as `memoising` does, and draw no intervals, until this is left."""
    with _within(replace(_MEMORY.get() or _Memory(), shuffled=True)):
        yield


@contextmanager
def _within(memory: _Memory) -> Iterator[None]:
    token = _MEMORY.set(memory)
    try:
        yield
    finally:
        _MEMORY.reset(token)


def is_memoising() -> bool:
    """Tell whether anything is remembered."""
    return _MEMORY.get() is not None


def is_shuffling() -> bool:
    """Tell whether values alone are asked for, of shuffled labels."""
    memory = _MEMORY.get()
    return memory is not None and memory.shuffled


def next_shuffle() -> None:
    """Forget what was remembered of the shuffle before: its labels, and what they made, are not asked for again."""
    if memory := _MEMORY.get():
        memory.passing.clear()
        memory.of_tables.clear()


def remembered(make: Callable[[], T], *inputs: object) -> T:
    """Give what `make` gives; while this is remembered, what it gave for the same inputs before.

    What is first asked for under shuffled labels is kept until the next shuffle only: the treatments of a shuffle are
    of no other.

    Parameters
    ----------
    inputs
        All that the result depends on: arrays by their bytes, anything else by its `repr`; the first says what is made.
    """
    memory = _MEMORY.get()
    if memory is None:
        return make()
    key = _digest(inputs)
    if key in memory.lasting:
        return cast("T", memory.lasting[key])
    store = memory.passing if memory.shuffled else memory.lasting
    if key not in store:
        store[key] = make()
    return cast("T", store[key])


def remembered_of(table: pd.DataFrame, name: str, make: Callable[[], T]) -> T:
    """Give what `make` gives of a table; while labels are shuffled, what it gave for the same table before.

    Parameters
    ----------
    table
        Known again by its identity: it must not be changed in place.
    name
        What is made of it, and how.
    """
    memory = _MEMORY.get()
    if memory is None or not memory.shuffled:
        return make()
    key = (id(table), name)
    if key not in memory.of_tables:
        memory.of_tables[key] = (table, make())
    return cast("T", memory.of_tables[key][1])


def partition(codes: NDArray[np.int64]) -> NDArray[np.int64]:
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
