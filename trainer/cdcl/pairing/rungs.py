"""The rungs of the ladder: who can be whose partner, the rows of a group that differ in some columns, sorted once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ConfigError, unknown_name
from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.config.pairing import PairingConfig

ANY = "any"


@dataclass(frozen=True, slots=True)
class Rung:
    """All pairs of one group that differ in every key, kept as segments of one sorted array of rows.

    Sorted by (group, first key), the candidates of a row are its group's segment without its own block:
    one random number and two additions find a partner.
    """

    name: str
    keys: NDArray[np.int64]
    """(K, N) codes of the columns that must differ; -1 where unknown."""
    order: NDArray[np.int64]
    segment: NDArray[np.int64]
    """(N, 2) start and length of a row's group in `order`."""
    block: NDArray[np.int64]
    """(N, 2) start and length of the rows in that group that share the first key."""
    num_partners: NDArray[np.int64]
    """(N,) how many rows are allowed as partners."""

    @classmethod
    def build(cls, name: str, group: NDArray[np.int64], keys: NDArray[np.int64]) -> Rung:
        """Sort once; a row whose group or keys are unknown (-1) takes no part."""
        known = (group >= 0) & (keys >= 0).all(axis=0)
        order = np.lexsort((keys[0], group))
        order = order[known[order]]
        segment = _runs(order, group[order], len(group))
        block = _runs(order, _joint(group, keys[0])[order], len(group))
        num_partners = np.where(known, _count_partners(np.where(known, group, -1), keys), 0)
        return cls(name, keys, order, segment, block, num_partners)

    def draw(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw a partner for each row, uniformly among those allowed.

        Parameters
        ----------
        rows
            (n,), each with `num_partners` above 0.
        rng
            Of this step.

        Returns
        -------
        partners
            (n,) rows.
        """
        partners = np.empty_like(rows)
        open_ = np.arange(len(rows))
        while len(open_):
            asked = rows[open_]
            drawn = self._draw_outside_block(asked, rng)
            # Only the first key is excluded by construction; for further ones, draw again where they coincide.
            allowed = (self.keys[1:, drawn] != self.keys[1:, asked]).all(axis=0)
            partners[open_[allowed]] = drawn[allowed]
            open_ = open_[~allowed]
        return partners

    def _draw_outside_block(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        start, length = self.segment[rows].T
        own_start, own_length = self.block[rows].T
        place = start + (rng.random(len(rows)) * (length - own_length)).astype(np.int64)
        place += np.where(place >= own_start, own_length, 0)
        drawn: NDArray[np.int64] = self.order[place]
        return drawn


def build_rungs(sites: pd.DataFrame, config: PairingConfig) -> tuple[Rung, ...]:
    """Give the rungs that `config` asks for, far to near; none where every image is its own partner.

    Parameters
    ----------
    sites
        The rows that may be paired, N.
    config
        `sameby` makes the groups, `diffby` the first rung, and what stands below it in `ladder` the further ones.

    Returns
    -------
    tuple of Rung
        From far to near. Empty where every image is its own partner; without `diffby` one rung, on which a group's rows
        are all partners of each other and of themselves.

    Raises
    ------
    ConfigError
        If `config` names a column that `sites` does not have.
    """
    if not config.sameby:
        return ()
    group = reduce(_joint, (_codes(sites, name) for name in config.sameby))
    if not config.diffby:
        # Everyone in the group is allowed, the row itself too: a key that no two rows share, and an empty block.
        rung = Rung.build(ANY, group, np.zeros((1, len(sites)), dtype=np.int64))
        sizes = np.where(group >= 0, rung.segment[:, 1], 0)
        return (Rung(ANY, rung.keys, rung.order, rung.segment, np.zeros_like(rung.block), sizes),)
    first = Rung.build(" and ".join(config.diffby), group, np.stack([_codes(sites, name) for name in config.diffby]))
    nearer = [Rung.build(name, group, _codes(sites, name)[None]) for name in _below(config) if _has(sites, name)]
    return (first, *nearer)


def _below(config: PairingConfig) -> tuple[str, ...]:
    """Give the ladder's levels nearer than what `diffby` asks for."""
    places = [config.ladder.index(name) for name in config.diffby if name in config.ladder]
    return config.ladder[max(places, default=-1) + 1 :]


def _has(sites: pd.DataFrame, name: str) -> bool:
    return name == "site" or name in sites


def _codes(sites: pd.DataFrame, name: str) -> NDArray[np.int64]:
    """Number the values of a column; plates and wells are told apart across batches; unknown is -1."""
    if name == "site":
        return np.arange(len(sites))
    if name not in sites:
        raise ConfigError("pairing: " + unknown_name("column", name, map(str, sites.columns)))
    if name in ("plate", "well"):
        labels = (plate_keys if name == "plate" else well_keys)(sites).to_numpy(dtype=str)
    else:
        labels = sites[name].astype("string").fillna("").to_numpy(dtype=str)
    values, codes = np.unique(labels, return_inverse=True)
    return np.where(values[codes] == "", -1, codes)


def _joint(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the pairs of two codes; -1 where either is unknown."""
    joint = first * (second.max(initial=0) + 1) + second
    return np.where((first < 0) | (second < 0), -1, np.unique(joint, return_inverse=True)[1])


def _runs(order: NDArray[np.int64], sorted_codes: NDArray[np.int64], num_rows: int) -> NDArray[np.int64]:
    """Give, for each row, start and length of the run of equal codes that it stands in. Shape (num_rows, 2)."""
    _, starts, run_of, lengths = np.unique(sorted_codes, return_index=True, return_inverse=True, return_counts=True)
    runs = np.zeros((num_rows, 2), dtype=np.int64)
    runs[order, 0] = starts[run_of]
    runs[order, 1] = lengths[run_of]
    return runs


def _count_partners(group: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count rows of the same group that differ in all keys, by inclusion and exclusion."""
    total = np.zeros(len(group), dtype=np.int64)
    for size in range(len(keys) + 1):
        for chosen in combinations(range(len(keys)), size):
            joint = reduce(_joint, (keys[key] for key in chosen), group)
            total += (-1) ** size * np.bincount(joint + 1, minlength=1)[joint + 1]
    return total
