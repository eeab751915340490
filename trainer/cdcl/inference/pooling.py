"""Profiles of sites and wells from their cells, with one plate's cells in memory at most."""

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

    from cdcl.config.embedding import CellPooling
    from cdcl.screen import Screen

TRIMMED = 0.1
"""Share of cells that is left out at each end, feature by feature; up to as many dead cells then move nothing."""


@dataclass(frozen=True)
class Pooled:
    """What many cells come to: one profile a site and one a well, with `num_cells` in the tables.

    Attributes
    ----------
    sites, wells
        Profiles; those of a well weigh all its cells alike, whatever their site.
    """

    sites: Profiles
    wells: Profiles


def pool_cells(
    parts: Sequence[Path], rows: Sequence[NDArray[np.int64]], screen: Screen, how: CellPooling = "mean"
) -> Pooled:
    """Pool the cells of each site and of each well of `screen`; all cells of a well count alike.

    Parameters
    ----------
    parts
        Files of cell profiles, no well in two of them.
    rows
        For each part, the site of each of its cells, as a row of the screen.
    how
        "mean" needs no more memory than a piece of a file; "median" and "trimmed" read one part at a time.

    Returns
    -------
    Pooled
        Sites and wells that have cells, with their number in `num_cells`.
    """
    features = feature_names(parts[0])
    counts = np.zeros(len(screen), dtype=np.int64)
    for owners in rows:
        counts += np.bincount(owners, minlength=len(screen))
    there = np.flatnonzero(counts)
    table = screen.take(there).sites.assign(num_cells=counts[there])
    wells = np.unique(well_keys(screen.sites).to_numpy(dtype=str)[there], return_inverse=True)[1]
    if how == "mean":
        sums = _sums(parts, rows, (len(screen), len(features)))[there]  # (sites with cells, D)
        of_sites, of_wells = sums / counts[there, None], _well_means(sums, counts[there], wells)
    else:
        of_sites, of_wells = _robust(parts, rows, (there, wells), how)
    names = own_features(features)
    sites = Profiles(of_sites.astype(np.float32), table, "site", names, {"site": f"{how} over cells"})
    return Pooled(sites, _as_wells(sites, of_wells, counts[there], f"{how} over cells"))


def own_features(names: Sequence[str]) -> tuple[str, ...]:
    """Give names that say something; () for the usual emb_0000, emb_0001, ..., which need not be kept."""
    return () if names and names[0] == "emb_0000" else tuple(names)


def pooled(values: NDArray[np.floating], how: str) -> NDArray[np.float64]:
    """Pool cells (n, D) to one profile (D,).

    Parameters
    ----------
    values
        (n, D).
    how
        "median", or "trimmed": the mean without a tenth of the cells at each end, feature by feature.

    Returns
    -------
    profile
        (D,).
    """
    if how == "median":
        return np.asarray(np.median(values, axis=0), np.float64)
    cut = int(TRIMMED * len(values))
    kept = np.sort(values, axis=0)[cut : len(values) - cut]
    return np.asarray(kept.mean(axis=0, dtype=np.float64))


def _sums(parts: Sequence[Path], rows: Sequence[NDArray[np.int64]], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Add up the cells of each site without ever holding all of them."""
    sums = np.zeros(shape)
    features = feature_names(parts[0])
    for part, owners in zip(parts, rows, strict=True):
        start = 0
        for piece in read_pieces(part, features):
            np.add.at(sums, owners[start : start + len(piece)], piece)
            start += len(piece)
    return sums


def _well_means(sums: NDArray[np.float64], counts: NDArray[np.int64], wells: NDArray[np.int64]) -> NDArray[np.float64]:
    # Over cells, not over sites: a site with few cells weighs little.
    means: NDArray[np.float64] = sums_by(sums, wells) / np.bincount(wells, weights=counts)[:, None]
    return means


def _robust(
    parts: Sequence[Path],
    rows: Sequence[NDArray[np.int64]],
    groups: tuple[NDArray[np.int64], NDArray[np.int64]],
    how: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pool each site (n, D) and each well (m, D) by a rule that needs all of its cells at once."""
    there, wells = groups
    features = feature_names(parts[0])
    site_of_row = np.full(int(there.max(initial=-1)) + 1, -1)
    site_of_row[there] = np.arange(len(there))
    of_sites, of_wells = np.zeros((len(there), len(features))), np.zeros((int(wells.max()) + 1, len(features)))
    for part, owners in zip(parts, rows, strict=True):
        values = np.concatenate(list(read_pieces(part, features)))  # (cells of the part, D)
        sites = site_of_row[owners]
        for target, codes in ((of_sites, sites), (of_wells, wells[sites])):
            order = np.argsort(codes, kind="stable")
            starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
            for group in np.split(order, starts[1:]):
                target[codes[group[0]]] = pooled(values[group], how)
    return of_sites, of_wells


def _as_wells(sites: Profiles, values: NDArray[np.float64], counts: NDArray[np.int64], told: str) -> Profiles:
    wells = aggregate(sites, "well")
    codes = np.unique(well_keys(sites.table).to_numpy(dtype=str), return_inverse=True)[1]
    totals = np.bincount(codes, weights=counts).astype(np.int64)
    return replace(wells.with_values(values, well=told), table=wells.table.assign(num_cells=totals))
