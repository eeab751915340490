"""The four-parameter logistic curve, fitted with plates as random shifts.

y = bottom + (top - bottom) g(x) + u_plate + e, with g(x) = 1 / (1 + 10^(slope (log10 EC50 - x))), x the log10 of the
dose and g = 0 at dose 0. Given EC50 and slope the model is linear. So all EC50 and slopes of a fine grid are tried at
once: one matrix product fits them all, for all bootstrap draws, and there is no local minimum to be caught in.
Random shifts of plates enter by partial demeaning (Swamy & Arora 1972): a plate of n wells loses the share
1 - 1 / sqrt(1 + n rho) of its mean, with rho the variance of the shifts over that of the wells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MARGIN = 0.5
"""Decades beyond the tested doses in which EC50 is sought: further out, top and EC50 cannot be told apart."""
STEP = 0.04
"""Decades between two EC50 of the grid (10 %); a parabola through three of them gives the rest."""
SLOPES = np.geomspace(0.4, 6.0, 32)
"""Hill slopes that are tried: 0.4 spans six decades, 6 is a step between neighbouring doses of a threefold series."""


@dataclass(frozen=True, slots=True)
class Grid:
    """All curves that are tried on one set of wells.

    Attributes
    ----------
    ec50, slope
        log10 EC50 and Hill slope of each curve, (E, S) each.
    curves
        g of each curve at each well after partial demeaning, (E * S, n).
    level
        The constant after partial demeaning, (n,).
    """

    ec50: Array
    slope: Array
    curves: Array
    level: Array


@dataclass(frozen=True, slots=True)
class Fit:
    """The best curve of each of B responses, (B,) each.

    Attributes
    ----------
    ec50
        log10 of the dose of half the response.
    slope
        Hill slope.
    bottom, top
        Response at dose 0, and at saturation.
    explained, total
        Sum of squares that the curve explains, and the whole.
    """

    ec50: Array
    slope: Array
    bottom: Array
    top: Array
    explained: Array
    total: Array


def hill(log_dose: Array, ec50: Array | float, slope: Array | float) -> Array:
    """Compute g, the share of the full response at a dose: 1 / (1 + (EC50 / dose)^slope), the Hill equation.

    Parameters
    ----------
    log_dose
        log10 of doses; -inf is dose 0, where g is 0.
    ec50
        log10 of the dose at which g is one half.
    slope
        Hill slope, above 0.

    Returns
    -------
    g
        0 to 1, in the shape that the three broadcast to.
    """
    with np.errstate(over="ignore"):
        share: Array = 1.0 / (1.0 + 10.0 ** (np.asarray(slope) * (np.asarray(ec50) - log_dose)))
    return share


def demean(values: Array, plates: NDArray[np.int64], rho: float) -> Array:
    """Take from values (..., n) the share of their plate's mean that a random shift of that plate explains."""
    counts = np.bincount(plates)
    indicator = (plates[:, None] == np.arange(len(counts))).astype(np.float64)
    means = values @ indicator / counts
    theta = 1.0 - 1.0 / np.sqrt(1.0 + rho * counts)
    result: Array = values - (theta * means)[..., plates]
    return result


def make_grid(log_dose: Array, plates: NDArray[np.int64], rho: float) -> Grid:
    """Lay out the curves for wells at log10 doses (n,), -inf for controls."""
    tested = log_dose[np.isfinite(log_dose)]
    ends = tested.min() - MARGIN, tested.max() + MARGIN
    centres = np.linspace(*ends, max(3, round((ends[1] - ends[0]) / STEP) + 1))
    ec50, slope = np.meshgrid(centres, SLOPES, indexing="ij")
    shares = hill(log_dose, ec50.reshape(-1, 1), slope.reshape(-1, 1))
    return Grid(ec50, slope, demean(shares, plates, rho), demean(np.ones(len(log_dose)), plates, rho))


def fit_all(responses: Array, grid: Grid) -> Fit:
    """Fit demeaned responses (B, n): for each the curve of the grid with the least squares, EC50 interpolated."""
    explained = _explained(responses, grid)
    best = explained.argmax(axis=1)
    level, answer = _linear(responses, grid, best)
    total = _squares_about_level(responses, grid.level)
    row, column = np.unravel_index(best, grid.ec50.shape)
    ec50 = _between(explained.reshape(len(responses), *grid.ec50.shape), row, column, grid.ec50[:, 0])
    top = explained[np.arange(len(best)), best]
    return Fit(ec50, grid.slope.ravel()[best], level, level + answer, top, total)


def fitted(grid: Grid, fit: Fit) -> Array:
    """Give the demeaned response (n,) of the first fit: that of the nearest curve of the grid."""
    curve = _nearest_curve(grid, fit)
    result: Array = fit.bottom[0] * grid.level + (fit.top[0] - fit.bottom[0]) * grid.curves[curve]
    return result


def leverages(grid: Grid, fit: Fit) -> Array:
    """Give each well's leverage on the first fit, (n,), 0 to 1: how much of its own noise the curve has followed.

    The diagonal of J (J'J)^-1 J' with J the derivatives by bottom, top - bottom, log10 EC50 and slope.
    """
    shape = grid.ec50.shape
    row, column = divmod(_nearest_curve(grid, fit), shape[1])
    curves = grid.curves.reshape(*shape, -1)
    by_ec50 = curves[min(row + 1, shape[0] - 1), column] - curves[max(row - 1, 0), column]
    by_slope = curves[row, min(column + 1, shape[1] - 1)] - curves[row, max(column - 1, 0)]
    basis, _ = np.linalg.qr(np.stack([grid.level, curves[row, column], by_ec50, by_slope], axis=1))
    result: Array = (basis**2).sum(axis=1)
    return result


def _nearest_curve(grid: Grid, fit: Fit) -> int:
    away = np.abs(grid.ec50 - fit.ec50[0]) + 1e3 * np.abs(grid.slope - fit.slope[0])
    return int(away.argmin())


def _squares_about_level(responses: Array, level: Array) -> Array:
    squares: Array = np.einsum("bn,bn->b", responses, responses) - (responses @ level) ** 2 / (level @ level)
    return squares


def _explained(responses: Array, grid: Grid) -> Array:
    """Give the sum of squares (B, G) that each curve explains beyond a constant."""
    constant = grid.level @ grid.level
    crossed = grid.curves @ grid.level
    own = np.einsum("gn,gn->g", grid.curves, grid.curves) - crossed**2 / constant
    with_level = responses @ grid.level
    shared = responses @ grid.curves.T - with_level[:, None] * crossed / constant
    # A curve that is flat over the wells explains nothing; rounding must not make it explain all.
    usable = own > 1e-9 * max(1.0, float(own.max()))
    squares: Array = np.where(usable, shared**2 / np.where(usable, own, 1.0), 0.0)
    return squares


def _linear(responses: Array, grid: Grid, best: NDArray[np.intp]) -> tuple[Array, Array]:
    """Solve for bottom and top - bottom of the chosen curve of each response, (B,) each."""
    curves = grid.curves[best]
    aa = grid.level @ grid.level
    ab, bb = curves @ grid.level, np.einsum("bn,bn->b", curves, curves)
    ay, by = responses @ grid.level, np.einsum("bn,bn->b", curves, responses)
    determinant = np.maximum(aa * bb - ab**2, 1e-300)
    return (bb * ay - ab * by) / determinant, (aa * by - ab * ay) / determinant


def _between(explained: Array, row: NDArray[np.intp], column: NDArray[np.intp], centres: Array) -> Array:
    """Put a parabola through the best EC50 and its neighbours, and give its vertex; the ends of the grid stay."""
    each = np.arange(len(row))
    inner = np.clip(row, 1, len(centres) - 2)
    left, middle, right = (explained[each, inner + step, column] for step in (-1, 0, 1))
    curvature = left - 2 * middle + right
    shift = np.where(curvature < 0, 0.5 * (left - right) / np.where(curvature < 0, curvature, 1.0), 0.0)
    at_end = inner != row
    result: Array = centres[row] + np.where(at_end, 0.0, np.clip(shift, -0.5, 0.5)) * (centres[1] - centres[0])
    return result
