"""Enrichment: whether a treatment's most similar treatments hold more of its own mechanism than the rest do.

After MorphoHELM (arXiv 2605.15383) and the studies it follows: the nearest 1 % by cosine, odds ratio and significance.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.answerable import Answerable
from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.labels import is_treated, label_codes, labels_of
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.metrics.several import shares_any
from cdcl.profiles import aggregate
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

TOP = 0.01
"""The share of treatments that counts as most similar, as published; at least one."""

SIGNIFICANCE = 0.05
"""Of one treatment's test, as published: without correction, so chance stands beside the share."""


def enriched_share(profiles: Profiles, column: str = "mechanism") -> Score:
    """Score the share of treatments whose nearest 1 % hold their mechanism significantly often (p < 0.05).

    p is exact: the share of all ways to draw as many of the others that hold as many of the mechanism (which is what
    the published 100 permutations estimate). Those of the treatment's own compound take no part. Chance is the share
    that would be significant of rankings at random; it lies below 0.05 because p comes in steps.

    Parameters
    ----------
    column
        "mechanism", "target" or another; several of a treatment are joined by `|`.

    Returns
    -------
    Score
        With `groups`: label, value (odds ratio), count (in the top), p. `can_be_right` counts the treatments that
        could be significant; NaN where none could be.

    Raises
    ------
    ProfilesError
        If the table lacks the column or treatments.
    """
    found = _tables(profiles, column)
    name = f"{column}_enriched"
    if isinstance(found, str):
        return unavailable(name, found, level="treatment")
    p = found["p"].to_numpy(dtype=np.float64)
    # Of one neighbour p is the share of the mechanism among the others: with few treatments never below 0.05.
    able = int((found["reachable"] > 0).sum())
    if not able:
        none = unavailable(name, _none_able(found), level="treatment")
        return replace(none, can_be_right=able, can_be_wrong=len(p))
    hits = int((p < SIGNIFICANCE).sum())
    low, high = wilson(hits, len(p))
    left = len(p) - able
    note = in_words(
        f"{hits} of {len(p)}, of the nearest {TOP:.0%}", f"{left} cannot reach p < {SIGNIFICANCE}" * bool(left)
    )
    groups = found.rename(columns={"odds": "value"})[["label", "value", "count", "p"]]
    chance = float(found["reachable"].mean())
    value = hits / len(p)
    score = Score(name, value, low, high, len(p), chance, groups=groups, note=note, level="treatment")
    return replace(score, can_be_right=able, can_be_wrong=len(p))


def _none_able(found: pd.DataFrame) -> str:
    top = int(found["count"].max())
    near = "one neighbour" if top == 1 else f"{top} neighbours"
    return f"none of {len(found)} treatments can reach p < {SIGNIFICANCE}: the nearest {TOP:.0%} is {near} at most"


def enriched_odds(profiles: Profiles, column: str = "mechanism") -> Score:
    """Score the geometric mean over treatments of the odds that the nearest 1 % share the mechanism, against the rest.

    Haldane and Anscombe's correction, modified: 1/2 is added to all four counts where one of them is 0, else to none.
    1 is no enrichment; because of the correction rankings at random do not give 1: look at shuffled labels.

    Raises
    ------
    ProfilesError
        If the table lacks the column or treatments.
    """
    found = _tables(profiles, column)
    name = f"{column}_odds"
    if isinstance(found, str):
        return unavailable(name, found, level="treatment")
    logs = np.log(found["odds"].to_numpy(dtype=np.float64))
    low, high = np.exp(cluster_bootstrap(logs, np.arange(len(logs))))
    note = f"geometric mean over {len(logs)} treatments, of the nearest {TOP:.0%}"
    groups = found.rename(columns={"odds": "value"})[["label", "value", "count", "p"]]
    value = float(np.exp(logs.mean()))
    return Score(name, value, float(low), float(high), len(logs), groups=groups, note=note, level="treatment")


def odds_ratio(both: int, top: int, own: int, total: int) -> float:
    """Give the odds ratio of a table of two by two, with 1/2 added to all counts where one of them is 0.

    Parameters
    ----------
    both
        In the top and of the own kind.
    top, own, total
        In the top, of the own kind, and all.

    Examples
    --------
    >>> odds_ratio(2, 4, 4, 12), odds_ratio(0, 1, 1, 3)
    (3.0, 1.0)
    """
    cells = np.array([both, top - both, own - both, total - top - own + both], dtype=np.float64)
    a, b, c, d = cells + 0.5 * (cells == 0).any()
    return float(a * d / (b * c))


def _tables(profiles: Profiles, column: str) -> pd.DataFrame | str:
    """Give label, odds, count, p and the reachable level of each treatment; a reason where none can be asked."""
    profiles.column(column)
    treatments = aggregate(profiles, "treatment")
    labels = labels_of(treatments, column) if column in treatments.table else pd.Series(dtype="string")
    if not len(labels):
        return f"the wells of every treatment differ in {column}"
    kept = labels.notna().to_numpy(dtype=bool) & is_treated(treatments)
    treatments, labels = treatments.take(kept), labels[kept]
    own = label_codes(treatments, "compound" if "compound" in treatments.table else "treatment")[0]
    allowed = (own[:, None] != own) | ((own[:, None] < 0) & ~np.eye(len(own), dtype=bool))
    same = shares_any(labels) & allowed
    right, total = same.sum(axis=1), allowed.sum(axis=1)
    able = Answerable(right, total - right)
    if not able.both.any():
        return able.reason(column, "in another compound")
    cosines = np.where(allowed, unit(treatments.values) @ unit(treatments.values).T, -np.inf)
    return _asked(treatments, np.flatnonzero(able.both), (cosines, same, total))


def _asked(
    treatments: Profiles,
    rows: NDArray[np.int64],
    found: tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]],
) -> pd.DataFrame:
    cosines, same, total = found
    names = labels_of(treatments, "treatment").to_numpy(dtype=object)
    records = []
    for row in rows.tolist():
        top = max(1, round(TOP * int(total[row])))
        both = int(same[row, np.argsort(-cosines[row], kind="stable")[:top]].sum())
        tails = _tails(int(total[row]), int(same[row].sum()), top)
        reachable = float(tails[tails < SIGNIFICANCE].max(initial=0.0))
        odds = odds_ratio(both, top, int(same[row].sum()), int(total[row]))
        records.append((names[row], odds, top, float(tails[both]), reachable))
    return pd.DataFrame(records, columns=["label", "odds", "count", "p", "reachable"])


@cache
def _tails(total: int, own: int, top: int) -> NDArray[np.float64]:
    """Give the chance that `top` of `total` hold 0, 1, ... or more of `own`, shape (top + 1,)."""
    # Imported late: panels that only name scores do without scipy.
    from scipy.stats import hypergeom

    tails: NDArray[np.float64] = hypergeom.sf(np.arange(top + 1) - 1, total, own, top)
    return tails
