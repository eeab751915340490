"""How well labels were recognised: accuracy, Matthews' correlation coefficient, F1 averaged over labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.score import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Answers = tuple[NDArray[np.int64], NDArray[np.int64]]


def recognition(name: str, answers: Answers, names: NDArray[np.str_], clusters: NDArray[np.int64]) -> Score:
    """Score answers: the share that is right, with its interval over clusters, `mcc` and `macro_f1` beside it.

    Parameters
    ----------
    answers
        The true and the predicted label of each query, as numbers, shape (Q,) each.
    names
        Names of the labels.
    clusters
        Number of each query's well, shape (Q,).

    Returns
    -------
    Score
        With `groups`: label, value, low, high, count. Chance, level and note are the caller's to add.
    """
    truth, predicted = answers
    hits = np.equal(truth, predicted).astype(np.float64)
    low, high = cluster_bootstrap(hits, clusters)
    return Score(
        name,
        value=float(hits.mean()),
        low=low,
        high=high,
        count=len(hits),
        groups=_per_label(names[truth], hits),
        mcc=matthews(truth, predicted),
        macro_f1=macro_f1(truth, predicted),
    )


def matthews(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Give the correlation of true and predicted labels, R_K (Gorodkin 2004); 0 where either is constant."""
    true_counts, found_counts, hits = _counts(truth, predicted)
    total = float(len(truth))
    covariance = total * hits.sum() - true_counts @ found_counts
    spread = (total**2 - true_counts @ true_counts) * (total**2 - found_counts @ found_counts)
    return float(covariance / np.sqrt(spread)) if spread > 0 else 0.0


def macro_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Average F1 over the labels that are true of, or predicted for, any query; each label weighs the same."""
    true_counts, found_counts, hits = _counts(truth, predicted)
    present = true_counts + found_counts > 0
    return float((2 * hits[present] / (true_counts + found_counts)[present]).mean())


def _counts(
    truth: NDArray[np.int64], predicted: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Count for each label how often it is true, predicted, and both."""
    size = int(max(truth.max(), predicted.max())) + 1
    right = truth[truth == predicted]
    found, guessed, hits = (np.bincount(codes, minlength=size).astype(float) for codes in (truth, predicted, right))
    return found, guessed, hits


def _per_label(labels: NDArray[np.str_], hits: NDArray[np.float64]) -> pd.DataFrame:
    groups = pd.DataFrame({"label": labels, "hit": hits}).groupby("label")["hit"].agg(["sum", "mean", "size"])
    limits = np.array(
        [wilson(int(total), int(size)) for total, size in zip(groups["sum"], groups["size"], strict=True)]
    )
    columns = {"value": groups["mean"], "low": limits[:, 0], "high": limits[:, 1], "count": groups["size"]}
    return pd.DataFrame(columns).reset_index()
