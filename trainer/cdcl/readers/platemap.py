"""Join what a platemap says of each well to the images of that well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.screen.columns import standardise
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def join_platemap(sites: pd.DataFrame, platemap: Path) -> pd.DataFrame:
    """Give standardised `sites` with the columns of `platemap`, joined on plate and well, or on well alone.

    Where both have a column, the platemap's stands. Wells that it does not list get "" (and show up in `describe`).

    Raises
    ------
    ScreenError
        If the platemap has no wells, lists one twice, or none of them was imaged.
    """
    wells = standardise(read_table(platemap))
    if "well" not in wells:
        raise ScreenError(f"{platemap} has no column well; it has {', '.join(map(str, wells.columns[:20]))}.")
    keys = ["plate", "well"] if "plate" in wells and "plate" in sites else ["well"]
    _check_wells(wells, keys, platemap)
    matched = sites[keys].merge(wells[keys], how="left", indicator=True)["_merge"] == "both"
    if not matched.any():
        raise ScreenError(
            f"{platemap} matches no image: it has {_example(wells, keys)}, the images have {_example(sites, keys)}."
        )
    told = [name for name in wells.columns if name in sites and name not in keys]
    joined = sites.drop(columns=told).merge(wells, on=keys, how="left", validate="many_to_one")
    text = [name for name in wells.columns if joined[name].dtype.kind not in "iuf"]
    return joined.assign(**{name: joined[name].fillna("") for name in text})


def _check_wells(wells: pd.DataFrame, keys: list[str], platemap: Path) -> None:
    twice = wells.duplicated(keys).to_numpy()
    if not twice.any():
        return
    second = int(twice.argmax())
    first = int((wells[keys] == wells[keys].iloc[second]).all(axis=1).to_numpy().argmax())
    where = _example(wells.iloc[[second]], keys)
    mend = "" if len(keys) == 2 else "; add a column plate where plates differ"
    raise ScreenError(f"{platemap}, rows {first + 2} and {second + 2} are both {where}{mend}.")


def _example(table: pd.DataFrame, keys: list[str]) -> str:
    return ", ".join(f"{name} {table[name].iloc[0]}" for name in keys)
