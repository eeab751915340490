"""What may change places when two groups of profiles are compared: wells, plates, or single profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Names = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Places:
    """Where profiles come from; None where it is not known.

    Attributes
    ----------
    wells, plates, batches
        Names within the whole screen, one a profile (N,).
    """

    wells: Names | None = None
    plates: Names | None = None
    batches: Names | None = None

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> Places:
        """Take them from the columns `well`, `plate` and `batch`, as far as there are any."""
        if "plate" not in table:
            return cls()
        batches = table["batch"].fillna("").astype(str).to_numpy(dtype=str) if "batch" in table else None
        wells = well_keys(table).to_numpy(dtype=str) if "well" in table else None
        return cls(wells, plate_keys(table).to_numpy(dtype=str), batches)

    def known(self) -> dict[str, Names]:
        """Give what is known and not the same everywhere, the finest first."""
        levels = {"well": self.wells, "plate": self.plates, "batch": self.batches}
        return {level: names for level, names in levels.items() if names is not None and (names != names[0]).any()}


@dataclass(frozen=True, eq=False)
class Units:
    """What changes places, and within what.

    Attributes
    ----------
    units
        Number of each profile's unit (N,), 0..U-1.
    strata
        Number of each profile's stratum (N,), 0..S-1; a unit lies in one of them.
    unit, stratum
        What they are: well, plate, batch or profile; "" where nothing is kept together.
    mixed
        Whether profiles of one unit differ in what is counted; then units cannot exchange it.
    """

    units: Codes
    strata: Codes
    unit: str
    stratum: str
    mixed: bool


def choose_units(codes: Codes, places: Places, column: str = "") -> Units:
    """Choose what may change places if what is counted says nothing about the groups.

    What is given to whole wells, such as a treatment, could as well have been given to other wells of the plate; what
    is given to whole plates, to other plates of the batch. Profiles of one well are alike for many reasons, and never
    exchanged. Names of plates and batches ask whether *these* differ at all: wells exchange plates, plates batches.

    Parameters
    ----------
    codes
        What is counted, as numbers, one a profile (N,).
    places
        Where the profiles come from.
    column
        What is counted is called so; "plate" and "batch" are the names of these.
    """
    known = {level: pd.factorize(names)[0].astype(np.int64) for level, names in places.known().items()}
    if column == "batch" and _several("plate", "batch", known):
        return _units("plate", "", known)
    if column in ("plate", "batch") and "well" in known:
        return _units("well", "", known)
    constant = [level for level, numbers in known.items() if _is_function(codes, numbers)]
    if not constant and known:
        finest, *coarser = known
        return _units(finest, coarser[0] if coarser else "", known, mixed=True)
    if not constant:
        return Units(np.arange(len(codes)), np.zeros(len(codes), dtype=np.int64), "profile", "", mixed=False)
    coarser = [level for level in known if level not in constant]
    return _units(constant[-1], coarser[0] if coarser else "", known)


def _units(unit: str, stratum: str, known: dict[str, Codes], *, mixed: bool = False) -> Units:
    units = known[unit]
    strata = known[stratum] if stratum else np.zeros(len(units), dtype=np.int64)
    return Units(units, strata, unit, stratum, mixed)


def _is_function(codes: Codes, numbers: Codes) -> bool:
    """Whether all profiles of one number have one code."""
    first = np.zeros(int(numbers.max()) + 1, dtype=np.int64)
    first[numbers] = codes
    return bool((first[numbers] == codes).all())


def _several(inner: str, outer: str, known: dict[str, Codes]) -> bool:
    """Whether any of the outer ones holds two of the inner."""
    return inner in known and outer in known and not _is_function(known[inner], known[outer])
