"""The part of `cdcl difference` that is of single cells: real cells along the axis between two groups of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cdcl.bounded import read_text
from cdcl.cells.windows import cell_windows, crop_side
from cdcl.config.cells import CellsConfig
from cdcl.errors import CDCLError, ProfilesError, ScreenError
from cdcl.hits.axis import Axis, fit_axis
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.report.difference import CELLS_IN_A_STRIP
from cdcl.runs.settings import settings_if_any
from cdcl.screen.counting import counted
from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

    Rows = NDArray[np.int64]

MOST_CELLS = 5000
"""Cells of a group that the axis is learned from, evenly over its wells: enough for some hundred features."""
SIDE = 64
"""Side of a cell's picture in pixels, where the run was trained on whole fields: a nucleus and what is around it."""


@dataclass(frozen=True, eq=False)
class CellsAlong:
    """Cells of two groups on the axis between them.

    Attributes
    ----------
    axis
        Between the groups.
    ones
        (n,) which of the axis's cells are of the first group.
    strip
        Pixels (C, Y, X) of single cells along the axis, each with its position and the group's number, 0 for the first.
    fields
        Rows of the screen with cells of the first group alone, and of the second alone.
    """

    axis: Axis
    ones: NDArray[np.bool_]
    strip: list[tuple[NDArray[np.generic], str]]
    fields: tuple[Rows, Rows]


def cells_along(
    run: Run, screen: Screen, groups: tuple[str, str], names: tuple[str, str], fields_of: Callable[[str], Rows]
) -> Task[CellsAlong]:
    """Lay the cells of two groups along the axis between them.

    Parameters
    ----------
    groups
        Each a file of row numbers of the run's cell profiles, one a line, or columns of the screen.
    names
        What the page calls them.
    fields_of
        Finds the fields of a group that is named by columns; all their cells are its.

    Raises
    ------
    ProfilesError
        If the run has no cell profiles with their places, or a group has too few.
    ScreenError
        If a group is neither, or a cell is in both.
    """
    profiles, _ = open_profiles(run.folder, "cell")
    yield from left_out(profiles)
    if not {"y", "x"} <= set(profiles.table):
        raise ProfilesError(f"the cell profiles of {run.folder.name} do not say where cells are (columns y and x).")
    owners = _owners(profiles, screen)
    this, that = (_chosen(where, owners, fields_of) for where in groups)
    both = np.intersect1d(this, that)
    if len(both):
        number = counted(len(both), "cell is", "cells are")
        raise ScreenError(f"{number} in both groups; name two groups that have none in common.")
    wells = np.unique(well_keys(profiles.table).to_numpy(dtype=str), return_inverse=True)[1]
    chosen = np.concatenate([_spread(this, wells, MOST_CELLS), _spread(that, wells, MOST_CELLS)])
    ones = np.isin(chosen, this)
    axis = fit_axis(_centred(profiles, chosen), ones, wells[chosen].astype(np.int64), nouns="cells")
    strip = _strip(run, screen, profiles, (chosen, owners[chosen], axis.positions, ones), names)
    of = [np.unique(owners[group]) for group in (this, that)]
    fields = (np.setdiff1d(of[0], of[1]), np.setdiff1d(of[1], of[0]))
    return CellsAlong(axis, ones, strip, fields)


def field_keys(table: object) -> list[str]:
    """Name each row's field: by its image, else by plate, well and site."""
    import pandas as pd

    assert isinstance(table, pd.DataFrame)
    if "image_id" in table:
        return [str(key) for key in table["image_id"]]
    keys = well_keys(table).astype(str) + "/" + table["site"].astype(str)
    return [str(key) for key in keys]


def row_numbers(where: str, num: int, noun: str) -> Rows:
    """Read the rows of a group from a file, one a line, each once.

    Raises
    ------
    ScreenError
        If there is no such file, it holds something else, or a row that is none of the `num` there are.
    """
    try:
        numbers = np.unique(np.array(read_text(Path(where)).split(), dtype=np.int64))
    except (CDCLError, OSError, ValueError, OverflowError) as error:
        raise ScreenError(f"'{where}' is neither column=value nor a file of row numbers, one a line.") from error
    if len(numbers) and not 0 <= numbers[0] <= numbers[-1] < num:
        odd = numbers[0] if numbers[0] < 0 else numbers[-1]
        raise ScreenError(f"{where} names {noun} {odd}, but there are {num}, counted from 0.")
    return numbers


def _owners(profiles: Profiles, screen: Screen) -> Rows:
    """Give the row of the screen that each cell lies in, -1 for none."""
    known = {key: row for row, key in enumerate(field_keys(screen.sites))}
    return np.array([known.get(key, -1) for key in field_keys(profiles.table)], dtype=np.int64)


def _chosen(where: str, owners: Rows, fields_of: Callable[[str], Rows]) -> Rows:
    """Find the cells of a group that lie in fields of the screen."""
    if "=" in where:
        return np.flatnonzero(np.isin(owners, fields_of(where)))
    numbers = row_numbers(where, len(owners), "cell")
    return numbers[owners[numbers] >= 0]


def _spread(own: Rows, wells: NDArray[np.int64], most: int) -> Rows:
    """Choose up to `most` of a group's cells, evenly over its wells."""
    order = own[np.argsort(wells[own], kind="stable")]
    return np.asarray(order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).round().astype(int))])


def _centred(profiles: Profiles, chosen: Rows) -> NDArray[np.float64]:
    """Give the profiles of some cells, the mean of all cells of their plate taken off."""
    values = profiles.values[chosen].astype(np.float64)
    plates = np.unique(plate_keys(profiles.table).to_numpy(dtype=str), return_inverse=True)[1]
    for plate in np.unique(plates[chosen]):
        values[plates[chosen] == plate] -= profiles.values[plates == plate].mean(axis=0, dtype=np.float64)
    return values


def _strip(
    run: Run,
    screen: Screen,
    profiles: Profiles,
    placed: tuple[Rows, Rows, NDArray[np.float64], NDArray[np.bool_]],
    names: tuple[str, str],
) -> list[tuple[NDArray[np.generic], str]]:
    """Cut single cells that are evenly spread over the axis; fields that cannot be read are left out."""
    cells, owners, positions, ones = placed
    order, side = np.argsort(positions, kind="stable"), _side(run, screen)
    num = min(CELLS_IN_A_STRIP, len(order))
    strip = []
    for place in order[np.unique(np.linspace(0, len(order) - 1, num).round().astype(int))].tolist():
        try:
            pixels = screen.image(int(owners[place]))
        except CDCLError:
            continue
        cell = profiles.table.iloc[int(cells[place])]
        size = np.array([pixels.shape[1:]], dtype=np.int64)
        top, left, height, width = cell_windows(np.array([[cell["y"], cell["x"]]], dtype=np.float64), size, side)[0]
        where = " ".join(str(cell[name]) for name in ("plate", "well", "site") if name in cell)
        title = f"{positions[place]:.2f}  {names[0] if ones[place] else names[1]}\n{where}"
        strip.append((pixels[:, top : top + height, left : left + width], title))
    return strip


def _side(run: Run, screen: Screen) -> int:
    """Give the side of the crops that the run was trained on."""
    settings = settings_if_any(run).get("cells", {})
    if not isinstance(settings, dict) or settings.get("source", "none") == "none":
        return SIDE
    return crop_side(CellsConfig.model_validate(settings), screen.pixel_size)
