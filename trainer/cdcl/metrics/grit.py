"""Grit: how far a treatment's replicates stand out from the negative controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap
from cdcl.metrics.labels import is_treated, label_codes
from cdcl.metrics.score import Score, unavailable
from cdcl.profiles.groups import sums_by
from cdcl.profiles.scaling import unit
from cdcl.screen.controls import negative_controls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


def grit(profiles: Profiles, column: str = "treatment") -> Score:
    """Score grit: the mean correlation with replicates, in standard deviations of the correlation with controls.

    grit_i is the mean over replicates j of (r_ij - m_i) / s_i. m_i and s_i are mean and population standard deviation
    of r_ik over all negative controls k, and r is Pearson's correlation (as in cytominer-eval). The score is the mean
    over the profiles of a treatment, then over treatments. It has no upper limit; by custom 1 is weak and 3 is strong.
    It is an older score that ignores batches.

    Parameters
    ----------
    column
        What names replicates of one another.

    Returns
    -------
    Score
        With `groups`: label, value, count. NaN with fewer than two negative controls.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    controls = negative_controls(profiles.table)
    labels = np.where(is_treated(profiles), labels, -1)
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    known = np.flatnonzero(labels >= 0)  # -1 would index nothing where there is no treatment at all
    asked = known[counts[labels[known]] > 1]
    if controls.sum() < 2 or not len(asked):
        reason = f"grit needs two negative controls and a {column} with replicates; there are {controls.sum()} controls"
        return unavailable("grit", reason, level=profiles.level)
    values = _grit(profiles.values[asked], profiles.values[controls], labels[asked])
    finite = np.isfinite(values)
    if not finite.any():
        return unavailable("grit", "the negative controls do not vary", level=profiles.level)
    found = pd.DataFrame({"label": names[labels[asked[finite]]], "value": values[finite]}).groupby("label")["value"]
    groups = found.agg(value="mean", count="size").reset_index()
    means = groups["value"].to_numpy(dtype=np.float64)
    low, high = cluster_bootstrap(means, np.arange(len(means)))
    return Score(
        "grit",
        value=float(means.mean()),
        low=low,
        high=high,
        count=len(means),
        chance=0.0,
        groups=groups,
        note=f"{int(controls.sum())} negative controls; knows no batches",
        level=profiles.level,
    )


def _grit(values: NDArray[np.float32], controls: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    ours, theirs = _standardised(values), _standardised(controls)
    codes = np.unique(labels, return_inverse=True)[1]
    sums, counts = sums_by(ours, codes), np.bincount(codes)[codes]
    replicates = (np.einsum("nd,nd->n", ours, sums[codes]) - np.einsum("nd,nd->n", ours, ours)) / (counts - 1)
    centre = theirs.mean(axis=0)
    # The variance over controls of r_ik is the quadratic form of the controls' covariance.
    covariance = (theirs - centre).T @ (theirs - centre) / len(theirs)
    variances = np.einsum("nd,nd->n", ours @ covariance, ours)
    spread = np.sqrt(np.where(variances > 1e-20, variances, np.nan))
    z_scores: NDArray[np.float64] = (replicates - ours @ centre) / spread
    return z_scores


def _standardised(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Centre each profile on its own mean and scale it to length 1: products are then Pearson's correlations."""
    centred = values - values.mean(axis=1, keepdims=True, dtype=np.float64)
    units: NDArray[np.float64] = unit(centred)
    return units
