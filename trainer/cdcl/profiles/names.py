"""What columns are called in profile files: `Metadata_Plate` there, as pycytominer wants it, is `plate` here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.screen.columns import standardise

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

PREFIX = "Metadata_"
"""Marks a column of a profile file that is no feature."""

_UNIT = re.compile(r"(?<=[a-z])_[pnuµm]?M$")


def file_names(columns: Iterable[str]) -> dict[str, str]:
    """Name our columns as files do: `mechanism` is `Metadata_MoA`, `plate_set` is `Metadata_PlateSet`."""
    names = {"mechanism": f"{PREFIX}MoA"}
    return {column: names.get(column, PREFIX + _camel_case(column)) for column in columns}


def own_names(metadata: pd.DataFrame) -> pd.DataFrame:
    """Name the metadata columns of any tool's file as we do, and spell their values our way.

    Known columns are recognised as in a screen's table (`Metadata_MOA`, `Metadata_Is_Control`, ...), also with a unit
    behind the name (`Metadata_Concentration_uM`); all others lose the prefix and are put in snake case.
    """
    bare = {column: _UNIT.sub("", column) for column in map(str, metadata.columns)}
    fresh = {column: name for column, name in bare.items() if name not in bare}
    table = standardise(metadata.rename(columns=fresh))
    others = [str(column) for column in table if str(column).startswith(PREFIX)]
    snake = {column: _snake_case(column.removeprefix(PREFIX)) for column in others}
    return table.rename(columns={column: name for column, name in snake.items() if name not in table})


def _camel_case(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
