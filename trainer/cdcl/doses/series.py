"""Wells of one compound at its doses, with the controls of their plates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells


@dataclass(frozen=True, slots=True)
class DoseSeries:
    """One compound.

    Attributes
    ----------
    compound
        Its name.
    rows
        Rows of the table of wells, (n,): the compound's wells, then the negative controls of its plates.
    doses
        (n,) in the table's unit; 0 for controls.
    plates
        (n,) number of each well's plate, counted from 0 within the series.
    left_out
        Wells of the compound whose dose is unknown or below 0.
    below_zero, at_zero
        Wells of the compound, among those that are left out, whose dose is below 0; and those at 0, which count as
        controls.
    units
        Units of its doses above 0; several cannot stand on one axis.
    """

    compound: str
    rows: NDArray[np.int64]
    doses: NDArray[np.float64]
    plates: NDArray[np.int64]
    left_out: int = 0
    units: tuple[str, ...] = ()
    below_zero: int = 0
    at_zero: int = 0

    @property
    def num_doses(self) -> int:
        """Count the different doses above 0."""
        return len(np.unique(self.doses[self.doses > 0]))

    @property
    def log_doses(self) -> NDArray[np.float64]:
        """log10 of the doses, -inf for controls."""
        with np.errstate(divide="ignore"):
            return np.log10(self.doses)


def dose_series(wells: Wells) -> Iterator[DoseSeries]:
    """Give the series of each compound that is not a negative control, in the order of names.

    A well of the compound at dose 0 counts as a control.

    Yields
    ------
    DoseSeries
        Of one compound: its wells and the controls of their plates.

    Raises
    ------
    ProfilesError
        If the table names no compounds, or no doses.
    """
    table = wells.profiles.table
    compounds = wells.profiles.column("compound").astype("string").fillna("").to_numpy(dtype=str)
    if "concentration" not in table:
        raise ProfilesError(
            "there is no column concentration; a curve needs the dose of each well. Name the column of doses "
            "concentration or dose, with its unit in brackets, in the table of profiles or in the plate map, which "
            f"{verb('scan')} joins with {option('metadata')}."
        )
    doses = _doses(wells.profiles.column("concentration"))
    written = _units(table)
    negative = wells.negative()
    for compound in np.unique(compounds[~negative & (compounds != "") & (wells.control != "empty")]):
        own = np.flatnonzero((compounds == compound) & ~negative)
        known = own[doses[own] >= 0]
        controls = np.flatnonzero(negative & np.isin(wells.plates, wells.plates[known]))
        rows = np.concatenate([known, controls])
        given = np.concatenate([doses[known], np.zeros(len(controls))])
        plates = np.unique(wells.plates[rows], return_inverse=True)[1]
        units = tuple(np.unique(written[own[doses[own] > 0]]).tolist())
        below, at = int((doses[own] < 0).sum()), int((doses[own] == 0).sum())
        yield DoseSeries(str(compound), rows, given, plates, len(own) - len(known), units, below, at)
    assert len(table) == len(doses)


def _units(table: pd.DataFrame) -> NDArray[np.str_]:
    if "concentration_unit" not in table:
        return np.full(len(table), "")
    return table["concentration_unit"].astype("string").fillna("").to_numpy(dtype=str)


def _doses(column: pd.Series) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).any():
        examples = ", ".join(map(repr, column.dropna().astype(str).unique()[:3]))
        found = f" (it holds {examples})" if examples else ""
        raise ProfilesError(
            f"the column concentration has no number{found}; doses are needed for dose-response curves."
        )
    return np.where(np.isfinite(numbers), numbers, np.nan)
