"""Whether a treatment is active, by exchange: its replicates and the controls of their plates change places.

Had a treatment no effect, each of its wells could as well have been any of the controls on its plate. So the label is
dealt anew on every plate, jointly over plates, and the mean average precision measured again. With one replicate among
six controls on each of three plates there are 7 x 7 x 7 = 343 ways, and p can reach 1/343, where ranking one replicate
among controls knows 28 rankings only. The set of all ways is closed under exchange, so that p is exact (Lehmann &
Romano 2005, §15.2). Ties count against the claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.positives import ROUNDING
from cdcl.metrics.ranking import lower_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE = 10_000
"""Ways that are listed, or drawn where there are more: p is then known to 0.002 at 0.05."""

FIRST = ((1_000, 0.2),)
"""Of ways drawn, so many come first; where these make p larger than this, no more are looked at.

A test whose p is 0.05 reaches 0.2 in its first 1000 draws with odds far below one in a million.
"""

QUICK = ((100, 0.2), (1_000, 0.1))
"""As `FIRST`, and of listed ways too, where it matters only whether p lies below 0.05: under shuffled labels.

20 of 100 draws, and 100 of 1000, are each reached where p is 0.05 with odds below one in ten million.
"""

MOST_REPLICATES = 12
"""Of a treatment with more, so many take part in the test: work grows with their square."""


@dataclass(frozen=True)
class Pool:
    """The wells that could bear a treatment's label.

    Attributes
    ----------
    cosines
        Of all with all, shape (W, W).
    plates
        Number of each well's plate, shape (W,).
    borne
        Wells that bear the label, shape (R,); their places are the slots that are dealt anew.
    positives
        Whether the slot in a column is a positive of the slot in a row, shape (R, R).
    """

    cosines: NDArray[np.float64]
    plates: NDArray[np.int64]
    borne: NDArray[np.int64]
    positives: NDArray[np.bool_]

    @cached_property
    def ordered(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Of each plate: its wells, shape (w,), and the cosines of each with all of them, ascending, shape (w, w)."""
        members = {int(plate): np.flatnonzero(self.plates == plate) for plate in np.unique(self.plates)}
        return {plate: (here, np.sort(self.cosines[np.ix_(here, here)], axis=1)) for plate, here in members.items()}


class Exchange:
    """Deals labels; ways of the same plan of plates are dealt once for all treatments.

    Parameters
    ----------
    size
        Ways drawn where there are more; p is then no less than 1 / (size + 1).
    """

    def __init__(self, size: int = SIZE, seed: int = 0) -> None:
        self.size, self.seed = size, seed
        self._dealt: dict[tuple[tuple[int, int], ...], NDArray[np.int64]] = {}

    def p_value(self, pool: Pool, *, quick: bool = False) -> tuple[float, float]:
        """Give p of the treatment's mean average precision, and the least p that its plates allow.

        Parameters
        ----------
        quick
            Look no closer at a p that is clearly above 0.05, even where all ways could be listed.
        """
        plan, members = _plan(pool)
        total = prod(comb(wells, borne) for wells, borne in plan)
        listed = total <= self.size
        ways = self._list(plan) if listed else self._draw(plan)
        order = np.argsort(pool.plates[pool.borne], kind="stable")
        pool = Pool(pool.cosines, pool.plates, pool.borne[order], pool.positives[np.ix_(order, order)])
        found = mean_precisions(pool, pool.borne[None])[0]
        itself, reached, counted = (0, 0, 0) if listed else (1, 0, 0)
        for stop, hopeless in (*(QUICK if quick else () if listed else FIRST), (len(ways), 1.0)):
            part = _place(ways[counted:stop], plan, members)
            reached += int(np.count_nonzero(mean_precisions(pool, part) >= found - 1e-9)) if len(part) else 0
            counted += len(part)
            if (reached + itself) / (counted + itself) > hopeless:
                break
        return (reached + itself) / (counted + itself), 1 / total if listed else 1 / (self.size + 1)

    def _list(self, plan: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
        """List all ways, in an order that tells nothing."""
        if plan not in self._dealt:
            rng = np.random.default_rng([self.seed, *np.ravel(plan).tolist()])
            self._dealt[plan] = rng.permutation(_list_all(plan))
        return self._dealt[plan]

    def _draw(self, plan: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
        if plan not in self._dealt:
            rng = np.random.default_rng([self.seed, *np.ravel(plan).tolist()])
            parts = [
                rng.integers(wells, size=(self.size, 1))
                if borne == 1
                else np.argsort(rng.random((self.size, wells)), axis=1)[:, :borne]
                for wells, borne in plan
            ]
            self._dealt[plan] = np.concatenate(parts, axis=1)
        return self._dealt[plan]


def mean_precisions(pool: Pool, ways: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average the precision of all slots, for each way to fill them (S, R), shape (S,).

    A slot that has no positive, or no other well on its plate, asks nothing.
    """
    plates = pool.plates[ways[0]]
    asking = [slot for slot in range(len(plates)) if pool.positives[slot].any() and _rivals(pool, plates, slot)]
    values = [_precision(pool, ways, plates, slot) for slot in asking]
    return np.asarray(np.mean(values, axis=0))


def _precision(pool: Pool, ways: NDArray[np.int64], plates: NDArray[np.int64], slot: int) -> NDArray[np.float64]:
    """Give the average precision of one slot in each way, shape (S,): a positive that ties ranks behind its rivals."""
    theirs = np.flatnonzero(pool.positives[slot])
    own = ways[:, slot]
    near = pool.cosines[own[:, None], ways[:, theirs]] - ROUNDING
    here, ordered = pool.ordered[int(plates[slot])]
    lines = np.repeat(np.searchsorted(here, own), len(theirs))
    ahead = len(here) - lower_bounds(ordered, lines, near.ravel()).reshape(near.shape)
    for other in np.flatnonzero(plates == plates[slot]).tolist():
        # Wells that bear the label are no rivals, the query itself among them.
        ahead -= pool.cosines[own, ways[:, other]][:, None] >= near
    ahead.sort(axis=1)
    hits = np.arange(1, len(theirs) + 1)
    precisions: NDArray[np.float64] = (hits / (hits + ahead)).mean(axis=1)
    return precisions


def _rivals(pool: Pool, plates: NDArray[np.int64], slot: int) -> bool:
    return bool(np.count_nonzero(pool.plates == plates[slot]) > np.count_nonzero(plates == plates[slot]))


def _plan(pool: Pool) -> tuple[tuple[tuple[int, int], ...], list[NDArray[np.int64]]]:
    """Give for each plate its number of wells and of slots, and its wells."""
    names = np.unique(pool.plates[pool.borne])
    members = [np.flatnonzero(pool.plates == name) for name in names]
    slots = [int(np.count_nonzero(pool.plates[pool.borne] == name)) for name in names]
    return tuple((len(wells), count) for wells, count in zip(members, slots, strict=True)), members


def _list_all(plan: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """List all ways to choose slots' wells on each plate, numbers within plates, shape (S, R)."""
    choices = [np.array(list(combinations(range(wells), borne)), dtype=np.int64) for wells, borne in plan]
    numbers = np.indices([len(choice) for choice in choices]).reshape(len(choices), -1)
    return np.concatenate([choice[number] for choice, number in zip(choices, numbers, strict=True)], axis=1)


def _place(
    ways: NDArray[np.int64], plan: Sequence[tuple[int, int]], members: Sequence[NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Turn numbers within plates into wells of the pool."""
    ends = np.cumsum([borne for _, borne in plan])
    parts = [wells[ways[:, end - borne : end]] for wells, (_, borne), end in zip(members, plan, ends, strict=True)]
    return np.concatenate(parts, axis=1)
