"""Phenotypic activity: which treatments find their replicates among the controls of their plates, and how surely."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.exchange import MOST_REPLICATES, Exchange, Pool
from cdcl.metrics.intervals import wilson
from cdcl.metrics.labels import is_treated, label_codes
from cdcl.metrics.memory import is_shuffling, remembered
from cdcl.metrics.nulls import Nulls
from cdcl.metrics.precision import Question
from cdcl.metrics.retrieval import SIGNIFICANCE, Asked, able_to_be_significant, apart, plates_of, retrieved_note
from cdcl.metrics.score import in_words, unavailable
from cdcl.profiles.false_discovery import false_discovery
from cdcl.profiles.scaling import unit
from cdcl.screen.controls import negative_controls

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.metrics.score import Score
    from cdcl.profiles import Profiles

EXCHANGE, RANKS = "exchange", "ranks"
"""How activity is tested: replicates exchanged with controls, or random rankings."""

MOST_SHUFFLED = 100
"""Of shuffled labels so many are tested: a share is then known to 0.05, and a null of twenty shuffles is affordable."""


def map_activity(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score phenotypic activity: whether replicates find each other among the negative controls of their plate.

    Mean average precision (Kalinin et al. 2025): for each query, its replicates in other wells and the negative
    controls of its plate (all controls where no plate is known) are ranked by cosine. The precision at each replicate
    is averaged, then over queries of a treatment, then over treatments.

    p comes from exchanging replicates with controls within their plates, jointly over plates (`cdcl.metrics.exchange`);
    `p_ranks` is that of random rankings, as in copairs. q corrects by Benjamini and Hochberg; the note counts the
    treatments retrieved (q < 0.05).

    Parameters
    ----------
    profiles
        N rows; wells, so that replicates are independent.
    column
        What names replicates of one another.
    nulls
        Random rankings, to be drawn once for several metrics; 10 000 by default.

    Returns
    -------
    Score
        With `groups`: label, value (mAP), count (queries), p, q, retrieved, p_ranks, q_ranks, and the least that each
        p could be, least_p and least_p_ranks. NaN without negative controls.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    return _against_controls("map_activity", profiles, column, (), nulls)


def active_share(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score the share of treatments that are active: retrieved by `map_activity` with q < 0.05.

    Parameters
    ----------
    column
        What names replicates of one another.
    nulls
        Random rankings, to be drawn once for several metrics; 10 000 by default.

    Returns
    -------
    Score
        0 to 1, with Wilson's interval over treatments; `groups` is that of `map_activity`, `can_be_right` counts the
        treatments that could be significant. NaN without negative controls, or where none could be.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    return _share("active_share", _against_controls("map_activity", profiles, column, (), nulls, test=EXCHANGE))


def active_share_ranks(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score the share of treatments that are active by random rankings, as copairs tests them ("fraction retrieved").

    The p of a treatment is no smaller than 1 in the number of rankings that one query has: with one replicate on each
    of three plates and six controls no treatment can be significant, however strong it is.

    Parameters
    ----------
    column
        What names replicates of one another.
    nulls
        Random rankings, to be drawn once for several metrics; 10 000 by default.

    Returns
    -------
    Score
        0 to 1, with Wilson's interval over treatments; `groups` is that of `map_activity`, `can_be_right` counts the
        treatments that could be significant. NaN without negative controls, or where none could be.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    activity = _against_controls("map_activity", profiles, column, (), nulls, test=RANKS)
    return _share("active_share_ranks", activity, "_ranks")


def map_cross_batch(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score activity across batches: as `map_activity`, and the replicates must lie in other batches.

    The controls still come from the query's own plate, and so share its batch: this is hard, and meant to be.

    Parameters
    ----------
    column
        What names replicates of one another.
    nulls
        Random rankings, to be drawn once for several metrics; 10 000 by default.

    Returns
    -------
    Score
        Mean average precision, 0 to 1, with `groups` as of `map_activity`. NaN without negative controls, or where no
        treatment is in two batches.

    Raises
    ------
    ProfilesError
        If the table lacks the column, or `batch`.
    """
    return _against_controls("map_cross_batch", profiles, column, ("batch",), nulls)


def map_not_same(profiles: Profiles, apart: str, *, nulls: Nulls | None = None) -> Score:
    """Score activity as `map_activity`, with replicates of another `apart`: "source", or well "position".

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    return _against_controls(f"map_not_same_{apart}", profiles, "treatment", (apart,), nulls)


def _share(name: str, activity: Score, test: str = "") -> Score:
    """Count treatments with q below 0.05, by the columns of a test ("" or "_ranks"); no value where none could be."""
    if activity.groups is None:
        return replace(activity, name=name)
    groups = activity.groups[activity.groups[f"q{test}"].notna()]
    hits = (groups[f"q{test}"] < SIGNIFICANCE).to_numpy(dtype=bool)
    least = groups[f"least_p{test}"]
    able = int(able_to_be_significant(least).sum())
    activity = replace(activity, can_be_right=able, can_be_wrong=len(hits))
    if not able:
        none = unavailable(name, _none_able(len(hits), least), level=activity.level)
        return replace(none, can_be_right=able, can_be_wrong=len(hits))
    low, high = wilson(int(hits.sum()), len(hits))
    note = in_words(
        f"{int(hits.sum())} of {len(hits)} (q < {SIGNIFICANCE})",
        f"{len(hits) - able} cannot reach that, so few are the replicates or negatives" * (able < len(hits)),
    )
    share = float(hits.mean())
    return replace(activity, name=name, value=share, low=low, high=high, chance=0.0, count=len(hits), note=note)


def _none_able(count: int, least: pd.Series) -> str:
    return (
        f"none of {count} treatments can reach q < {SIGNIFICANCE}, so few are the replicates or negatives: p is "
        f"{least.min():.3g} or more"
    )


def _against_controls(  # noqa: PLR0913
    name: str, profiles: Profiles, column: str, diffby: tuple[str, ...], nulls: Nulls | None, *, test: str = ""
) -> Score:
    """Measure activity with both p; of shuffled labels with the one that is asked for: p is most of the work."""
    labels, names = label_codes(profiles, column)
    controls = negative_controls(profiles.table)
    if not controls.any():
        reason = "no negative controls: no row has control 'negative'"
        return unavailable(name, reason, level=profiles.level)
    labels = np.where(is_treated(profiles), labels, -1)
    asked = np.flatnonzero(labels >= 0)
    question = Question(profiles.values, labels, apart(profiles, *diffby), asked, controls, plates_of(profiles))
    tests = (test,) if is_shuffling() else (RANKS, EXCHANGE)
    nulls = nulls or remembered(Nulls, "rankings")
    score = Asked(name, column, profiles.level, names).score(question, nulls if RANKS in tests else None)
    if score.groups is None:
        return score
    groups = score.groups.rename(columns={name: f"{name}_ranks" for name in ("p", "q", "least_p")})
    if EXCHANGE not in tests:
        return replace(score, groups=groups)
    groups, hopeless = _exchanged(question, groups, names, nulls)
    left_out = len(np.unique(labels[asked])) - len(groups)
    more = f"{left_out} without a replicate or negatives not counted" * bool(left_out)
    return replace(score, groups=groups, note=retrieved_note(groups, hopeless, more))


def _exchanged(
    question: Question, groups: pd.DataFrame, names: NDArray[np.str_], nulls: Nulls
) -> tuple[pd.DataFrame, int]:
    """Put p by exchange beside that by random rankings."""
    codes = np.searchsorted(names, groups["label"].to_numpy(dtype=str))
    asked = (question.values, question.labels, question.apart, question.negatives, question.among)
    # Activity and the share that is active ask for the same.
    found = remembered(lambda: _tests(question, codes, nulls), "exchange", *asked, codes, nulls.size, nulls.seed)
    q_values = false_discovery(found[:, 0])
    tested = groups.assign(p=found[:, 0], q=q_values, retrieved=q_values < SIGNIFICANCE, least_p=found[:, 1])
    first = ["label", "value", "count", "p", "q", "retrieved", "least_p"]
    return tested[[*first, *(name for name in tested if name not in first)]], int((found[:, 1] >= SIGNIFICANCE).sum())


def _tests(question: Question, codes: NDArray[np.int64], nulls: Nulls) -> NDArray[np.float64]:
    """Give p by exchange and the least that it could be, shape (labels, 2); NaN for labels that are not tested."""
    exchange = remembered(lambda: Exchange(nulls.size, nulls.seed), "ways", nulls.size, nulls.seed)
    rng = np.random.default_rng([nulls.seed, len(codes)])
    tests = np.full((len(codes), 2), np.nan)
    tested = np.arange(len(codes))
    if is_shuffling() and len(codes) > MOST_SHUFFLED:
        tested = np.sort(rng.choice(len(codes), MOST_SHUFFLED, replace=False))
    for number in tested.tolist():
        tests[number] = exchange.p_value(_pool(question, int(codes[number]), rng), quick=is_shuffling())
    return tests


def _pool(question: Question, label: int, rng: np.random.Generator) -> Pool:
    """Gather a treatment's wells and the controls of their plates."""
    own = np.flatnonzero(question.labels == label)
    if len(own) > MOST_REPLICATES:
        own = np.sort(rng.choice(own, MOST_REPLICATES, replace=False))
    controls = question.negatives & (question.labels != label) & np.isin(question.among, question.among[own])
    rows = np.concatenate([own, np.flatnonzero(controls)])
    units = unit(question.values[rows])
    differs = (question.apart[own][:, None, :] != question.apart[own][None, :, :]).all(axis=2)
    return Pool(units @ units.T, question.among[rows], np.arange(len(own)), differs)
