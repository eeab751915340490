"""Known biology recalled: whether pairs that a file calls related lie at the ends of all similarities.

The definitions are those of EFAAR (Celik et al. 2024); the relations are a file of the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.bounded import check_regular
from cdcl.errors import ProfilesError
from cdcl.metrics.labels import is_treated, labels_of
from cdcl.metrics.score import Score, unavailable
from cdcl.metrics.several import BAR
from cdcl.profiles.scaling import unit
from cdcl.screen.counting import SHOWN, counted
from cdcl.screen.identifiers import whole_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

TAILS = (0.05, 0.1)
"""Shares of all pairs that count as ends, on each side, as published: guessing recalls twice as many."""

FEWEST_ENTITIES = 20
"""EFAAR asks no fewer: below, the ends are a handful of pairs."""

DRAWS = 200
"""Shuffles of the entities: the ends of a 95 % interval are then five draws from the last."""

_HEADING = 10_000
"""Characters of a heading at most: what is longer is no table."""

COLUMNS = ("gene", "target", "compound", "treatment")
"""Where the entities stand, the first of these that the table has."""


def read_relations(path: Path) -> list[tuple[str, str]]:
    """Read pairs of entities: the first two columns of a CSV or TSV file with a heading.

    Raises
    ------
    ProfilesError
        If it cannot be read, or has fewer than two columns.
    """
    check_regular(path, ProfilesError)
    try:
        with path.open(encoding="utf-8-sig") as file:
            heading = file.readline(_HEADING)
        separator = next((mark for mark in "\t;" if mark in heading), ",")
        table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ProfilesError(f"{path} cannot be read as a table of pairs: {error}.") from error
    if table.shape[1] < 2:
        raise ProfilesError(f"{path} has one column; relations are pairs, in its first two.")
    # One rule with the profiles' own names, which another program may have made decimals, too.
    first, second = (whole_numbers(table.iloc[:, place].str.strip()) for place in (0, 1))
    return [(one, other) for one, other in zip(first, second, strict=True) if one and other and one != other]


def relations_recalled(profiles: Profiles, pairs: Sequence[tuple[str, str]], *, seed: int = 0) -> list[Score]:
    """Score the share of known pairs whose cosine lies beyond the 5th and 95th (10th and 90th) percentile of all pairs.

    An entity's profile is the mean over its wells; a well of several ("A|B") counts for each. Pairs count once in
    whatever order they are named. Profiles are taken as they come: EFAAR centres them on the controls before, which
    moves every cosine. The null deals the entities' names anew among their profiles.

    Returns
    -------
    list of Score
        One for each of `TAILS`: `relations_05` and `relations_10`, with null and its 95 % interval.

    Raises
    ------
    ProfilesError
        If the table names no entities.
    """
    column = _column(profiles)
    names, values = _entities(profiles, column)
    place = {name: number for number, name in enumerate(names)}
    told = {tuple(sorted((place[one], place[other]))) for one, other in pairs if one in place and other in place}
    known = {(one, other) for one, other in told if one != other}
    titles = [f"relations_{round(100 * tail):02d}" for tail in TAILS]
    if len(names) < FEWEST_ENTITIES or not known:
        reason = (
            f"{len(names)} entities in column {column}, {len(known)} known pairs of them; EFAAR asks for 20 or more"
        )
        return [unavailable(title, reason, level="entity") for title in titles]
    cosines = unit(values) @ unit(values).T
    related = np.array(sorted(known), dtype=np.int64)
    rng = np.random.default_rng([seed, len(names)])
    orders = [rng.permutation(len(names)) for _ in range(DRAWS)]
    return [_recall(title, tail, (cosines, related), orders) for title, tail in zip(titles, TAILS, strict=True)]


def pairs_here(profiles: Profiles, pairs: Sequence[tuple[str, str]]) -> str:
    """Say how many of the pairs have both entities in these profiles, and which of the others are not there.

    Raises
    ------
    ProfilesError
        If the table names no entities.
    """
    column = _column(profiles)
    names = set(_named(profiles, column))
    here = sum(names.issuperset(pair) for pair in pairs)
    told = f"{here} of {counted(len(pairs), 'related pair lies', 'related pairs lie')} in the column {column}"
    strange = strangers(pairs, names)
    return f"{told}; not there: {strange}" if strange else told


def strangers(pairs: Iterable[tuple[str, str]], names: Collection[str]) -> str:
    """List the first names of pairs that are not among `names`; "" where all are."""
    strange = list(dict.fromkeys(name for pair in pairs for name in pair if name not in names))
    return ", ".join(strange[:SHOWN]) + (f", ... ({len(strange)})" if len(strange) > SHOWN else "")


def _column(profiles: Profiles) -> str:
    column = next((name for name in COLUMNS if name in profiles.table), "")
    if not column:
        raise ProfilesError(f"relations need a column that names entities: {', '.join(COLUMNS)}.")
    return column


def _named(profiles: Profiles, column: str) -> pd.Series:
    """Give an entity a row, "A|B" one each, with the number of its profile as index."""
    labels = labels_of(profiles, column).where(pd.Series(is_treated(profiles), index=profiles.table.index))
    return labels.reset_index(drop=True).dropna().str.split(BAR, regex=False).explode().str.strip()


def _entities(profiles: Profiles, column: str) -> tuple[list[str], NDArray[np.float64]]:
    each = _named(profiles, column)
    means = pd.DataFrame(profiles.values[each.index.to_numpy()]).groupby(each.to_numpy(dtype=object)).mean()
    return [str(name) for name in means.index], means.to_numpy(dtype=np.float64)


def at_the_ends(cosines: NDArray[np.float64], tail: float) -> NDArray[np.bool_]:
    """Tell the pairs with at most a share `tail` of all pairs at or below them, or at or above them.

    Ranks and not quantiles, as in EFAAR: pairs that tie across a threshold lie at neither end, so that profiles which
    are all alike recall nothing.

    Parameters
    ----------
    cosines
        Of all entities with each other, shape (N, N); each pair counts once, none with itself.
    """
    every = np.sort(cosines[np.triu_indices(len(cosines), k=1)])
    below = np.searchsorted(every, cosines, side="left") / len(every)
    to_there = np.searchsorted(every, cosines, side="right") / len(every)
    ends: NDArray[np.bool_] = (to_there <= tail) | (below >= 1 - tail)
    return ends


def _recall(
    title: str,
    tail: float,
    found: tuple[NDArray[np.float64], NDArray[np.int64]],
    orders: Sequence[NDArray[np.int64]],
) -> Score:
    cosines, related = found
    ends = at_the_ends(cosines, tail)
    value = float(ends[related[:, 0], related[:, 1]].mean())
    shuffled = np.array([ends[order[related[:, 0]], order[related[:, 1]]].mean() for order in orders])
    null_low, null_high = np.percentile(shuffled, [2.5, 97.5])
    return Score(
        title,
        value,
        count=len(related),
        chance=2 * tail,
        note=f"known pairs beyond the {tail:.0%} ends of all pairs of {len(cosines)} entities",
        level="entity",
        null=float(shuffled.mean()),
        null_low=float(null_low),
        null_high=float(null_high),
    )
