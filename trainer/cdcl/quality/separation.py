"""How far positive controls lie from negative ones: Z', robust Z', SSMD, and a multivariate Z' that is held out.

A projection fitted to the controls it is then judged on separates anything: in 384 features, 16 and 16 wells without
any effect get a Z' of +0.7. So the axis of a plate is learned on the other plates, or, where there is only one, on the
other wells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles.corrections.spread import MAD_TO_DEVIATION
from cdcl.quality.wells import standard_scores
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells

    Values = NDArray[np.float64]

REPORTABLE = 8
"""Wells of each control on a plate below which Z' is too unsure to report."""

ENOUGH = 2000
"""Wells of a control from which an axis is learned."""

COLUMNS = (
    "plate", "positive", "value", "z_prime", "robust_z_prime", "ssmd", "auc", "axis_cosine", "num_positive",
    "num_negative", "note",
)  # fmt: skip

_FOLDS = 5
"""Parts of a plate that is judged by itself: the axis is learned on four fifths."""


def z_prime(positive: Values, negative: Values) -> float:
    """Compute 1 - 3 (s_p + s_n) / |m_p - m_n|: above 0.5 excellent, below 0 unusable (Zhang et al. 1999).

    Parameters
    ----------
    positive, negative
        A number a well, (P,) and (N,), two or more each.

    Returns
    -------
    float
        At most 1.
    """
    return _factor(positive.mean(), negative.mean(), positive.std(ddof=1) + negative.std(ddof=1))


def robust_z_prime(positive: Values, negative: Values) -> float:
    """Compute Z' of medians and scaled median absolute deviations, so that one bad well does not decide.

    Parameters
    ----------
    positive, negative
        A number a well, (P,) and (N,), one or more each.

    Returns
    -------
    float
        At most 1.
    """
    centres = np.median(positive), np.median(negative)
    spreads = [
        MAD_TO_DEVIATION * np.median(np.abs(values - centre))
        for values, centre in zip((positive, negative), centres, strict=True)
    ]
    return _factor(float(centres[0]), float(centres[1]), float(sum(spreads)))


def ssmd(positive: Values, negative: Values) -> float:
    """Compute (m_p - m_n) / sqrt(s_p^2 + s_n^2), the strictly standardised mean difference (Zhang 2007).

    Parameters
    ----------
    positive, negative
        A number a well, (P,) and (N,), two or more each.

    Returns
    -------
    float
        Of either sign; NaN where neither varies.
    """
    spread = np.sqrt(positive.var(ddof=1) + negative.var(ddof=1))
    return float((positive.mean() - negative.mean()) / spread) if spread > 0 else float("nan")


def separation(wells: Wells, values: Values, name: str) -> pd.DataFrame:
    """Judge each plate's positive controls, one row a positive treatment, by one number a well (N,).

    Returns
    -------
    DataFrame
        The columns `COLUMNS`; empty where no plate has both controls.
    """
    rows = [_judge(wells, values, name, (plate, positive, own)) for plate, positive, own in _pairs(wells)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def held_out_separation(wells: Wells) -> pd.DataFrame:
    """Judge each plate's positive controls on the axis that separates them best on all other plates.

    The axis is that of Fisher's discriminant with Ledoit and Wolf's shrunk covariance; plates are centred on their
    negative controls. A plate that alone has this positive control is judged by fifths of its own wells.
    `axis_cosine` is the cosine of the plate's own axis with that of the others: near 1 where the control does the same
    on every plate.

    Returns
    -------
    DataFrame
        The columns `COLUMNS`.
    """
    scores, rows = standard_scores(wells), []
    pairs = _pairs(wells)
    for plate, positive, own in pairs:
        elsewhere = [other for other, name, _ in pairs if name == positive and other != plate]
        projected, cosine = _project(wells, scores, (plate, positive, own), elsewhere)
        row = _judge(wells, projected, "held-out axis", (plate, positive, own))
        row[COLUMNS.index("axis_cosine")] = cosine
        if not elsewhere:
            row[-1] = "; ".join(filter(None, [str(row[-1]), "one plate: judged by fifths of its wells"]))
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def discriminant(positive: Values, negative: Values) -> Values:
    """Give the unit axis (D,) of Fisher's discriminant between wells (n, D), with a shrunk covariance."""
    from sklearn.covariance import ledoit_wolf  # scikit-learn takes seconds to import

    difference = positive.mean(axis=0) - negative.mean(axis=0)
    residuals = np.concatenate([positive - positive.mean(axis=0), negative - negative.mean(axis=0)])
    covariance, _ = ledoit_wolf(residuals, assume_centered=True)
    axis: Values = np.linalg.solve(covariance + 1e-9 * np.trace(covariance) * np.eye(len(covariance)), difference)
    length = np.linalg.norm(axis)
    return axis / length if length > 0 else axis


def _pairs(wells: Wells) -> list[tuple[int, str, NDArray[np.bool_]]]:
    """List the plates with two or more wells of a positive control and of the negative ones: plate, control, rows."""
    kinds = wells.profiles.table
    names = kinds["treatment"].astype("string").fillna("").to_numpy(dtype=str) if "treatment" in kinds else None
    positive = wells.control == "positive"
    labels = np.where(positive, names if names is not None else "positive", "")
    found = []
    for plate in range(len(wells.names)):
        own = wells.plates == plate
        if (own & wells.negative()).sum() < 2:
            continue
        for label in np.unique(labels[own & positive]):
            rows = own & positive & (labels == label)
            if rows.sum() >= 2:
                found.append((plate, str(label), rows))
    return found


def _project(
    wells: Wells, scores: Values, pair: tuple[int, str, NDArray[np.bool_]], elsewhere: list[int]
) -> tuple[Values, float]:
    """Give each well's place on the held-out axis, (N,), and the axis' cosine with that of the plate alone."""
    plate, positive, own = pair
    negative = wells.negative() & (wells.plates == plate)
    if not elsewhere:
        return _crossed(scores, own, negative), float("nan")
    there = np.isin(wells.plates, elsewhere)
    same = there & (wells.control == "positive")
    if "treatment" in wells.profiles.table:
        same &= (wells.profiles.table["treatment"].astype("string") == positive).fillna(False).to_numpy(dtype=bool)
    axis = discriminant(scores[_some(same)], scores[_some(there & wells.negative())])
    return scores @ axis, float(axis @ discriminant(scores[own], scores[negative]))


def _some(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the chosen rows; of very many, so many as are enough for an axis, evenly drawn."""
    rows = np.flatnonzero(chosen)
    return np.asarray(rows[:: max(1, -(-len(rows) // ENOUGH))])


def _crossed(scores: Values, positive: NDArray[np.bool_], negative: NDArray[np.bool_]) -> Values:
    """Project each fifth of the controls on the axis of the other four; axes are brought to one scale first."""
    projected = np.full(len(scores), np.nan)
    folds = np.full(len(scores), -1)
    for rows in (np.flatnonzero(positive), np.flatnonzero(negative)):
        folds[rows] = np.arange(len(rows)) % min(_FOLDS, len(rows))
    for fold in np.unique(folds[folds >= 0]):
        learning = (folds >= 0) & (folds != fold)
        axis = discriminant(scores[learning & positive], scores[learning & negative])
        own = scores[learning & negative] @ axis
        projected[folds == fold] = (scores[folds == fold] @ axis - own.mean()) / max(own.std(), 1e-12)
    return projected


def _judge(wells: Wells, values: Values, name: str, pair: tuple[int, str, NDArray[np.bool_]]) -> list[object]:
    plate, positive, own = pair
    one = values[own]
    other = values[wells.negative() & (wells.plates == plate)]
    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    few = min(len(one), len(other))
    head: list[object] = [wells.names[plate], positive, name]
    if few < 2:
        return [*head, *[np.nan] * 5, len(one), len(other), "fewer than two wells of a control"]
    number = counted(few, "well", "wells")
    note = f"{number} of a control; {REPORTABLE} are needed to rely on it" if few < REPORTABLE else ""
    figures = [z_prime(one, other), robust_z_prime(one, other), ssmd(one, other), _auc(one, other), np.nan]
    return [*head, *figures, len(one), len(other), note]


def _auc(positive: Values, negative: Values) -> float:
    """Give the chance that a positive well lies above a negative one; ties count half."""
    above = (positive[:, None] > negative).mean() + 0.5 * (positive[:, None] == negative).mean()
    return float(above)


def _factor(one: float, other: float, spreads: float) -> float:
    gap = abs(one - other)
    return float(1 - 3 * spreads / gap) if gap > 0 else float("-inf")
