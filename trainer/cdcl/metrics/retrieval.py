"""Mean average precision: which treatments are distinct, which mechanisms agree; activity has a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap
from cdcl.metrics.labels import clusters_of, is_treated, label_codes, labels_of
from cdcl.metrics.memory import is_shuffling, remembered
from cdcl.metrics.nulls import Nulls, expected_precision
from cdcl.metrics.precision import Precisions, Question, average_precision, several_precisions
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.metrics.several import parts_of
from cdcl.profiles import aggregate
from cdcl.profiles.false_discovery import false_discovery

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from cdcl.profiles import Profiles

SIGNIFICANCE = 0.05
"""A label with a false discovery rate below this counts as retrieved."""


def map_distinct(profiles: Profiles, column: str = "treatment", *, nulls: Nulls | None = None) -> Score:
    """Score distinctness: as `map_activity`, among the other treatments of the query's plate instead of controls.

    Parameters
    ----------
    column
        What names replicates of one another.
    nulls
        Random rankings, to be drawn once for several metrics; 10 000 by default.

    Returns
    -------
    Score
        Mean average precision, 0 to 1; `groups`: label, value, count (queries), p and q by random rankings, retrieved,
        and `least_p`, below which p cannot fall.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    treated = is_treated(profiles) & (labels >= 0)
    labels = np.where(treated, labels, -1)
    question = Question(profiles.values, labels, apart(profiles), np.flatnonzero(treated), treated, plates_of(profiles))
    return Asked("map_distinct", column, profiles.level, names).score(question, asked_nulls(nulls))


def map_consistency(profiles: Profiles, column: str = "mechanism", *, nulls: Nulls | None = None) -> Score:
    """Score phenotypic consistency: whether treatments find those of other compounds with their mechanism.

    Profiles are first aggregated to treatments. Positives share the mechanism but not the compound (the treatment
    where no compound is known); negatives are the treatments of all other mechanisms. Of several mechanisms ("A|B")
    any that is shared makes a positive, and the treatment counts for each. Controls take no part.

    Parameters
    ----------
    column
        What treatments may share.
    nulls
        Random rankings, to be drawn once for several metrics; 10 000 by default.

    Returns
    -------
    Score
        Mean average precision, 0 to 1; `groups` as of `map_distinct`, a row a mechanism.

    Raises
    ------
    ProfilesError
        If there is no column for treatment or mechanism.
    """
    profiles.column(column)
    treatments = aggregate(profiles, "treatment")
    known = labels_of(treatments, column).notna().to_numpy(dtype=bool) & is_treated(treatments)
    treatments = treatments.take(known)
    labels, names = label_codes(treatments, column)
    other = label_codes(treatments, "compound" if "compound" in treatments.table else "treatment")[0]
    rows = np.arange(len(labels))
    apart = np.where(other < 0, len(rows) + rows, other)[:, None]
    if parts := parts_of(names, column):
        found, of_found, asked = several_precisions(treatments.values, parts[0][labels], apart[:, 0])
        return Asked("map_consistency", column, "treatment", parts[1]).average(
            found, of_found, asked, asked_nulls(nulls)
        )
    everywhere = np.zeros(len(labels), dtype=np.int64)
    question = Question(treatments.values, labels, apart, rows, np.ones(len(rows), dtype=bool), everywhere)
    return Asked("map_consistency", column, "treatment", names).score(question, asked_nulls(nulls))


def asked_nulls(nulls: Nulls | None) -> Nulls | None:
    """Give the random rankings for p; none where labels are shuffled: then a mean alone is asked for."""
    return None if is_shuffling() else nulls or remembered(Nulls, "rankings")


def apart(profiles: Profiles, *columns: str) -> NDArray[np.int64]:
    """Number each profile's well, and its value in each column, shape (N, 1 + columns)."""
    return np.stack([clusters_of(profiles), *(label_codes(profiles, name)[0] for name in columns)], axis=1)


def plates_of(profiles: Profiles) -> NDArray[np.int64]:
    """Number each profile's plate, shape (N,); all are of one where no plate is known."""
    if "plate" not in profiles.table:
        return np.zeros(len(profiles), dtype=np.int64)
    return label_codes(profiles, "plate")[0]


def able_to_be_significant(least: ArrayLike) -> NDArray[np.bool_]:
    """Tell which of many tests could have q < 0.05 at all.

    Parameters
    ----------
    least
        The least p that each could have, shape (N,); NaN for what was not tested. q grows with every p, so the least q
        is that of all the least p.
    """
    return np.asarray(false_discovery(least) < SIGNIFICANCE)


def retrieved_note(groups: pd.DataFrame, hopeless: int, more: str) -> str:
    """Say how many labels are retrieved, and how many never could be."""
    tested = groups["q"].notna()
    found = f"{int(groups['retrieved'].sum())} of {int(tested.sum())} retrieved (q < {SIGNIFICANCE})"
    return in_words(
        found if able_to_be_significant(groups["least_p"]).any() or not tested.any() else "",
        f"{hopeless} cannot reach p < {SIGNIFICANCE}, so few are the replicates or negatives" * bool(hopeless),
        more,
    )


@dataclass(frozen=True)
class Asked:
    """What a question is called, and the names of its labels."""

    name: str
    column: str
    level: str
    names: NDArray[np.str_]

    def score(self, question: Question, nulls: Nulls | None) -> Score:
        """Average the precision over queries, then over labels; p of each label by random rankings."""
        found = average_precision(question)
        return self.average(found, question.labels[found.asked], question.labels[question.asked], nulls)

    def average(
        self, found: Precisions, labels: NDArray[np.int64], asked: NDArray[np.int64], nulls: Nulls | None
    ) -> Score:
        """Average precisions over queries, then over labels.

        Parameters
        ----------
        found
            Precisions of queries; those that could be asked were asked in the order of `found.able`.
        labels, asked
            Label of each query that has a precision, and of each that was asked.
        """
        if not len(found.asked):
            reason = f"no {self.column} has both a replicate to find and negatives to find it among"
            return found.able.mark(unavailable(self.name, reason, level=self.level))
        groups, hopeless = self._table(found, labels, nulls)
        values = groups["value"].to_numpy(dtype=np.float64)
        low, high = cluster_bootstrap(values, np.arange(len(values)))
        chance = expected_precision(*found.configurations.T)
        left_out = len(np.unique(asked)) - len(groups)
        return Score(
            self.name,
            value=float(values.mean()),
            low=low,
            high=high,
            count=len(values),
            chance=float(pd.Series(chance).groupby(labels).mean().mean()),
            groups=groups,
            note=retrieved_note(
                groups, hopeless, f"{left_out} without a replicate or negatives not counted" * bool(left_out)
            ),
            level=self.level,
            can_be_right=len(np.unique(asked[found.able.right > 0])),
            can_be_wrong=len(np.unique(asked[found.able.wrong > 0])),
        )

    def _table(self, found: Precisions, labels: NDArray[np.int64], nulls: Nulls | None) -> tuple[pd.DataFrame, int]:
        """Give label, value, count, p, q and retrieved of each label, and how many could never be significant."""
        order = np.argsort(labels, kind="stable")
        codes, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
        means = np.add.reduceat(found.values[order], starts) / counts
        columns = {"label": self.names[codes], "value": means, "count": counts}
        if nulls is None:
            return pd.DataFrame(columns).assign(p=np.nan, q=np.nan, retrieved=False, least_p=np.nan), 0
        members = np.split(found.configurations[order], starts[1:])
        tests = [nulls.p_values(mean, kinds) for mean, kinds in zip(means.tolist(), members, strict=True)]
        p_values, least = np.array(tests).T
        q_values = false_discovery(p_values)
        tested = {"p": p_values, "q": q_values, "retrieved": q_values < SIGNIFICANCE, "least_p": least}
        return pd.DataFrame({**columns, **tested}), int((least >= SIGNIFICANCE).sum())
