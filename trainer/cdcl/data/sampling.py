"""Which rows make up a step: a pure function of (seed, step), so that nothing needs saving to resume."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cdcl.errors import ConfigError
from cdcl.screen.groups import rows_of_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Streams of random numbers that must not share a seed.
ORDER, GROUPS, MEMBERS, PARTNERS, VIEWS, NOISE = range(6)


def rng_for(seed: int, stream: int, *numbers: int) -> np.random.Generator:
    """Give the generator of a stream at an epoch or step, and of a process: same numbers, same draws."""
    return np.random.default_rng([seed, stream, *numbers])


class Sampler(Protocol):
    """Chooses the rows of a step."""

    def rows(self, step: int) -> NDArray[np.int64]:
        """Give the rows of a global batch, shape (batch_size,)."""


class PlainSampler:
    """Goes through all rows in a new order each epoch; a batch may span the border of two epochs.

    Parameters
    ----------
    num_rows
        Rows of the training set, N.
    batch_size
        Rows of a step over all processes.
    seed
        Of the run.
    """

    def __init__(self, num_rows: int, batch_size: int, seed: int) -> None:
        self._stream = _Permutations(num_rows, seed, ORDER)
        self._batch_size = batch_size

    def rows(self, step: int) -> NDArray[np.int64]:
        """Give the rows of a global batch, shape (batch_size,)."""
        return self._stream.take(step * self._batch_size, self._batch_size)


class BalancedSampler:
    """Draws P x K batches: `per_group` rows each of as many groups as fill the batch; all groups come up equally often.

    Parameters
    ----------
    groups
        (N,) number of each row's group; rows of an unknown one (-1) are never drawn.
    batch_size
        Rows of a step over all processes.
    per_group
        K, rows of a group in a step; in smaller groups rows are drawn more than once.
    seed
        Of the run.

    Raises
    ------
    ConfigError
        If the batch size is no multiple of `per_group`.
    """

    def __init__(self, groups: NDArray[np.int64], batch_size: int, per_group: int, seed: int) -> None:
        if batch_size % per_group:
            raise ConfigError(f"batch_size = {batch_size} is no multiple of per_group = {per_group}; change either.")
        values = np.unique(groups[groups >= 0])
        if len(values) == 0:
            raise ConfigError("sampler = 'balanced' needs a treatment for at least one training image; use 'plain'.")
        members = rows_of_groups(groups, int(values[-1]) + 1)
        self._members = [members[value] for value in values.tolist()]
        self._stream = _Permutations(len(values), seed, GROUPS)
        self._num_groups = batch_size // per_group
        self._per_group = per_group
        self._seed = seed

    def rows(self, step: int) -> NDArray[np.int64]:
        """Give the rows of a global batch, shape (batch_size,); the rows of a group stand together."""
        rng = rng_for(self._seed, MEMBERS, step)
        chosen = self._stream.take(step * self._num_groups, self._num_groups)
        return np.concatenate([self._draw(self._members[group], rng) for group in chosen])

    def _draw(self, members: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        return rng.choice(members, self._per_group, replace=len(members) < self._per_group)


class _Permutations:
    """An endless sequence of permutations of `range(length)`, addressed by position."""

    def __init__(self, length: int, seed: int, stream: int) -> None:
        self._length = length
        self._permutation = lru_cache(maxsize=2)(lambda epoch: rng_for(seed, stream, epoch).permutation(length))

    def take(self, start: int, count: int) -> NDArray[np.int64]:
        """Give the elements at positions `start` .. `start + count`."""
        positions = np.arange(start, start + count)
        epochs = positions // self._length  # (count,), of two epochs where a batch spans their border
        parts = [self._permutation(int(e))[positions[epochs == e] % self._length] for e in np.unique(epochs)]
        return np.concatenate(parts)
