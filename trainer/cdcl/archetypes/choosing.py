"""How many archetypes: where one more explains little, and a bootstrap finds the same ones again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.archetypes.pcha import TOLERANCE, begin, improve, one_more, weigh
from cdcl.events import Advanced, Began, Ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cdcl.archetypes.pcha import Hull
    from cdcl.tasks import Task

    Matrix = NDArray[np.float64]

MOST = 12
"""Archetypes that are tried."""

RESAMPLES = 8
"""Bootstrap samples."""

STABLE = 0.8
"""Archetypes that a bootstrap finds again with less agreement are not trusted."""

LARGEST_SAMPLE = 1500
"""Rows that the number is chosen on."""


@dataclass(frozen=True)
class Effort:
    """How long archetypes are sought.

    Attributes
    ----------
    starts
        Random starts, of which the best is kept.
    tolerance
        A start has converged when an iteration lowers the error by less than this share of it.
    """

    starts: int
    tolerance: float


THOROUGH = Effort(starts=5, tolerance=TOLERANCE)
QUICK = Effort(starts=1, tolerance=1e-4)
"""For the many fits that only help to choose the number."""


@dataclass(frozen=True)
class Choice:
    """A number of archetypes and why.

    Attributes
    ----------
    num
        The number.
    explained
        Share of the variance by number, from 2 up; it never falls.
    stability
        Agreement with bootstrap samples by number, where it was asked for.
    stable
        Whether the chosen number's is 0.8 or more.
    """

    num: int
    explained: Mapping[int, float]
    stability: Mapping[int, float]

    @property
    def stable(self) -> bool:
        """Whether a bootstrap finds these archetypes again."""
        return self.stability.get(self.num, 1.0) >= STABLE


def fit(values: Matrix, num: int, seed: int = 0, *, effort: Effort = THOROUGH, start: Hull | None = None) -> Task[Hull]:
    """Find `num` archetypes of values (N, D), the best of several random starts (and of `start`).

    Parameters
    ----------
    values
        X, (N, D), with N of `num` or more.
    num
        How many archetypes.
    seed
        Of the starts; each number of archetypes has draws of its own.
    effort
        How many random starts, and when each has converged.
    start
        Where one more start begins, with `num` corners; no less than it explains will be explained.

    Returns
    -------
    Hull
        The start that explains the largest share of the variance in the end.
    """
    starts = [] if start is None else [start]
    starts += [begin(values, num, np.random.default_rng([seed, num, number])) for number in range(effort.starts)]
    best = None
    for hull in starts:
        found = yield from _improved(values, hull, effort.tolerance)
        best = found if best is None or found.explained > best.explained else best
    assert best is not None
    return best


def choose(values: Matrix, seed: int = 0) -> Task[Choice]:
    """Choose the number of archetypes of values (N, D).

    It is the elbow of the explained variance, or the largest number below it that is stable under the bootstrap.

    Parameters
    ----------
    values
        X, (N, D); of more than 1500 rows as many are drawn.
    seed
        Of the starts, the bootstrap and the rows drawn.

    Returns
    -------
    Choice
        A number from 2 to 12; no more than N, nor than D + 1. `stability` holds the numbers that were tested, from the
        elbow downwards.
    """
    sample = _sample(values, seed)
    yield Began("how many archetypes", total=None, unit="iteration")
    hulls = yield from _hulls(sample, seed)
    explained = {num: hull.explained for num, hull in hulls.items()}
    bend = elbow(explained)
    stability: dict[int, float] = {}
    for num in range(bend, 1, -1):
        stability[num] = yield from _stability(sample, hulls[num], seed)
        if stability[num] >= STABLE:
            break
    yield Ended()
    stable = [num for num, value in stability.items() if value >= STABLE]
    return Choice(stable[0] if stable else bend, explained, stability)


def elbow(explained: Mapping[int, float]) -> int:
    """Give the number at which the curve bends most: the furthest above the line from one archetype to the last.

    Parameters
    ----------
    explained
        Share of the variance by number, for 2, 3, ... in order; one archetype, the mean, explains 0.

    Returns
    -------
    int
        One of the numbers; of equally high ones the smallest.
    """
    numbers = np.array([1, *explained])
    shares = np.array([0.0, *explained.values()])
    heights = shares / max(shares[-1], np.finfo(float).tiny) - (numbers - 1) / (numbers[-1] - 1)
    # Of equal heights the smallest number; the first stands for one archetype, the mean of all, and is not offered.
    highest = heights[1:] >= heights[1:].max() - 1e-9
    return int(numbers[1:][int(highest.argmax())])


def agreement(first: Matrix, second: Matrix) -> float:
    """Compare two sets of weights of the same rows: their normalised mutual information.

    With p_ij the mean over rows of first_i second_j, I = sum of p_ij ln(p_ij / (p_i p_j)), and the result is 2 I(first,
    second) / (I(first, first) + I(second, second)).

    Parameters
    ----------
    first, second
        (N, k) and (N, l); rows sum to 1.

    Returns
    -------
    float
        1 where both say the same, in whatever order of the archetypes; 0 where one tells nothing of the other.
    """
    own = _information(first, first) + _information(second, second)
    return 2.0 * _information(first, second) / own if own > 0 else 0.0


def _information(first: Matrix, second: Matrix) -> float:
    joint = first.T @ second / len(first)
    independent = first.mean(axis=0)[:, None] * second.mean(axis=0)
    there = joint > 0
    return float((joint[there] * np.log(joint[there] / independent[there])).sum())


def _hulls(values: Matrix, seed: int) -> Task[dict[int, Hull]]:
    """Fit 2, 3, ... archetypes; each number also starts from the one before, so that it explains no less."""
    hulls: dict[int, Hull] = {}
    for num in range(2, most_archetypes(values) + 1):
        start = one_more(values, hulls[num - 1]) if num > 2 else None
        hulls[num] = yield from fit(values, num, seed, effort=QUICK, start=start)
    return hulls


def most_archetypes(values: Matrix) -> int:
    """Count the archetypes that are tried: 12, or as many corners as rows and dimensions allow."""
    limit: int = min(MOST, len(values), values.shape[1] + 1)
    return max(2, limit)


def _stability(values: Matrix, hull: Hull, seed: int) -> Task[float]:
    """Average the agreement of the weights with those by archetypes of bootstrap samples."""
    num, found = len(hull.corners), []
    for number in range(RESAMPLES):
        rows = np.random.default_rng([seed, num, 1000 + number]).integers(len(values), size=len(values))
        other = yield from fit(values[rows], num, seed + number, effort=QUICK)
        found.append(agreement(hull.weights, weigh(values, other.corners)))
    return float(np.mean(found))


def _sample(values: Matrix, seed: int) -> Matrix:
    if len(values) <= LARGEST_SAMPLE:
        return values
    rows = np.random.default_rng([seed, 0]).choice(len(values), LARGEST_SAMPLE, replace=False)
    sample: Matrix = values[np.sort(rows)]
    return sample


def _improved(values: Matrix, hull: Hull, tolerance: float) -> Task[Hull]:
    """Improve to the end, telling every tenth iteration; there a task can be closed."""
    for done, better in enumerate(improve(values, hull, tolerance), start=1):
        hull = better
        if done % 10 == 0:
            yield Advanced(done, f"{len(hull.corners)} explain {hull.explained:.1%}")
    return hull
