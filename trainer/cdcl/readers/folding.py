"""Fold planes into fields of view: a time point, a plane or the maximum of the stack, one path a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError
from cdcl.images.claims import MOST_CHANNELS
from cdcl.images.references import maximum_of
from cdcl.readers.choosing import choose_channels, choose_time, choose_z
from cdcl.readers.extent import Extent, measure_extent
from cdcl.readers.planes import PLANE_COLUMNS, micrometres
from cdcl.screen.natural import natural
from cdcl.screen.plates import normalise_well
from cdcl.wording import option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.readers.choosing import Choice
    from cdcl.readers.planes import Planes


@dataclass(frozen=True)
class Fold:
    """One row a field of view with `path_<channel>`, what there was, and remarks on what was chosen or left out."""

    sites: pd.DataFrame
    extent: Extent
    notes: tuple[str, ...]


def fold(planes: Planes, choice: Choice) -> Fold:
    """Give one row a field of view; fields that lack a channel or a plane of the stack are left out, and named.

    Raises
    ------
    ScreenError
        If a choice is not there, two files are the same plane, or no field has all channels.
    """
    table = planes.table.assign(well=planes.table["well"].map(_spelled(planes.table["well"])))
    notes = list(planes.notes)
    extent = measure_extent(table)
    order = list(planes.channels) or sorted(table["channel"].unique(), key=natural)
    if len(order) > MOST_CHANNELS:
        raise ScreenError(
            f"there are {len(order):,} channels, more than {MOST_CHANNELS:,}; is that axis one of channels?"
        )
    table, order = choose_channels(table, order, choice.channels)
    table = choose_time(table, choice.t, notes)
    table = choose_z(table, choice.z, notes)
    _check_twice(table)
    return Fold(_widen(table, order, notes), extent, tuple(notes))


def _spelled(wells: pd.Series) -> dict[str, str]:
    return {well: normalise_well(well) for well in wells.unique()}


def has_planes_twice(table: pd.DataFrame) -> bool:
    """Tell whether two planes have the same place: a plate that was imaged twice, or two plates of one name."""
    table = table.assign(well=table["well"].map(_spelled(table["well"])))
    return bool(table.duplicated([*_places(table), "channel", "z", "t"]).any())


def _check_twice(table: pd.DataFrame) -> None:
    keys = [*_places(table), "channel", "z"]
    twice = table.duplicated(keys).to_numpy()
    if not twice.any():
        return
    second = table.iloc[int(twice.argmax())]
    first = table[(table[keys] == second[keys]).all(axis=1)].iloc[0]
    where = ", ".join(f"{name} {second[name]}" for name in keys if second[name])
    raise ScreenError(
        f"{first['path']} and {second['path']} are both {where}: perhaps a plate was imaged twice; point at one of "
        "the measurements, or move one away. If they are plates of one name in several batches, "
        f"{option('batch-from')} folder "
        "(or date) tells them apart."
    )


def _widen(table: pd.DataFrame, order: list[str], notes: list[str]) -> pd.DataFrame:
    places = _places(table)
    site = table.groupby(places, sort=False).ngroup().to_numpy()
    channel = pd.Categorical(table["channel"], categories=order).codes.astype(np.int64)
    num_sites = int(site.max()) + 1
    cell = site * len(order) + channel
    counts = np.bincount(cell, minlength=num_sites * len(order)).reshape(num_sites, len(order))
    paths = _paths(table, cell, counts.size).reshape(counts.shape)
    firsts = np.unique(site, return_index=True)[1]
    sites = table.iloc[firsts].drop(columns=[*set(PLANE_COLUMNS) - set(places)]).reset_index(drop=True)
    kept, whole = _whole(counts, order, sites[places], notes)
    columns = {f"path_{order[number]}": paths[whole, number] for number in kept}
    sites = pd.concat([sites[whole].reset_index(drop=True), pd.DataFrame(columns, dtype=str)], axis=1)
    return _with_one_pixel_size(_sorted(sites, places), notes)


def _paths(table: pd.DataFrame, cell: NDArray[np.int64], size: int) -> NDArray[np.object_]:
    """Give each channel of each site its reference: a plane, or the maximum of its planes from low to high."""
    paths = np.full(size, "", dtype=object)
    values = table["path"].to_numpy(dtype=object)
    if len(np.unique(cell)) == len(cell):
        paths[cell] = values
        return paths
    depth = table["z"].map({z: rank for rank, z in enumerate(sorted(table["z"].unique(), key=natural))}).to_numpy()
    order = np.lexsort((depth, cell))
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    for group in np.split(order, starts[1:]):
        paths[cell[group[0]]] = maximum_of(values[group].tolist())
    return paths


def _whole(
    counts: NDArray[np.int64], order: list[str], places: pd.DataFrame, notes: list[str]
) -> tuple[list[int], NDArray[np.bool_]]:
    """Tell which channels most fields have, and which fields have all planes of them."""
    expected = np.array([_commonest(counts[:, number]) for number in range(len(order))])
    kept = np.flatnonzero(expected > 0).tolist()
    for number in np.flatnonzero(expected == 0):
        there = int((counts[:, number] > 0).sum())
        notes.append(f"channel {order[number]} is in {there} of {len(counts)} fields only, and left out.")
    lacking = counts[:, kept] < expected[kept]
    whole: NDArray[np.bool_] = np.logical_not(lacking.any(axis=1))
    if not kept or not whole.any():
        found = ", ".join(f"{name} in {int((counts[:, n] > 0).sum())}" for n, name in enumerate(order))
        raise ScreenError(
            f"no field has all channels: of {len(counts)} fields, {found}; {option('channels')} A,B chooses some."
        )
    if not whole.all():
        first = int((~whole).argmax())
        what = ", ".join(order[kept[number]] for number in np.flatnonzero(lacking[first]))
        where = "/".join(map(str, places.iloc[first]))
        notes.append(
            f"{int((~whole).sum())} of {len(whole)} fields lack planes and are left out: {where} lacks {what}."
        )
    return kept, whole


def _commonest(counts: NDArray[np.int64]) -> int:
    """Give the number of planes that most fields have; of two as common, the greater."""
    frequencies = np.bincount(counts)
    return int(len(frequencies) - 1 - frequencies[::-1].argmax())


def _sorted(sites: pd.DataFrame, places: list[str]) -> pd.DataFrame:
    ranks = {
        name: sites[name].map({v: rank for rank, v in enumerate(sorted(sites[name].unique(), key=natural))})
        for name in places
    }
    ranks["well"] = sites["well"].map(
        {well: rank for rank, well in enumerate(sorted(sites["well"].unique(), key=lambda well: (len(well), well)))}
    )
    order = np.lexsort([ranks[name].to_numpy() for name in reversed(places)])
    return sites.iloc[order].reset_index(drop=True)


def _with_one_pixel_size(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    if "pixel_size" not in sites:
        return sites
    sizes = [float(size) for text in sites["pixel_size"].unique() if (size := micrometres(text))]
    # Stages are calibrated again and again: a difference in the fourth digit is no other magnification.
    if sizes and max(sizes) <= min(sizes) * 1.001:
        return sites.assign(pixel_size=f"{sizes[0]:.6g}")
    if sizes:
        notes.append(f"pixels are {min(sizes):.4g} to {max(sizes):.4g} micrometres wide: the size is left out.")
    return sites.drop(columns="pixel_size")


def _places(table: pd.DataFrame) -> list[str]:
    return [name for name in ("batch", "plate", "well", "site") if name in table]
