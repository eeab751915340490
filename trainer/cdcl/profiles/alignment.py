"""Several tables of profiles brought to the same wells, in the same order, with the same labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.aggregate import aggregate
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdcl.profiles.profiles import Profiles


def same_wells(found: Mapping[str, Profiles]) -> tuple[dict[str, Profiles], str]:
    """Aggregate to wells, keep those that all have, and give all the labels of the first.

    Returns
    -------
    The profiles by name, and one line on the wells that were left out; "" if none were.

    Raises
    ------
    ProfilesError
        If profiles have no plates and wells, or none of the wells of the first.
    """
    wells = {
        name: profiles if profiles.level == "well" else aggregate(profiles, "well") for name, profiles in found.items()
    }
    with_batch = all(
        "batch" in one.table and bool((one.table["batch"].astype(str) != "").all()) for one in wells.values()
    )
    places = {name: pd.Index(_places(one, with_batch=with_batch)) for name, one in wells.items()}
    for name, index in places.items():
        if index.has_duplicates:
            raise ProfilesError(
                f"{name}: plate and well name more than one well ({index[index.duplicated()][0]}); name their batch."
            )
    first, common = next(iter(places)), next(iter(places.values()))
    for name, index in places.items():
        kept = common[common.isin(index)]
        if not len(kept):
            raise ProfilesError(
                f"{name} has none of the wells of {first} ({common[0]}, ...; it has {index[0]}, ...); give profiles of "
                "this screen."
            )
        common = kept
    labels = wells[first].table.iloc[places[first].get_indexer(common)].reset_index(drop=True)
    aligned = {
        name: replace(one, values=np.ascontiguousarray(one.values[places[name].get_indexer(common)]), table=labels)
        for name, one in wells.items()
    }
    most = max(map(len, places.values()))
    return aligned, f"{len(common)} wells that all have are compared, of {most}" if len(common) < most else ""


def _places(profiles: Profiles, *, with_batch: bool) -> pd.Series:
    table = profiles.table
    return well_keys(table if with_batch else table.drop(columns="batch", errors="ignore")).astype(str)
