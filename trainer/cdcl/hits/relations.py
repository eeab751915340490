"""Which treatments look alike, and which of these pairs chance does not explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.metrics.several import shared_of
from cdcl.profiles.false_discovery import false_discovery
from cdcl.profiles.scaling import unit
from cdcl.quality.wells import standard_scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells
    from cdcl.tasks import Task

    Array = NDArray[np.float64]

DRAWS = 9_999
"""Treatments that are made up: the smallest p is 0.0001, its relative error at 0.05 is 4 %."""

BLOCK = 500
"""Made-up treatments at a time: 500 x 384 features are 1.5 MB, which a processor's cache holds."""

FEWEST = 5
"""Treatments below which the spread of treatments, and so chance, is not known: four differences from their mean."""

SIGNIFICANCE = 0.05
"""False discovery rate below which a pair is related: one in twenty may be none."""


@dataclass(frozen=True)
class Relations:
    """Treatments in the order of a dendrogram, and their pairs.

    Attributes
    ----------
    names
        Of the T treatments, those next to each other that are alike.
    cosines
        (T, T) similarity of their mean shifts from the controls.
    links
        (T - 1, 4), SciPy's dendrogram over `names`, by average linkage of 1 - cosine.
    pairs
        `one`, `other`, `similarity`, `p`, `q`, `related`, `mechanism` (which both have, else ""), `known`; the most
        alike first.
    mechanisms
        Of each treatment, "" where it is not known.
    """

    names: tuple[str, ...]
    cosines: Array
    links: Array
    pairs: pd.DataFrame
    mechanisms: tuple[str, ...]


def find_relations(wells: Wells, known: Sequence[tuple[str, str]] = (), *, seed: int = 0) -> Task[Relations]:
    """Compare every two treatments by the cosine of their shifts from the controls, each well on its own plate's scale.

    Where a plate has no controls, all of its wells stand for them, and it is said.

    Chance: a treatment that is made up, drawn from the spread of the screen's treatments about their mean, with the
    noise that their means have. What all treatments share, by being treated at all, made-up ones share too. The p of a
    pair is how often a made-up treatment is as like one of the two, by the one that is less surprised; q after
    Benjamini and Hochberg over all pairs. Related
    treatments spread the draws, too: p errs to the larger, much so where a screen has few kinds of treatments.

    Parameters
    ----------
    known
        Pairs of treatments or compounds that are known to be related; they are marked, and play no part in p.

    Raises
    ------
    ProfilesError
        If there are fewer than `FEWEST` treatments, or none differs from its controls.
    """
    table = wells.profiles.table
    names = wells.profiles.column("treatment").astype("string").fillna("").to_numpy(dtype=str)
    treated = ~wells.negative() & (wells.control != "empty") & (names != "")
    kinds, codes = np.unique(names[treated], return_inverse=True)
    if len(kinds) < FEWEST:
        raise ProfilesError(
            f"{len(kinds)} {'treatment is' if len(kinds) == 1 else 'treatments are'} too few to say which are alike by "
            f"more than chance; {FEWEST} are needed, beside the controls. Name them in the column treatment of the "
            "screen's table, or open a larger screen."
        )
    yield from _say_bare_plates(wells)
    means = yield from _mean_shifts(standard_scores(wells)[treated].astype(np.float64), codes, kinds)
    order, links = _dendrogram(np.clip(unit(means) @ unit(means).T, -1, 1))
    means, kinds = means[order], kinds[order]
    firsts = table[treated].reset_index(drop=True).groupby(codes, sort=True).first().iloc[order]
    p_values = yield from _chance(means, np.random.default_rng([seed, len(kinds)]))
    cosines = np.clip(unit(means) @ unit(means).T, -1, 1)
    mechanisms = _texts(firsts, "mechanism")
    pairs = _pairs(kinds, cosines, p_values, mechanisms)
    told, places = known_pairs(kinds.tolist(), _texts(firsts, "compound"), known), pd.Index(kinds)
    pairs["known"] = told[places.get_indexer(pd.Index(pairs["one"])), places.get_indexer(pd.Index(pairs["other"]))]
    return Relations(tuple(kinds.tolist()), cosines, links, pairs, mechanisms)


def _say_bare_plates(wells: Wells) -> Task[None]:
    bare = [name for plate, name in enumerate(wells.names) if not wells.negative()[wells.plates == plate].any()]
    if bare:
        yield Warned(
            f"no negative controls on {len(bare)} of {len(wells.names)} plates, such as {bare[0]}: shifts there are "
            "from all wells of the plate."
        )


def _mean_shifts(scores: Array, codes: NDArray[np.intp], kinds: NDArray[np.str_]) -> Task[Array]:
    """Average the shifts of each treatment's wells, (T, D); those without any have no direction, which is said."""
    sums = np.zeros((len(kinds), scores.shape[1]))
    np.add.at(sums, codes, scores)
    still = kinds[~sums.any(axis=1)]
    if len(still) == len(kinds):
        raise ProfilesError(
            "no treatment has a shift from its controls to compare: all features are constant within each plate, or a "
            "plate's only control has no spread to measure by. Give two or more negative controls a plate, or profiles "
            "whose features vary."
        )
    if len(still):
        yield Warned(
            f"{len(still)} of {len(kinds)} treatments, such as {still[0]}, have no shift from their controls in any "
            "feature: they are like none, at similarity 0."
        )
    means: Array = sums / np.bincount(codes)[:, None]
    return means


def _texts(firsts: pd.DataFrame, column: str) -> tuple[str, ...]:
    if column not in firsts:
        return ("",) * len(firsts)
    return tuple(firsts[column].astype("string").fillna("").tolist())


def _dendrogram(cosines: Array) -> tuple[NDArray[np.int64], Array]:
    """Order treatments so that neighbours are alike; links name them by their place in that order."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering  # takes a moment to import

    upper = np.triu_indices(len(cosines), 1)
    distances = 1 - cosines[upper]
    links = np.array(optimal_leaf_ordering(linkage(distances, "average"), distances))
    order = np.asarray(leaves_list(links), dtype=np.int64)
    places = np.concatenate([np.argsort(order), np.arange(len(order), 2 * len(order))])  # joints keep their numbers
    links[:, :2] = places[links[:, :2].astype(np.int64)]
    return order, links


def _chance(means: Array, rng: np.random.Generator) -> Task[Array]:
    """Give p of every pair, (T, T): how often a made-up treatment is as like, by the larger of both."""
    centre, directions = means.mean(axis=0), unit(means)
    spread = (means - centre) / np.sqrt(len(means) - 1)
    cosines = directions @ directions.T
    reached = np.zeros_like(cosines)
    yield Began("relations", total=DRAWS, unit="draw")
    for start in range(0, DRAWS, BLOCK):
        num = min(BLOCK, DRAWS - start)
        made_up = unit(centre + rng.standard_normal((num, len(means))) @ spread)
        drawn = np.sort(directions @ made_up.T, axis=1)  # (T, num)
        for row, own in enumerate(drawn):
            reached[row] += num - np.searchsorted(own, cosines[row] - 1e-12)
        yield Advanced(start + num)
    yield Ended()
    p_values = (1 + reached) / (1 + DRAWS)
    larger: Array = np.maximum(p_values, p_values.T)
    return larger


def _pairs(kinds: NDArray[np.str_], cosines: Array, p_values: Array, mechanisms: tuple[str, ...]) -> pd.DataFrame:
    one, other = np.triu_indices(len(kinds), 1)
    names = np.array(mechanisms, dtype=str)
    q_values = false_discovery(p_values[one, other])
    table = pd.DataFrame(
        {
            "one": kinds[one],
            "other": kinds[other],
            "similarity": cosines[one, other],
            "p": p_values[one, other],
            "q": q_values,
            "related": q_values < SIGNIFICANCE,
            "mechanism": shared_of(names[one], names[other]),
        }
    )
    return table.sort_values("similarity", ascending=False, kind="stable", ignore_index=True)


def known_pairs(names: Sequence[str], compounds: Sequence[str], told: Iterable[tuple[str, str]]) -> NDArray[np.bool_]:
    """Tell which treatments somebody calls related, in either order.

    Parameters
    ----------
    names, compounds
        Of each treatment, T of them; "" where a compound is not known.
    told
        Pairs of treatments or of compounds; a compound stands for all of its treatments.

    Returns
    -------
    array
        (T, T), symmetric; no treatment is related to itself.

    Examples
    --------
    >>> known_pairs(["a@1", "a@2", "b"], ["a", "a", "b"], [("b", "a"), ("a@1", "a@2")]).astype(int)
    array([[0, 1, 1],
           [1, 0, 1],
           [1, 1, 0]])
    """
    places: dict[str, set[int]] = {}
    for number, both in enumerate(zip(names, compounds, strict=True)):
        for name in filter(None, both):
            places.setdefault(name, set()).add(number)
    known = np.zeros((len(names), len(names)), dtype=np.bool_)
    for one, other in told:
        rows, columns = list(places.get(one, ())), list(places.get(other, ()))
        known[np.ix_(rows, columns)] = True
        known[np.ix_(columns, rows)] = True
    np.fill_diagonal(known, val=False)
    return known
