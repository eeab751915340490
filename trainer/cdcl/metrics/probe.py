"""Linear probe: whether a plain classifier, trained on other batches or compounds, reads a label off profiles."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.labels import clusters_of, is_treated, label_codes
from cdcl.metrics.memory import is_shuffling
from cdcl.metrics.recognition import recognition
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.metrics.several import parts_of
from cdcl.profiles.scaling import mean_and_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

MOST_FOLDS = 5
"""Groups are left out one by one up to this number, and in so many folds beyond."""

MOST_LABELS = 100
"""Of more labels, so many are drawn: the classifier's work grows with them."""

MOST_PROFILES = 5_000
"""Of more profiles, so many are drawn."""

MOST_STEPS = 200
"""Of the classifier's optimiser."""


def linear_probe(profiles: Profiles, column: str, *, groups: str = "batch", seed: int = 0) -> Score:
    """Score a multinomial logistic regression on groups that it was not trained on.

    Features are standardised by the training rows; the penalty is L2 with C = 1, and labels weigh the same. A label
    that occurs in one group only cannot be learned from the others: its profiles are left out, and the note says how
    many. Controls take no part where the label is a treatment, compound or mechanism. Chance is the accuracy of
    guessing one of the trained labels. The interval draws wells with replacement. Of several mechanisms ("A|B") a
    profile is trained with each, and any that it has is right.

    Parameters
    ----------
    column
        The label: "treatment", "mechanism", or "batch" with `groups="well"`, where low is good.
    groups
        What is held out: "batch", "plate", "well", "compound", or any column.

    Returns
    -------
    Score
        Accuracy, with `mcc`, `macro_f1` and `groups`: label, value, low, high, count.

    Raises
    ------
    ProfilesError
        If the table lacks a column.
    """
    better = column not in ("batch", "plate", "well", "position")
    name = f"{column}_probe_other_{groups}"
    sample = _draw(profiles, column, groups, np.random.default_rng([seed, len(profiles)]))
    if len(np.unique(sample.labels)) < 2:
        reason = f"fewer than two values of {column} occur in two or more values of {groups}"
        return unavailable(name, reason, level=profiles.level, higher_is_better=better)
    predicted, chances, cut_short = _cross_predict(profiles.values[sample.rows], sample)
    kept = predicted >= 0
    if not kept.any():
        reason = f"no {column} can be learned without the {groups} in which it is asked"
        return unavailable(name, reason, level=profiles.level, higher_is_better=better)
    answers, once = sample.once((sample.labels, predicted), kept)
    score = recognition(name, answers, sample.names, clusters_of(profiles)[sample.rows[once]])
    return replace(
        score,
        chance=float((chances * sample.several)[once].mean()),
        higher_is_better=better,
        note=in_words(sample.note, cut_short),
        level=profiles.level,
        can_be_right=len(once),
        can_be_wrong=len(np.unique(sample.rows)),
    )


@dataclass(frozen=True)
class _Sample:
    """Rows of the profiles, their labels, and the fold in which each is asked."""

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    note: str
    names: NDArray[np.str_]

    @property
    def several(self) -> NDArray[np.float64]:
        """How many of its labels can be told of each row's profile; each is a right answer."""
        _, inverse, counts = np.unique(self.rows, return_inverse=True, return_counts=True)
        return np.asarray(counts[inverse], dtype=np.float64)

    def once(
        self, answers: tuple[NDArray[np.int64], NDArray[np.int64]], kept: NDArray[np.bool_]
    ) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]:
        """Keep one row of each profile: the one whose label was predicted where there is one, else its first."""
        truth, predicted = answers
        rows = np.flatnonzero(kept)
        order = rows[np.lexsort((rows, truth[rows] != predicted[rows], self.rows[rows]))]
        first = np.sort(order[np.unique(self.rows[order], return_index=True)[1]])
        return (truth[first], predicted[first]), first


def _draw(profiles: Profiles, column: str, groups: str, rng: np.random.Generator) -> _Sample:
    labels, names = label_codes(profiles, column)
    held_out = label_codes(profiles, groups)[0]
    known = (labels >= 0) & (held_out >= 0)
    if column in ("treatment", "compound", "mechanism"):
        known &= is_treated(profiles)
    rows, labels, names = _taken_apart(np.flatnonzero(known), labels, names, column)
    held_out = held_out[rows]
    pairs = np.unique(np.stack([labels, held_out], axis=1), axis=0)
    able = np.flatnonzero(np.bincount(pairs[:, 0]) > 1) if len(pairs) else np.empty(0, dtype=np.int64)
    chosen = able if len(able) <= MOST_LABELS else rng.choice(able, MOST_LABELS, replace=False)
    left_out = len(rows) - int(np.isin(labels, able).sum())
    told = np.flatnonzero(np.isin(labels, chosen))
    asked = told if len(told) <= MOST_PROFILES else np.sort(rng.choice(told, MOST_PROFILES, replace=False))
    note = in_words(
        f"{left_out} profiles not counted: their {column} occurs in one {groups} only" * bool(left_out),
        f"{len(chosen)} of {len(able)} labels drawn at random" * (len(chosen) < len(able)),
        f"{len(asked)} of {len(told)} profiles drawn at random" * (len(asked) < len(told)),
    )
    return _Sample(rows[asked], labels[asked], _fold(held_out[asked], rng), note, names)


def _taken_apart(
    rows: NDArray[np.int64], labels: NDArray[np.int64], names: NDArray[np.str_], column: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.str_]]:
    """Give rows, their labels and the labels' names; a row of several labels stands once for each."""
    parts = parts_of(names, column)
    if parts is None:
        return rows, labels[rows], names
    places, singles = np.nonzero(parts[0][labels[rows]])
    return rows[places], singles, parts[1]


def _fold(held_out: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal groups to folds, the largest first, each to the fold that has fewest profiles."""
    codes = np.unique(held_out, return_inverse=True)[1]
    sizes = np.bincount(codes)
    order = rng.permutation(len(sizes))
    filled = np.zeros(min(MOST_FOLDS, len(sizes)), dtype=np.int64)
    folds = np.zeros(len(sizes), dtype=np.int64)
    for group in order[np.argsort(-sizes[order], kind="stable")].tolist():
        folds[group] = int(np.argmin(filled))
        filled[folds[group]] += sizes[group]
    return folds[codes] if len(codes) else codes


def _cross_predict(values: NDArray[np.float32], sample: _Sample) -> tuple[NDArray[np.int64], NDArray[np.float64], str]:
    """Give each profile's predicted label, -1 where it was in no other fold, its chance, and what did not converge."""
    predicted, chances = np.full(len(values), -1, dtype=np.int64), np.zeros(len(values))
    steps = []
    for fold in np.unique(sample.folds).tolist():
        train = sample.folds != fold
        labels = np.unique(sample.labels[train])
        asked = np.flatnonzero(~train & np.isin(sample.labels, labels))
        if len(labels) < 2 or not len(asked):
            continue
        predicted[asked], taken = _predict(values[train], sample.labels[train], values[asked])
        steps.append(taken)
        chances[asked] = 1 / len(labels)
    cut_short = sum(taken >= MOST_STEPS for taken in steps)
    note = f"{cut_short} of {len(steps)} classifiers stopped after {MOST_STEPS} steps, before they converged"
    return predicted, chances, note * bool(cut_short)


def _predict(
    values: NDArray[np.float32], labels: NDArray[np.int64], queries: NDArray[np.float32]
) -> tuple[NDArray[np.int64], int]:
    """Give the predicted labels, and how many steps the optimiser took."""
    # Imported late: it takes a second that those who want no probe need not wait.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    mean, scale = mean_and_scale(values)
    train, asked = (((some - mean) / scale).astype(np.float32) for some in (values, queries))
    if is_shuffling():
        return least_squares(train, labels, asked), 0
    # Labels weigh the same. Holding out a label's profiles makes it the rarest of those trained with; by their shares
    # the classifier would bet on every other label, and score below chance where profiles say little.
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=MOST_STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said in the score's note
        found: NDArray[np.int64] = model.fit(train, labels).predict(asked)
    return found, int(model.n_iter_.max())


def least_squares(
    train: NDArray[np.float32], labels: NDArray[np.int64], queries: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Predict by ridge regression on one column a label, each label of one weight: the probe under shuffled labels.

    What is left to read off shuffled labels depends little on the loss, and a linear system is solved many times as
    fast as a logistic regression.
    """
    names, codes = np.unique(labels, return_inverse=True)
    weights = np.sqrt(1 / np.bincount(codes))[codes][:, None]
    targets = np.eye(len(names), dtype=np.float32)[codes]
    known = np.hstack([train, np.ones((len(train), 1), dtype=np.float32)]) * weights
    kernel = (known @ known.T).astype(np.float64) if len(known) < known.shape[1] else None
    asked = np.hstack([queries, np.ones((len(queries), 1), dtype=np.float32)])
    if kernel is not None:
        kernel[np.diag_indices_from(kernel)] += 1.0
        found = asked @ (known.T @ np.linalg.solve(kernel, targets * weights))
    else:
        covariance = (known.T @ known).astype(np.float64)
        covariance[np.diag_indices_from(covariance)] += 1.0
        found = asked @ np.linalg.solve(covariance, known.T @ (targets * weights))
    return np.asarray(names[found.argmax(axis=1)])
