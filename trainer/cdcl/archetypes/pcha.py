"""Principal convex hull analysis: the corners whose mixtures explain all rows best (Mørup & Hansen 2012).

Minimises ||X - S C X||^2 over S (N, k) and C (k, N), whose rows are weights that sum to 1 (Cutler & Breiman 1994): each
archetype is a mixture of rows, each row nearly a mixture of archetypes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.archetypes.furthest_sum import furthest_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

INNER_STEPS = 10
"""Steps on S, then on C, in one iteration."""

MOST_ITERATIONS = 500
"""Iterations at most, where `TOLERANCE` has not ended the fit before."""
TOLERANCE = 1e-6
"""Stop when an iteration lowers the error by less than this share of it."""

ENOUGH = 0.9999
"""Stop when this share of the variance is explained."""

_GROWTH, _SHRINKAGE, _MOST_HALVINGS = 1.2, 0.5, 40
"""Of the step: longer after a success, halved after a failure (Mørup & Hansen 2012); 2^-40 of it moves nothing."""


@dataclass(frozen=True)
class Hull:
    """Archetypes, and how rows are mixed of them.

    Attributes
    ----------
    mixture
        C, (k, N): what each archetype is made of; rows sum to 1.
    weights
        S, (N, k): what each row is made of; rows sum to 1.
    corners
        The archetypes, C X, (k, D).
    explained
        Share of the variance of X that S C X explains, (SST - SSE) / SST; 1 where X has no variance.
    """

    mixture: Matrix
    weights: Matrix
    corners: Matrix
    explained: float


def begin(values: Matrix, num: int, rng: np.random.Generator) -> Hull:
    """Start from rows that lie far apart, with weights drawn uniformly from the simplex."""
    mixture = np.zeros((num, len(values)))
    mixture[np.arange(num), furthest_sum(values, num, rng)] = 1.0
    return _hull(values, mixture, _onto_simplex(-np.log1p(-rng.random((len(values), num)))))


def one_more(values: Matrix, hull: Hull) -> Hull:
    """Start from archetypes that are there, and the row they explain worst; explains what they did."""
    worst = np.square(values - hull.weights @ hull.corners).sum(axis=1).argmax()
    mixture = np.vstack([hull.mixture, np.arange(len(values)) == worst])
    return _hull(values, mixture, np.pad(hull.weights, ((0, 0), (0, 1))))


def improve(values: Matrix, hull: Hull, tolerance: float = TOLERANCE) -> Iterator[Hull]:
    """Yield the hull after each iteration, until it converges; the explained variance never falls.

    Parameters
    ----------
    values
        X, (N, D).
    hull
        Where to begin.
    tolerance
        Stop when an iteration lowers the error by less than this share of it.
    """
    centred = values - values.mean(axis=0)
    mixture, weights = hull.mixture, hull.weights
    steps = _first_steps(centred, mixture, weights)
    for _iteration in range(MOST_ITERATIONS):
        weights, step = _improve_weights(centred, mixture @ centred, weights, steps[0])
        mixture, other = _improve_mixture(centred, mixture, weights, steps[1])
        steps = (step, other)
        before, hull = hull, _hull(values, mixture, weights)
        yield hull
        if _converged(before.explained, hull.explained, tolerance):
            return


def weigh(values: Matrix, corners: Matrix) -> Matrix:
    """Find the weights with which given archetypes explain any rows best: PCHA with the archetypes held still.

    Parameters
    ----------
    values
        (N, D); they need not be the rows that the archetypes were found in.
    corners
        The archetypes, (k, D).

    Returns
    -------
    weights
        (N, k); rows sum to 1.
    """
    centre = corners.mean(axis=0)
    values, corners = values - centre, corners - centre
    weights = np.full((len(values), len(corners)), 1.0 / len(corners))
    total = max(float(np.square(values).sum()), np.finfo(float).tiny)
    step = _inverse(corners @ corners.T)
    explained = -np.inf
    for _iteration in range(MOST_ITERATIONS):
        weights, step = _improve_weights(values, corners, weights, step)
        before, explained = explained, 1.0 - float(np.square(values - weights @ corners).sum()) / total
        if _converged(before, explained):
            break
    return weights


def _converged(before: float, after: float, tolerance: float = TOLERANCE) -> bool:
    """Tell whether SSE - SSE' < tolerance SSE', or so much is explained that the rest is rounding."""
    return after > ENOUGH or after - before < tolerance * (1.0 - after)


def _hull(values: Matrix, mixture: Matrix, weights: Matrix) -> Hull:
    corners = mixture @ values
    error = np.square(values - weights @ corners).sum()
    total = np.square(values - values.mean(axis=0)).sum()
    return Hull(mixture, weights, corners, 1.0 if total == 0 else float(1.0 - error / total))


def _first_steps(values: Matrix, mixture: Matrix, weights: Matrix) -> tuple[float, float]:
    """Give the inverse curvature of the error in S and in C: a step that cannot overshoot, to begin with."""
    corners = mixture @ values
    in_weights, in_rows, in_values = (_inverse(part.T @ part) for part in (corners.T, weights, values))
    return in_weights, in_rows * in_values


def _inverse(curvature: Matrix) -> float:
    """Give one over the largest curvature; where there is none, any step will do."""
    largest = float(np.linalg.norm(curvature, 2))
    return 1.0 / largest if largest > 0 else 1.0


def _improve_weights(values: Matrix, corners: Matrix, weights: Matrix, step: float) -> tuple[Matrix, float]:
    products, gram = values @ corners.T, corners @ corners.T

    def slope(weights: Matrix) -> Matrix:
        return weights @ gram - products

    def error(weights: Matrix) -> float:
        return float(np.vdot(weights.T @ weights, gram) - 2.0 * np.vdot(weights, products))

    return _descend(weights, step, slope, error)


def _improve_mixture(values: Matrix, mixture: Matrix, weights: Matrix, step: float) -> tuple[Matrix, float]:
    products, gram = weights.T @ values, weights.T @ weights

    def slope(mixture: Matrix) -> Matrix:
        return (gram @ (mixture @ values) - products) @ values.T

    def error(mixture: Matrix) -> float:
        corners = mixture @ values
        return float(np.vdot(gram, corners @ corners.T) - 2.0 * np.vdot(products, corners))

    return _descend(mixture, step, slope, error)


def _descend(
    point: Matrix, step: float, slope: Callable[[Matrix], Matrix], error: Callable[[Matrix], float]
) -> tuple[Matrix, float]:
    """Take ten steps on the simplex that never raise the error; gives the point and the next length of a step.

    The gradient is projected on the simplex (g - sum of g x), what falls below 0 is cut off and the rest brought to
    sum 1; a step that succeeds lengthens the next one by a fifth, one that does not is halved.
    """
    now, first = error(point), step
    for _step in range(INNER_STEPS):
        gradient = slope(point)
        gradient -= (gradient * point).sum(axis=1, keepdims=True)
        for _halving in range(_MOST_HALVINGS):
            moved = _onto_simplex(np.maximum(point - step * gradient, 0.0))
            reached = error(moved)
            if reached <= now:
                break
            step *= _SHRINKAGE
        if reached >= now:  # nothing is gained any more; neither a vanishing nor a growing step is handed on
            return point, first
        point, now, step = moved, reached, step * _GROWTH
    return point, step


def _onto_simplex(rows: Matrix) -> Matrix:
    """Bring rows of numbers that are not negative to sum 1."""
    scaled: Matrix = rows / rows.sum(axis=1, keepdims=True)
    return scaled
