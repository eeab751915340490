"""Mean average precision: which treatments are active, distinct, or active across batches; which mechanisms agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.labels import clusters_of, codes_of, is_negative, is_treated, labels_of
from cdcl.metrics.nulls import Nulls, expected_precision, false_discovery
from cdcl.metrics.precision import Precisions, Question, average_precision
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.profiles import aggregate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

SIGNIFICANCE = 0.05
"""A label with a false discovery rate below this counts as retrieved."""


def map_activity(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score phenotypic activity: whether replicates find each other among the negative controls of their plate.

    Mean average precision (Kalinin et al. 2025): the replicates of a query in other wells are ranked by cosine with
    the negative controls of its plate (all of them where no plate is known), the precision at each replicate is
    averaged, then over queries of a treatment, then over treatments. p by listing all rankings or drawing
    10 000, q by Benjamini and Hochberg; the note counts the treatments retrieved (q < 0.05).

    Returns
    -------
    Score
        With `groups`: label, value (mAP), count (queries), p, q, retrieved. NaN without negative controls.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    return _against_controls("map_activity", profiles, column, (), nulls or Nulls())


def active_share(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score the share of treatments that are active: retrieved by `map_activity` with q < 0.05.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    activity = map_activity(profiles, column, nulls=nulls)
    if activity.groups is None:
        return replace(activity, name="active_share")
    hits = activity.groups["retrieved"].to_numpy(dtype=bool)
    low, high = wilson(int(hits.sum()), len(hits))
    return replace(activity, name="active_share", value=float(hits.mean()), low=low, high=high, chance=0.0)


def map_cross_batch(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score activity across batches: as `map_activity`, and the replicates must lie in other batches.

    The controls still come from the query's own plate, and so share its batch: this is hard, and meant to be.

    Raises
    ------
    ProfilesError
        If the table lacks the column, or `batch`.
    """
    return _against_controls("map_cross_batch", profiles, column, ("batch",), nulls or Nulls())


def map_distinct(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score distinctness: as `map_activity`, among the other treatments of the query's plate instead of controls.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = codes_of(labels_of(profiles, column))
    treated = is_treated(profiles) & (labels >= 0)
    labels = np.where(treated, labels, -1)
    question = Question(profiles.values, labels, _apart(profiles), np.flatnonzero(treated), treated, _plates(profiles))
    return _Asked("map_distinct", column, profiles.level, names).score(question, nulls or Nulls())


def map_consistency(profiles: Profiles, column: str = "mechanism", *, nulls: Nulls | None = None) -> Score:
    """Score phenotypic consistency: whether treatments find those of other compounds with their mechanism.

    Profiles are first aggregated to treatments. Positives share the mechanism but not the compound (the treatment
    where no compound is known); negatives are the treatments of all other mechanisms. Controls take no part.

    Raises
    ------
    ProfilesError
        If there is no column for treatment or mechanism.
    """
    profiles.column(column)
    treatments = aggregate(profiles, "treatment")
    known = labels_of(treatments, column).notna().to_numpy(dtype=bool) & is_treated(treatments)
    treatments = treatments.take(known)
    labels, names = codes_of(labels_of(treatments, column))
    other = codes_of(labels_of(treatments, "compound" if "compound" in treatments.table else "treatment"))[0]
    rows = np.arange(len(labels))
    apart = np.where(other < 0, len(rows) + rows, other)[:, None]
    everywhere = np.zeros(len(labels), dtype=np.int64)
    question = Question(treatments.values, labels, apart, rows, np.ones(len(rows), dtype=bool), everywhere)
    return _Asked("map_consistency", column, "treatment", names).score(question, nulls or Nulls())


def _against_controls(name: str, profiles: Profiles, column: str, diffby: tuple[str, ...], nulls: Nulls) -> Score:
    labels, names = codes_of(labels_of(profiles, column))
    controls = is_negative(profiles)
    if not controls.any():
        reason = "no negative controls: no row has control 'negative'"
        return unavailable(name, reason, level=profiles.level)
    labels = np.where(is_treated(profiles), labels, -1)
    asked = np.flatnonzero(labels >= 0)
    question = Question(profiles.values, labels, _apart(profiles, *diffby), asked, controls, _plates(profiles))
    return _Asked(name, column, profiles.level, names).score(question, nulls)


def _apart(profiles: Profiles, *columns: str) -> NDArray[np.int64]:
    """Number each profile's well, and its value in each column, shape (N, 1 + columns)."""
    return np.stack([clusters_of(profiles), *(codes_of(labels_of(profiles, name))[0] for name in columns)], axis=1)


def _plates(profiles: Profiles) -> NDArray[np.int64]:
    if "plate" not in profiles.table:
        return np.zeros(len(profiles), dtype=np.int64)
    return codes_of(labels_of(profiles, "plate"))[0]


@dataclass(frozen=True)
class _Asked:
    """What a question is called, and the names of its labels."""

    name: str
    column: str
    level: str
    names: NDArray[np.str_]

    def score(self, question: Question, nulls: Nulls) -> Score:
        found = average_precision(question)
        if not len(found.asked):
            reason = f"no {self.column} has both a replicate to find and negatives to find it among"
            return found.able.mark(unavailable(self.name, reason, level=self.level))
        groups, hopeless = self._table(found, question.labels[found.asked], nulls)
        values = groups["value"].to_numpy(dtype=np.float64)
        low, high = cluster_bootstrap(values, np.arange(len(values)))
        chance = expected_precision(*found.configurations.T)
        retrieved = f"{int(groups['retrieved'].sum())} of {len(groups)} retrieved (q < {SIGNIFICANCE})"
        left_out = len(np.unique(question.labels[question.asked])) - len(groups)
        return Score(
            self.name,
            value=float(values.mean()),
            low=low,
            high=high,
            count=len(values),
            chance=float(pd.Series(chance).groupby(question.labels[found.asked]).mean().mean()),
            groups=groups,
            note=in_words(
                retrieved,
                f"{hopeless} cannot reach p < {SIGNIFICANCE}, so few are the replicates or negatives" * bool(hopeless),
                f"{left_out} without a replicate or negatives not counted" * bool(left_out),
            ),
            level=self.level,
            can_be_right=len(np.unique(question.labels[question.asked[found.able.right > 0]])),
            can_be_wrong=len(np.unique(question.labels[question.asked[found.able.wrong > 0]])),
        )

    def _table(self, found: Precisions, labels: NDArray[np.int64], nulls: Nulls) -> tuple[pd.DataFrame, int]:
        """Give label, value, count, p, q and retrieved of each label, and how many could never be significant."""
        order = np.argsort(labels, kind="stable")
        codes, starts = np.unique(labels[order], return_index=True)
        members = np.split(order, starts[1:])
        means = np.array([found.values[rows].mean() for rows in members])
        tests = [
            nulls.p_values(mean, found.configurations[rows]) for mean, rows in zip(means.tolist(), members, strict=True)
        ]
        p_values, least = np.array(tests).T
        q_values = false_discovery(p_values)
        columns = {"label": self.names[codes], "value": means, "count": [len(rows) for rows in members]}
        tested = {"p": p_values, "q": q_values, "retrieved": q_values < SIGNIFICANCE}
        return pd.DataFrame({**columns, **tested}), int((least >= SIGNIFICANCE).sum())
