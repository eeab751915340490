"""BBBC021: `BBBC021_v1_image.csv`, with mechanisms in `BBBC021_v1_moa.csv` beside it.

Its plates are named `<week>_<number>`, and the weeks are its batches (Caie et al. 2010). The table has no sites: they
are read from the file names (`_s<site>_`), some of which lack the plate before the well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.readers.tables import loaddata
from cdcl.screen.columns import standardise_noting
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

_SITE = re.compile(r"_s(\d+)_w\d")
_WEEK = re.compile(r"(Week\d+)_")
_COLUMNS = {"Image_FileName_DAPI", "Image_Metadata_Plate_DAPI", "Image_Metadata_Compound"}


def fits(columns: Iterable[str]) -> bool:
    """Tell whether these are the columns of BBBC021's table of images."""
    return set(columns) >= _COLUMNS


def read(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Give one row a field, with batch (the week), site, and the mechanism of annotated treatments."""
    sites = standardise_noting(loaddata.read(table, path, notes), notes)
    sites = sites.drop(columns=["TableNumber", "ImageNumber"], errors="ignore")
    first = next(name for name in table.columns if name.startswith("Image_FileName_"))
    sites = sites.assign(site=table[first].str.extract(_SITE, expand=False).fillna("1"))
    weeks = sites["plate"].str.extract(_WEEK, expand=False).fillna("")
    if (weeks != "").any():
        sites = sites.assign(batch=weeks)
    moa = next((file for file in sorted(path.parent.iterdir()) if file.name.lower() == "bbbc021_v1_moa.csv"), None)
    if moa is None:
        return sites
    annotated = standardise_noting(read_table(moa), notes)[["treatment", "mechanism"]].drop_duplicates("treatment")
    joined = sites.merge(annotated, on="treatment", how="left", validate="many_to_one")
    return joined.assign(mechanism=joined["mechanism"].fillna(""))
