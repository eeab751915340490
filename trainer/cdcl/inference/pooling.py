"""Profiles of sites and wells as means over their cells, without ever holding all cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles import Profiles, aggregate, feature_names
from cdcl.profiles.groups import sums_by
from cdcl.profiles.parts import read_pieces
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen import Screen


@dataclass(frozen=True)
class Pooled:
    """What many cells come to: each site's and each well's mean, with `num_cells` in the tables."""

    sites: Profiles
    wells: Profiles


def pool_cells(parts: Sequence[Path], rows: Sequence[NDArray[np.int64]], screen: Screen) -> Pooled:
    """Average the cells of each site and of each well of `screen`.

    Parameters
    ----------
    parts
        Files of cell profiles.
    rows
        For each part, the site of each of its cells, as a row of the screen.
    """
    features = feature_names(parts[0])
    sums = np.zeros((len(screen), len(features)), dtype=np.float64)
    counts = np.zeros(len(screen), dtype=np.int64)
    for part, owners in zip(parts, rows, strict=True):
        counts += np.bincount(owners, minlength=len(screen))
        start = 0
        for piece in read_pieces(part, features):
            np.add.at(sums, owners[start : start + len(piece)], piece)
            start += len(piece)
    there = np.flatnonzero(counts)
    table = screen.take(there).sites.assign(num_cells=counts[there])
    means = sums[there] / counts[there, None]
    sites = Profiles(means.astype(np.float32), table, "site", own_features(features), {"site": "mean over cells"})
    return Pooled(sites, _wells(sites, sums[there], counts[there]))


def own_features(names: Sequence[str]) -> tuple[str, ...]:
    """Give names that say something; () for the usual emb_0000, emb_0001, ..., which need not be kept."""
    return () if names and names[0] == "emb_0000" else tuple(names)


def _wells(sites: Profiles, sums: NDArray[np.float64], counts: NDArray[np.int64]) -> Profiles:
    """Average all cells of a well alike: sites with many cells count for more."""
    wells = aggregate(sites, "well")
    codes = np.unique(well_keys(sites.table).to_numpy(dtype=str), return_inverse=True)[1]
    totals = np.bincount(codes, weights=counts)
    means = wells.with_values(sums_by(sums, codes) / totals[:, None], well="mean over cells")
    return replace(means, table=means.table.assign(num_cells=totals.astype(np.int64)))
