"""What two groups of profiles are made of: which treatments, batches, ... are over-represented in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.false_discovery import false_discovery
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("value", "one", "other", "share_one", "share_other", "odds_ratio", "p", "q", "wells_one", "wells_other")
"""Columns of a comparison, in this order."""


def compare_compositions(
    values: pd.Series,
    one: NDArray[np.bool_],
    other: NDArray[np.bool_],
    wells: NDArray[np.str_] | None = None,
) -> pd.DataFrame:
    """Compare how often each value occurs in two groups, by Fisher's exact test, two-sided.

    The q-values hold the false discovery rate over all values (Benjamini and Hochberg 1995). Cells of one well are not
    independent: the test takes them for such, so that its p-values are too small for cells. How many wells stand behind
    a count is given beside it.

    Parameters
    ----------
    values
        The column to compare, one a profile (N,); "" and missing ones are a value, "none".
    one, other
        Masks (N,) of the groups, which share no profile.
    wells
        Names of the profiles' wells (N,), to count them.

    Returns
    -------
    One row a value that occurs in either group, the smallest p first, with the columns of `COLUMNS`.

    Raises
    ------
    ProfilesError
        If a group is empty, or the groups overlap.
    """
    if not one.any() or not other.any():
        raise ProfilesError("one of the two groups is empty; select something for each.")
    if (one & other).any():
        raise ProfilesError(f"{int((one & other).sum())} profiles are in both groups; select groups that are apart.")
    texts = values.astype("string").fillna("").replace("", "none").to_numpy(dtype=str)
    kinds, codes = np.unique(texts, return_inverse=True)
    counts = np.stack([np.bincount(codes[mask], minlength=len(kinds)) for mask in (one, other)])
    kept = counts.sum(axis=0) > 0
    num_wells = _count_wells(codes, (one, other), wells, len(kinds))
    table = _test(kinds[kept], counts[:, kept])
    table = table.assign(wells_one=num_wells[0][kept], wells_other=num_wells[1][kept])
    in_order = table.iloc[sorted(range(len(table)), key=lambda row: natural(str(table["value"].iat[row])))]
    return in_order.sort_values("p", kind="stable", ignore_index=True)


def _test(kinds: NDArray[np.str_], counts: NDArray[np.int64]) -> pd.DataFrame:
    from scipy.stats import fisher_exact  # takes a second to import

    totals = counts.sum(axis=1)
    ratios, p_values = [], []
    for first, second in counts.T.tolist():
        found = fisher_exact(np.array([[first, second], [totals[0] - first, totals[1] - second]]))
        ratios.append(float(found.statistic))
        p_values.append(min(1.0, float(found.pvalue)))
    shares = counts / totals[:, None]
    return pd.DataFrame(
        {
            "value": kinds,
            "one": counts[0],
            "other": counts[1],
            "share_one": shares[0],
            "share_other": shares[1],
            "odds_ratio": ratios,
            "p": p_values,
            "q": false_discovery(p_values),
        }
    )


def _count_wells(
    codes: NDArray[np.int64],
    groups: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    wells: NDArray[np.str_] | None,
    num: int,
) -> list[NDArray[np.int64]]:
    """Count the different wells of each value in each group; 0 where wells are not known."""
    if wells is None:
        return [np.zeros(num, dtype=np.int64)] * 2
    numbers = pd.factorize(wells)[0]
    counted = []
    for mask in groups:
        pairs = np.unique(codes[mask] * (int(numbers.max(initial=0)) + 1) + numbers[mask])
        counted.append(np.bincount(pairs // (int(numbers.max(initial=0)) + 1), minlength=num))
    return counted
