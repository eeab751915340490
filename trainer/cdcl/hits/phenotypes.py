"""What a treatment's wells show more of than the controls of their plates: shares of phenotypes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles.shares import SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells

MORE = 0.1
"""Share of a well by which a phenotype must exceed the controls': classifiers of the usual accuracy confuse less."""
MOST = 3
"""Phenotypes that are named: more are no description."""


def phenotypes_of(wells: Wells, own: NDArray[np.int64]) -> str:
    """Say which phenotypes wells show more of than the controls of their plates: "round 45 % (controls 3 %)".

    Parameters
    ----------
    wells
        Their table has columns `share_<phenotype>`, 0 to 1, where a classifier was asked.
    own
        Rows of a treatment, (n,).

    Returns
    -------
    str
        The largest difference first, `MOST` at most; "" where there is none, or no control to compare with.
    """
    table = wells.profiles.table
    controls = np.flatnonzero(wells.negative() & np.isin(wells.plates, wells.plates[own]))
    found: list[tuple[float, str]] = []
    for name in map(str, table.columns):
        if name.startswith(SHARE) and len(controls):
            shares = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
            here, there = _mean(shares[own]), _mean(shares[controls])
            if here - there >= MORE:
                found.append((there - here, f"{name.removeprefix(SHARE)} {here:.0%} (controls {there:.0%})"))
    return ", ".join(words for _, words in sorted(found)[:MOST])


def _mean(shares: NDArray[np.float64]) -> float:
    known = shares[np.isfinite(shares)]
    return float(known.mean()) if len(known) else float("nan")
