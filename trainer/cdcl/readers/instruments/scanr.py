"""Olympus scan^R: `A1--W00001--P00001--Z00000--T00000--GFP.tif`, in the folder `data` of a plate.

The first part is the well's name or any other text. Only the number behind W tells one well from another, so what
stands before it is a well only where each goes with a number of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.filenames import FileNames
from cdcl.screen.plates import well_place
from cdcl.wording import option

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.readers.planes import Planes
    from cdcl.readers.walking import Tree

_NAME = re.compile(
    r"(?P<well>.+?)--W(?P<number>\d+)--P(?P<site>\d+)--Z(?P<z>\d+)--T(?P<t>\d+)--(?P<channel>.+)\.(?:tiff?|TIFF?)"
)

_PLATE_COLUMNS = (3, 4, 6, 8, 12, 24, 48)
"""Of plates of 6 to 1536 wells: wells are numbered row by row."""

_PATTERN = "{plate}--{well}--P{site}--Z{z}--T{t}--{channel}.tif"
"""For names whose first part is the plate; the well is then called W00001."""


@dataclass(frozen=True)
class ScanR(FileNames):
    """File names of scan^R, whose first part is held against the number of the well."""

    def read(self, tree: Tree) -> Planes:
        """Give the planes.

        Raises
        ------
        ScreenError
            If the wells have numbers only, whose order nobody but the user knows.
        """
        planes = super().read(tree)
        for _, names in planes.table[["plate", "well", "number"]].drop_duplicates().groupby("plate", sort=False):
            _check_names(names, str(planes.table["path"].iat[0]))
        return replace(planes, table=planes.table.drop(columns="number"))  # it says what the well says


def _check_names(names: pd.DataFrame, example: str) -> None:
    """Refuse names that do not go with one number each: they are of plates, or positions."""
    wells, numbers = names["well"].tolist(), names["number"].astype(int).tolist()
    unlike = [well for well in wells if well_place(well) == (-1, -1)]
    shared = len({*wells}) < len(wells) or len({*numbers}) < len(numbers)
    if not (unlike or shared or _one_row_by_chance(wells, numbers)):
        return
    raise ScreenError(
        f"{example} numbers its wells ({len({*numbers})} in all, such as W{numbers[0]:05d}), and "
        f"'{(unlike or wells)[0]}' before that is no well of its own. Which number is which well only you know: write "
        f"a table with the columns plate, well and path; or {option('pattern')} '{_PATTERN}' takes the numbers as the "
        "wells' names."
    )


def _one_row_by_chance(wells: list[str], numbers: list[int]) -> bool:
    """Tell whether all lie in one row, and not where their numbers are: p1, p2 of plates or positions look like it."""
    places = [well_place(well) for well in wells]
    if len({row for row, _ in places}) > 1:
        return False
    return not any(
        all(row * columns + column + 1 == number for (row, column), number in zip(places, numbers, strict=True))
        for columns in _PLATE_COLUMNS
    )


SCANR = ScanR(_NAME, "images A1--W00001--P00001--Z00000--T00000--GFP.tif in <plate>/data")
