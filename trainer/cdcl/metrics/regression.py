"""Principal-component regression: how much of all variance the batch explains."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.labels import label_codes
from cdcl.metrics.score import Score, unavailable
from cdcl.profiles.groups import variance_between

if TYPE_CHECKING:
    from cdcl.profiles import Profiles


def pcr(profiles: Profiles, column: str = "batch") -> Score:
    """Score the share of variance that the batch explains; 0 is none, lower is better.

    The R² of a regression of each principal component on the batch, weighted by the component's variance (Büttner et
    al. 2019). Over all components this is the sum of squares between batches by the total one, so none is computed.
    Features count by their own scale: bring them to one first. Chance is (B - 1) / (N - 1).

    Parameters
    ----------
    column
        What should explain nothing.

    Returns
    -------
    Score
        0 to 1, without an interval. NaN with one batch, or where the profiles do not vary.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    known = labels >= 0
    share = variance_between(profiles.values[known], labels[known]) if len(names) > 1 else nan
    if np.isnan(share):
        what = "the profiles do not vary" if len(names) > 1 else f"there is {len(names)} value of {column}"
        return unavailable("pcr", f"{column} can explain nothing: {what}", level=profiles.level, higher_is_better=False)
    count = int(known.sum())
    chance = (len(names) - 1) / (count - 1)
    return Score("pcr", share, count=count, chance=chance, higher_is_better=False, level=profiles.level)


def pcr_comparison(before: Profiles, after: Profiles, column: str = "batch") -> Score:
    """Score how much of the batch's share a correction removed: (before - after) / before, at least 0.

    Parameters
    ----------
    before, after
        Profiles before and after the correction.
    column
        What should explain nothing.

    Returns
    -------
    Score
        0 to 1, 1 where the correction left nothing. NaN where nothing was explained before.

    Raises
    ------
    ProfilesError
        If a table lacks the column.
    """
    shares = [pcr(profiles, column) for profiles in (before, after)]
    for share in shares:
        if not share.available:
            return unavailable("pcr_comparison", share.note, level=after.level)
    one, other = (share.value for share in shares)
    if one == 0:
        return unavailable("pcr_comparison", f"{column} explained nothing to begin with", level=after.level)
    note = f"{column} explained {one:.3f} before and {other:.3f} after"
    return Score("pcr_comparison", max(0.0, (one - other) / one), count=shares[1].count, note=note, level=after.level)
