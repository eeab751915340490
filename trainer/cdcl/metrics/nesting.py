"""Whether treatments lie in one batch each, so that mixing batches would mix treatments too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.labels import is_treated, label_codes

if TYPE_CHECKING:
    from cdcl.profiles import Profiles

FEWEST_SPREAD = 0.5
"""Of the treatments, fewer in two batches or more than this share: then what parts batches is mostly treatments."""


def why_mixing_misleads(profiles: Profiles, column: str = "batch") -> str:
    """Say why a score of mixed batches would reward profiles for losing treatments; "" where it would not.

    Where most treatments were made in one batch only, profiles that know treatments perfectly keep batches apart, and
    none that mixes them can know treatments. BBBC021 is such a screen: 1 of its 103 treatments is in several batches.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    if "treatment" not in profiles.table:
        return ""
    batches, treatments = (label_codes(profiles, name)[0] for name in (column, "treatment"))
    known = (batches >= 0) & (treatments >= 0) & is_treated(profiles)
    pairs = np.unique(np.stack([treatments[known], batches[known]], axis=1), axis=0)
    if not len(pairs) or len(np.unique(batches[batches >= 0])) < 2:
        return ""
    spread = np.unique(pairs[:, 0], return_counts=True)[1] > 1
    if spread.mean() >= FEWEST_SPREAD:
        return ""
    return (
        f"{int((~spread).sum())} of {len(spread)} treatments are in one {column} only: to mix {column}es would be to "
        f"lose them; read plate recognition instead"
    )
