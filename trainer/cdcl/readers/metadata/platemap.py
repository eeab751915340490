"""Join what a platemap says of each well to the images of that well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.metadata.platemap_files import read_platemap

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True)
class Joined:
    """Fields with what is in their wells, and a remark on each kind of well that found no partner."""

    sites: pd.DataFrame
    notes: tuple[str, ...]


def join_platemap(sites: pd.DataFrame, platemap: Path) -> Joined:
    """Read the platemap at `platemap` (`read_platemap`) and join it as `join_wells` does."""
    return join_wells(sites, read_platemap(platemap), platemap)


def join_wells(sites: pd.DataFrame, wells: pd.DataFrame, platemap: Path) -> Joined:
    """Give standardised `sites` with the columns of `wells`, joined on plate and well, or on well alone.

    Where both have a column, the platemap's stands. Wells that it does not list get "", and are noted.

    Raises
    ------
    ScreenError
        If the platemap lists a well twice, or none of its wells was imaged.
    """
    keys = ["plate", "well"] if "plate" in wells and "plate" in sites else ["well"]
    _check_wells(wells, keys, platemap)
    matched = (sites[keys].merge(wells[keys], how="left", indicator=True)["_merge"] == "both").to_numpy()
    if not matched.any():
        raise ScreenError(
            f"{platemap} matches no image: it has {_example(wells, keys)}, the images have {_example(sites, keys)}."
        )
    told = [name for name in wells.columns if name in sites and name not in keys]
    joined = sites.drop(columns=told).merge(wells, on=keys, how="left", validate="many_to_one")
    text = [name for name in wells.columns if joined[name].dtype.kind not in "iuf"]
    joined = joined.assign(**{name: joined[name].fillna("") for name in text})
    return Joined(joined, _unmatched(sites[~matched], wells, sites, keys, platemap))


def _unmatched(
    without: pd.DataFrame, wells: pd.DataFrame, sites: pd.DataFrame, keys: list[str], platemap: Path
) -> tuple[str, ...]:
    notes = []
    if len(without):
        places = without[["plate", "well"]].drop_duplicates()
        notes.append(f"{len(places)} imaged wells are not in {platemap.name}: {_places(places)}.")
    unseen = wells[keys].drop_duplicates().merge(sites[keys].drop_duplicates(), how="left", indicator=True)
    unseen = unseen[unseen["_merge"] == "left_only"][keys]
    if len(unseen):
        notes.append(f"{len(unseen)} wells of {platemap.name} have no images: {_places(unseen)}.")
    return tuple(notes)


def _places(table: pd.DataFrame) -> str:
    names = ["/".join(map(str, row)) for row in table.head(5).itertuples(index=False)]
    return ", ".join(names) + (", ..." if len(table) > len(names) else "")


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
