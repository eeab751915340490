"""Pseudo-labels as a column of a screen, so that a method can be trained on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.screen.columns import as_text
from cdcl.screen.plates import normalise_well
from cdcl.screen.site_names import comparable_keys

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.screen import Screen

COLUMN = "archetype"
"""What the column of pseudo-labels is called."""

_KEYS = {
    "cell": ("batch", "plate", "well", "site", "cell"),
    "site": ("batch", "plate", "well", "site"),
    "well": ("batch", "plate", "well"),
    "treatment": ("treatment",),
}


def label_screen(screen: Screen, profiles: Profiles, labels: NDArray[np.object_]) -> Screen:
    """Give `screen` with a column `archetype`: the label of each image's profile, or "" where it has none.

    Images are matched by what tells profiles of that level apart: plate, well and site; plate and well; or treatment.
    A screen whose images are single cells has no column `cell`: its images are matched by `image_id`.

    Parameters
    ----------
    profiles
        Of the level that was analysed, N rows.
    labels
        (N,) text, as from `Analysis.labels`; "" is no label.

    Returns
    -------
    Screen
        With the column `archetype` in its table; what stood there before is replaced.

    Raises
    ------
    ProfilesError
        If no image is matched, a profile is there twice, or such a column is missing.
    """
    told_apart_by = _told_apart_by(profiles, screen)
    keys = [name for name in told_apart_by if name in profiles.table and name in screen.sites]
    missing = set(told_apart_by) - set(keys) - {"batch"}
    if missing:
        raise ProfilesError(f"labels cannot be matched to images: {', '.join(sorted(missing))} is not in both tables.")
    theirs, ours = comparable_keys(keys, _with_wells(profiles.table), _with_wells(screen.sites))
    known = theirs.assign(**{COLUMN: labels})
    if known.duplicated(keys).any():
        twice = known[known.duplicated(keys)].iloc[0]
        where = ", ".join(f"{key} {twice[key]}" for key in keys)
        raise ProfilesError(f"labels cannot be matched to images: {where} has more than one profile.")
    joined = ours.merge(known, how="left", on=keys, validate="many_to_one", indicator=True)
    if not (joined["_merge"] == "both").any():
        raise ProfilesError(f"no image of {screen.folder} has one of these profiles: they are of another screen.")
    return replace(screen, sites=screen.sites.assign(**{COLUMN: joined[COLUMN].fillna("").to_numpy()}))


def _told_apart_by(profiles: Profiles, screen: Screen) -> tuple[str, ...]:
    images_are_cells = profiles.level == "cell" and "cell" not in screen.sites
    if images_are_cells and "image_id" in profiles.table and "image_id" in screen.sites:
        return ("image_id",)
    return _KEYS[profiles.level]


def _with_wells(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(well=as_text(table["well"]).map(normalise_well)) if "well" in table else table
