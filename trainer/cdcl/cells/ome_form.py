"""How labels are written: their name, the version of OME-Zarr, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True)
class LabelForm:
    """How labels are written.

    Attributes
    ----------
    name
        Of the labels within each image.
    version
        Of OME-Zarr, "0.4" or "0.5"; "" takes that of the data, else 0.4.
    properties
        What is known of cells: columns `row` and `cell`, the value of its label, and any others, such as `y`, `x`,
        `archetype`, `annotation`. They become properties of the labels and columns of the table beside them.
    """

    name: str = "cells"
    version: str = ""
    properties: pd.DataFrame | None = None


def write_label_table(table: pd.DataFrame, path: Path) -> None:
    """Write a row a label, in one move."""
    with replaced_file(path) as temporary:
        table.to_csv(temporary, index=False)
