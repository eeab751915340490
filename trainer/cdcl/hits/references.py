"""What a treatment looks like: the nearest treatments of a known mechanism, and how often such a neighbour is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.several import BAR, shared_of
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST = 10
"""Treatments of known mechanism that a confidence needs: below, one more right answer moves it by a tenth."""


def nearest_references(vectors: Array, compounds: NDArray[np.str_], mechanisms: NDArray[np.str_]) -> pd.DataFrame:
    """Find for each treatment the nearest one of another compound whose mechanism is known.

    Parameters
    ----------
    vectors
        A profile a treatment, (T, D), with controls at the origin.
    compounds, mechanisms
        (T,) names; an unknown mechanism is "".

    Returns
    -------
    DataFrame
        `nearest` (row of the reference, -1 where there is none), `similarity` (cosine), `like` (its mechanism), and
        `confidence`: the share of treatments of known mechanism whose nearest reference at that similarity has it, by
        a rising curve through their right and wrong answers (isotonic regression). Their own answers were found without
        their compound, so the curve is cross-validated. NaN where fewer than `FEWEST` are known.
    """
    known = np.flatnonzero(mechanisms != "")
    empty = pd.DataFrame(
        {"nearest": -1, "similarity": np.nan, "like": "", "confidence": np.nan}, index=range(len(vectors))
    )
    if not len(known):
        return empty
    cosines = unit(vectors) @ unit(vectors[known]).T
    cosines[compounds[:, None] == compounds[known]] = -np.inf
    best = cosines.argmax(axis=1)
    similarity = cosines[np.arange(len(vectors)), best]
    found = np.isfinite(similarity)
    table = empty.assign(
        nearest=np.where(found, known[best], -1),
        similarity=np.where(found, similarity, np.nan),
        like=np.where(found, mechanisms[known[best]], ""),
    )
    asked = found & (mechanisms != "") & _answerable(compounds, mechanisms)
    if asked.sum() >= FEWEST:
        right = (shared_of(table["like"].to_numpy(dtype=str), mechanisms) != "")[asked]
        from sklearn.isotonic import IsotonicRegression  # scikit-learn takes seconds to import

        curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(similarity[asked], right.astype(float))
        table.loc[found, "confidence"] = curve.predict(similarity[found])
    return table


def _answerable(compounds: NDArray[np.str_], mechanisms: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Tell the treatments whose mechanism another compound has too: the others cannot be answered right."""
    pairs = pd.DataFrame({"compound": compounds, "mechanism": mechanisms})
    pairs = pairs.assign(mechanism=pairs["mechanism"].str.split(BAR)).explode("mechanism")
    counts = pairs.groupby("mechanism")["compound"].nunique()
    return np.asarray((pairs["mechanism"].map(counts) > 1).groupby(level=0).any())
