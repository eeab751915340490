"""Drift: how far the controls of a plate or a batch lie from those of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.quality.wells import reference_wells, standard_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells


def drift(wells: Wells, by: str = "plate") -> pd.DataFrame:
    """Measure how far each plate's, or each batch's, controls lie from the median of all plates or batches.

    Distances are root mean squares over features, in units of the controls' standard deviation within plates. The
    distance that a centre of so few wells has by chance is subtracted. So 1 means that the plate's centre is off by one
    standard deviation.

    Parameters
    ----------
    by
        "plate", in the order of the table (that of acquisition, where the table has it), or "batch".

    Returns
    -------
    DataFrame
        One row a plate or batch: its name, `order`, `count` of references, who they are (`reference`: "controls", or
        "all" where there are none), `drift`, `step` (distance from the one before), and `trend`, the place on the axis
        along which centres vary most.
    """
    codes, names = _groups(wells, by)
    reference, scores = reference_wells(wells), standard_scores(wells, centred=False)
    counts = np.bincount(codes[reference], minlength=len(names))
    controls = np.bincount(codes[wells.negative()], minlength=len(names))
    centres = np.stack([scores[reference & (codes == group)].mean(axis=0) for group in range(len(names))])
    away = centres - np.median(centres, axis=0)
    return pd.DataFrame(
        {
            by: names,
            "order": np.arange(1, len(names) + 1),
            "count": counts,
            "reference": np.where(controls > 0, "controls", "all"),
            "drift": distance(away, 1 / counts),
            "step": [np.nan, *distance(np.diff(centres, axis=0), 1 / counts[1:] + 1 / counts[:-1])],
            "trend": _first_axis(centres),
        }
    )


def _groups(wells: Wells, by: str) -> tuple[NDArray[np.int64], list[str]]:
    if by == "plate":
        return wells.plates, list(wells.names)
    codes, names = pd.factorize(wells.profiles.column(by).astype("string").fillna(""))
    return codes.astype(np.int64), [str(name) for name in names]


def distance(away: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give root mean squares over features of vectors (G, D), less the variance that chance gives them (G,)."""
    return np.asarray(np.sqrt(np.maximum(0.0, (away**2).mean(axis=1) - noise)))


def _first_axis(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the first principal component of the centres (G, D), (G,), with the last no less than the first."""
    left, sizes, _ = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    axis = left[:, 0] * sizes[0] / np.sqrt(centres.shape[1])
    return np.asarray(axis if axis[-1] >= axis[0] else -axis)
