"""The column of doses of any table, a screen's or another tool's, as numbers in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cdcl.screen.doses import dose_text, in_one_unit, other_units, read_doses
from cdcl.screen.headings import read_heading

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COLUMN, UNITS = "concentration", "concentration_unit"


class DoseNumbers(NamedTuple):
    """Doses of a column in one unit.

    Attributes
    ----------
    values
        Shape (N,), NaN where there is none.
    unit
        Of all of them; "" where none is known.
    notes
        What was converted, and where a cell names another unit than its heading or the column of units, a line each.
    """

    values: NDArray[np.float64]
    unit: str
    notes: tuple[str, ...] = ()


def dose_numbers(values: pd.Series, unit: str = "") -> DoseNumbers | None:
    """Give a column (N,) as numbers in one unit.

    None where a text cannot be read as a dose, where no row has a dose, or where units cannot be converted.

    Parameters
    ----------
    values
        Numbers or texts, under their heading.
    unit
        That of values that name none; by default that of the heading, as in `Dose_nM`.
    """
    import pandas as pd  # who gives a column has it loaded

    if pd.api.types.is_bool_dtype(values):
        return None
    heading = str(values.name) if values.name is not None else COLUMN
    unit = unit or read_heading(heading).unit
    if pd.api.types.is_numeric_dtype(values):
        return DoseNumbers(values.to_numpy(dtype=np.float64, na_value=np.nan), unit)
    doses = read_doses(values, unit)
    numbers, common, said = in_one_unit(doses)
    if doses.unread or not np.isfinite(numbers).any() or (not common and any(doses.units)):
        return None
    return DoseNumbers(numbers, common, (*other_units(doses, heading), *said))


def unit_of(table: pd.DataFrame) -> str:
    """Give the unit that a table names beside its doses; "" where it names none, or several."""
    units = units_of(table)
    return units.pop() if len(units) == 1 else ""


def units_of(table: pd.DataFrame) -> set[str]:
    """Name the units that stand beside the doses of a table; the doses of several are no numbers of one scale."""
    if UNITS not in table:
        return set()
    return {str(unit) for unit in table[UNITS].dropna().unique() if str(unit)}


def doses_with_units(table: pd.DataFrame) -> pd.Series:
    """Write each dose of a table with the unit that stands beside it, as a text; "" where there is no dose."""
    import pandas as pd

    units = table[UNITS].astype("string").fillna("") if UNITS in table else pd.Series("", index=table.index)
    doses = pd.to_numeric(table[COLUMN], errors="coerce").astype(np.float64)
    texts = [dose_text(dose, unit) for dose, unit in zip(doses.tolist(), units.tolist(), strict=True)]
    return pd.Series(texts, index=table.index, dtype=object)
