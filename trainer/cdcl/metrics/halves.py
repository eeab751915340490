"""Two halves of a screen's compounds: one chooses, the other reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.labels import is_treated, label_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


def compounds_of(wells: Profiles) -> NDArray[np.int64]:
    """Number the compound of each treated well (its treatment where no compound is known), -1 elsewhere; shape (N,).

    Raises
    ------
    ProfilesError
        If the table has neither.
    """
    codes = label_codes(wells, "compound" if "compound" in wells.table else "treatment")[0]
    return np.where(is_treated(wells), codes, -1)


def halves_of(wells: Profiles, *, seed: int = 0) -> NDArray[np.int64]:
    """Deal compounds into two halves, mechanism by mechanism, so that both hold each; shape (N,), -1 for controls.

    Wells of one compound stay together. The same seed gives the same halves.
    """
    compounds = compounds_of(wells)
    known, first = np.unique(compounds, return_index=True)
    first = first[known >= 0]
    known = known[known >= 0]
    mechanisms = label_codes(wells, "mechanism")[0][first] if "mechanism" in wells.table else 0 * first
    order = np.lexsort((np.random.default_rng([seed, len(known)]).permutation(len(known)), mechanisms))
    half = np.empty(len(known), dtype=np.int64)
    half[order] = np.arange(len(known)) % 2
    numbers = np.searchsorted(known, compounds) if len(known) else compounds
    return np.where(compounds >= 0, half[np.minimum(numbers, max(0, len(known) - 1))] if len(known) else -1, -1)
