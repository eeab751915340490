"""What columns are called in profile files: `Metadata_Plate` there, as pycytominer wants it, is `plate` here."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.screen.columns import Interpretation, interpret

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

PREFIX = "Metadata_"
"""Marks a column of a profile file that is no feature."""


def file_names(columns: Iterable[str]) -> dict[str, str]:
    """Name our columns as files do: `mechanism` is `Metadata_MoA`, `plate_set` is `Metadata_PlateSet`.

    Two names that would become one, but for their case, get numbers: anndata and databases tell no case.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        wanted = f"{PREFIX}MoA" if column == "mechanism" else PREFIX + _camel_case(column)
        names[column] = _free(wanted, taken)
        taken.add(names[column].casefold())
    return names


def own_names(metadata: pd.DataFrame) -> pd.DataFrame:
    """Give the table of `interpret_metadata`, without its notes."""
    return interpret_metadata(metadata).table


def interpret_metadata(metadata: pd.DataFrame) -> Interpretation:
    """Name the metadata columns of any tool's file as we do, and spell their values our way.

    Known columns are recognised as in a screen's table (`Metadata_MOA`, `Metadata_Concentration_uM`, ...); all others
    lose the prefix and are put in snake case, where that name is free.
    """
    known = interpret(metadata)
    columns = [str(column) for column in known.table]
    taken = {column.casefold() for column in columns if not column.startswith(PREFIX)}
    names: dict[str, str] = {}
    for column in columns:
        if column.startswith(PREFIX):
            names[column] = _free(_snake_case(column.removeprefix(PREFIX)), taken)
            taken.add(names[column].casefold())
    return replace(known, table=known.table.rename(columns=names))


def _free(name: str, taken: set[str]) -> str:
    """Give the name, with a number behind it where it is taken in any case."""
    if name.casefold() not in taken:
        return name
    return next(f"{name}_{number}" for number in itertools.count(2) if f"{name}_{number}".casefold() not in taken)


def _camel_case(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
