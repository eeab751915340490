"""Archetypal analysis of profiles, in the spirit of Siegismund et al. (MIDL 2022)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.archetypes.choosing import choose, fit
from cdcl.archetypes.pcha import weigh
from cdcl.archetypes.space import principal, scaled
from cdcl.errors import ProfilesError
from cdcl.events import Began, Ended, Said, Warned
from cdcl.profiles import Profiles, check

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.archetypes.choosing import Choice
    from cdcl.archetypes.pcha import Hull
    from cdcl.archetypes.space import Components, Scale
    from cdcl.tasks import Task

CONFIDENT = 0.7
"""Weight from which a profile gets the label of its archetype."""


@dataclass(frozen=True)
class Analysis:
    """Archetypes of profiles. The first archetype, A1, is the one with the largest share of all weights, and so on.

    Attributes
    ----------
    profiles
        What was analysed, brought to one scale: N rows and D features.
    weights
        What each profile is made of, (N, k), rows sum to 1.
    archetypes
        Their profiles, (k, D), in features of that scale.
    fitted
        (N,) bool: the rows that archetypes were sought among; the others were only weighed.
    explained
        Share of the variance of the fitted rows, within the principal components, that mixtures explain.
    components
        How many principal components there were, and the share of the variance in them.
    choice
        Why so many archetypes; None where the number was given.
    """

    profiles: Profiles
    weights: NDArray[np.float64]
    archetypes: NDArray[np.float64]
    fitted: NDArray[np.bool_]
    explained: float
    components: tuple[int, float]
    choice: Choice | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the archetypes: A1, A2, ..."""
        return tuple(f"A{number}" for number in range(1, self.weights.shape[1] + 1))

    def nearest(self) -> NDArray[np.int64]:
        """Give the archetype with the largest weight in each profile, (N,), counted from 0."""
        places: NDArray[np.int64] = self.weights.argmax(axis=1)
        return places

    def labels(self, confident: float = CONFIDENT) -> NDArray[np.object_]:
        """Give pseudo-labels (N,): the name of the archetype whose weight is at least `confident`, else ""."""
        names = np.array(self.names, dtype=object)[self.nearest()]
        return np.where(self.weights.max(axis=1) >= confident, names, "")


def find_archetypes(
    profiles: Profiles, num: int | None = None, *, scale: Scale = "auto", seed: int = 0
) -> Task[Analysis]:
    """Find the archetypes of profiles; where the table has a split, among the training rows alone.

    Parameters
    ----------
    num
        How many; None chooses by the elbow of the explained variance and a bootstrap.
    scale
        How plates are brought to one scale first; see `scaled`.

    Raises
    ------
    ProfilesError
        If profiles are not finite, all equal, or fewer than archetypes; or the table does not allow the scale.
    """
    fitted = _training_rows(check(profiles).table)
    rows = np.flatnonzero(fitted)
    _check_number(num, len(rows))
    same = scaled(profiles, scale)
    components = principal(same.values, rows)
    yield Said(_in_words(same, components, rows))
    choice = None if num is not None else (yield from choose(components.scores[rows], seed))
    if choice is not None:
        yield _verdict(choice)
    hull = yield from _fit(components.scores[rows], choice.num if choice is not None else int(num or 0), seed)
    return _ordered(_analysis(same, components, fitted, hull, choice))


def _fit(scores: NDArray[np.float64], num: int, seed: int) -> Task[Hull]:
    yield Began(f"{num} archetypes", total=None, unit="iteration")
    hull = yield from fit(scores, num, seed)
    yield Ended()
    return hull


def _analysis(
    profiles: Profiles, components: Components, fitted: NDArray[np.bool_], hull: Hull, choice: Choice | None
) -> Analysis:
    scores = components.scores
    weights = np.empty((len(scores), len(hull.corners)))
    weights[fitted] = hull.weights
    if not fitted.all():
        weights[~fitted] = weigh(scores[~fitted], hull.corners)
    found = hull.mixture @ profiles.values[fitted]
    kept = (scores.shape[1], components.share)
    return Analysis(profiles, weights, found, fitted, hull.explained, kept, choice)


def _ordered(analysis: Analysis) -> Analysis:
    """Number the archetypes by their share of all weights."""
    order = np.argsort(-analysis.weights[analysis.fitted].mean(axis=0), kind="stable")
    return replace(analysis, weights=analysis.weights[:, order], archetypes=analysis.archetypes[order])


def _training_rows(table: pd.DataFrame) -> NDArray[np.bool_]:
    if "split" not in table:
        return np.ones(len(table), dtype=bool)
    trained = table["split"].astype("string").eq("train").fillna(False).to_numpy(dtype=bool)
    return trained if trained.any() else np.ones(len(table), dtype=bool)


def _check_number(num: int | None, rows: int) -> None:
    if num is not None and num < 2:
        raise ProfilesError(f"{num} archetypes say nothing; ask for 2 or more, or for auto.")
    if rows < max(num or 3, 3):
        wanted = "archetypes" if num is None else f"{num} archetypes"
        raise ProfilesError(
            f"{wanted} cannot be found among {rows} profiles: there must be at least {max(num or 3, 3)}; "
            "ask for fewer, or take profiles of a finer level."
        )


def _in_words(profiles: Profiles, components: Components, rows: NDArray[np.int64]) -> str:
    of_all = "" if len(rows) == len(profiles) else f" (those trained on, of {len(profiles)})"
    return (
        f"archetypes of {len(rows)} {profiles.level} profiles{of_all}, {profiles.provenance['scale']}: "
        f"{components.scores.shape[1]} principal components with {components.share:.0%} of the variance"
    )


def _verdict(choice: Choice) -> Said | Warned:
    what = f"{choice.num} archetypes explain {choice.explained[choice.num]:.0%} of it"
    again = f"a bootstrap finds them again with an agreement of {choice.stability[choice.num]:.2f}"
    if choice.stable:
        return Said(f"{what}; {again}")
    return Warned(f"{what}, but no number is stable: {again}, 1 being the same; look at them before you rely on them.")
