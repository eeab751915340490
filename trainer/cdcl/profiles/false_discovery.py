"""The false discovery rate of many tests (Benjamini & Hochberg 1995)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def false_discovery(p_values: ArrayLike) -> NDArray[np.float64]:
    """Turn p into q, the false discovery rate at which each would just be called.

    Own rather than SciPy's, whose `scipy.stats` takes a second to import and refuses NaN.

    Parameters
    ----------
    p_values
        Shape (N,), 0 to 1; NaN for what was not tested, which neither has a q nor counts as a test.

    Returns
    -------
    Array
        q = min over j >= i of p_(j) N / j in the order of p, at most 1: the step-up procedure, equation 1 of
        Benjamini & Hochberg, J. R. Stat. Soc. B 57, 289 (1995). NaN where p is. Shape (N,).
    """
    p = np.asarray(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested])]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    q_values = np.full(len(p), np.nan)
    q_values[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q_values
