"""The wells of an assay: where each lies on its plate, which control it is, and single numbers that sum it up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, aggregate
from cdcl.profiles.corrections.whitening import principal_axes
from cdcl.profiles.scaling import usable_scale
from cdcl.screen.controls import control_kinds
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WELL = re.compile(r"([A-Z]{1,2})(\d{2})")


@dataclass(frozen=True)
class Wells:
    """Well profiles with what quality asks of them.

    Attributes
    ----------
    profiles
        Level "well".
    plates
        Number of each well's plate, shape (N,), counted from 0 in the order of `names`: that of the table.
    names
        Keys of the plates, "batch/plate".
    control
        "negative", "positive", "empty" or "", shape (N,).
    positions
        Row and column on the plate, counted from 0, shape (N, 2); -1 where the well has no name like B03.
    """

    profiles: Profiles
    plates: NDArray[np.int64]
    names: tuple[str, ...]
    control: NDArray[np.str_]
    positions: NDArray[np.int64]

    def negative(self) -> NDArray[np.bool_]:
        """Tell the negative controls."""
        return np.asarray(self.control == "negative")


def wells_of(profiles: Profiles) -> Wells:
    """Arrange profiles by well; finer ones are averaged first.

    Parameters
    ----------
    profiles
        Of wells, sites or cells, with plate and well in the table.

    Returns
    -------
    Wells
        A row a well.

    Raises
    ------
    ProfilesError
        If they are treatment profiles, or name no plate and well.
    """
    if profiles.level == "treatment":
        raise ProfilesError("quality is asked of wells; treatment profiles lie on no plate.")
    wells = aggregate(profiles, "well") if profiles.level != "well" else profiles
    wells.column("well")
    wells.column("plate")
    plates, names = pd.factorize(plate_keys(wells.table))
    kinds = control_kinds(wells.table)
    return Wells(wells, plates.astype(np.int64), tuple(map(str, names)), kinds, well_positions(wells.table["well"]))


def well_positions(wells: pd.Series) -> NDArray[np.int64]:
    """Give row and column of wells, counted from 0: "B03" is (1, 2), "AA01" is (26, 0). Shape (N, 2)."""
    known = {well: _position(str(well)) for well in wells.unique()}
    return np.array([known[well] for well in wells], dtype=np.int64).reshape(-1, 2)


def _position(well: str) -> tuple[int, int]:
    match = _WELL.fullmatch(well)
    if not match:
        return -1, -1
    row = 0
    for letter in match[1]:
        row = 26 * row + ord(letter) - ord("A") + 1
    return row - 1, int(match[2]) - 1


def summaries(wells: Wells) -> dict[str, NDArray[np.float64]]:
    """Sum up each well in a few numbers, (N,) each, by name.

    `distance` is the root mean square distance from the plate's negative controls, in their deviations pooled over
    plates; `pc1` to `pc3` are principal components in that scale; `num_cells` is there where the table has it. Without
    negative controls, all wells of the plate stand for them.
    """
    scores = standard_scores(wells)
    found = {"distance": np.sqrt((scores**2).mean(axis=1))}
    centred = scores - scores.mean(axis=0)
    _, axes = principal_axes(centred)
    for number in range(min(3, axes.shape[1])):
        found[f"pc{number + 1}"] = centred @ axes[:, number]
    if "num_cells" in wells.profiles.table:
        counts = pd.to_numeric(wells.profiles.table["num_cells"], errors="coerce")
        found["num_cells"] = counts.to_numpy(dtype=np.float64)
    return found


def wells_table(wells: Wells) -> pd.DataFrame:
    """Lay wells out as a table.

    Returns
    -------
    DataFrame
        `plate` ("batch/plate"), `well`, `row` and `column` (counted from 0; -1 where the well has no name like B03),
        `batch`, `treatment` and `control` where they are known, and the columns of `summaries`.
    """
    known = wells.profiles.table
    table = pd.DataFrame({"plate": np.array(wells.names, dtype=object)[wells.plates], "well": known["well"].to_numpy()})
    table["row"], table["column"] = wells.positions.T
    for name in ("batch", "treatment", "control"):
        if name in known:
            table[name] = known[name].astype("string").fillna("").to_numpy(dtype=object)
    return table.assign(**summaries(wells))


def standard_scores(wells: Wells, *, centred: bool = True) -> NDArray[np.float64]:
    """Bring features (N, D) to units of the controls' deviation within plates; each plate centred on them if asked.

    The deviation is that of the median plate, so that one bad plate does not hide itself by a large one.
    """
    centres, scale, residuals = control_scale(wells)
    values = wells.profiles.values.astype(np.float64)
    return np.asarray((residuals if centred else values - centres.mean(axis=0)) / scale)


def control_scale(wells: Wells) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the centres of each plate's controls (P, D), their deviation within the median plate (D,), and residuals.

    Residuals (N, D) are what is left of each well when its plate is centred.
    """
    values, reference = wells.profiles.values.astype(np.float64), reference_wells(wells)
    residuals = np.zeros_like(values)
    centres, variances = np.zeros((2, len(wells.names), values.shape[1]))
    for plate in range(len(wells.names)):
        own = wells.plates == plate
        centres[plate] = values[own & reference].mean(axis=0)
        residuals[own] = values[own] - centres[plate]
        freedom = max(1, int((own & reference).sum()) - 1)
        variances[plate] = (residuals[own & reference] ** 2).sum(axis=0) / freedom
    scale = usable_scale(np.sqrt(np.median(variances, axis=0)), np.abs(values).max(axis=0, initial=0))
    return centres, np.asarray(scale), residuals


def reference_wells(wells: Wells) -> NDArray[np.bool_]:
    """Tell the negative controls; all wells on plates that have none."""
    negative = wells.negative()
    with_some = np.bincount(wells.plates[negative], minlength=len(wells.names)) > 0
    return np.asarray(negative | ~with_some[wells.plates])
