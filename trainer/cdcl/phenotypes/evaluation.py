"""How well a classifier does where it was not trained, and how honest its probabilities are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """How the classifier does on profiles of groups that it was not trained on.

    Attributes
    ----------
    confusion
        Counts, one row a true class, one column a predicted one.
    accuracy, balanced
        Share that is right, over profiles and averaged over classes.
    calibration_error
        Mean distance between confidence and accuracy over ten bins of confidence (expected calibration error).
    apart
        What the folds keep apart: "batch", "plate", "well" or "nothing".
    """

    confusion: pd.DataFrame
    accuracy: float
    balanced: float
    calibration_error: float
    apart: str


def surprise(logits: Array, codes: NDArray[np.int64], temperature: float) -> float:
    """Give the mean -log probability of the true class."""
    scaled = logits / temperature
    top = scaled.max(axis=1, keepdims=True)
    total = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
    return float((total - scaled[np.arange(len(codes)), codes]).mean())


def fitted_temperature(logits: Array, codes: NDArray[np.int64]) -> float:
    """Find the temperature that makes held-out probabilities honest (temperature scaling, Guo et al. 2017)."""
    found = minimize_scalar(lambda power: surprise(logits, codes, 10.0**power), bounds=(-1, 2), method="bounded")
    return float(10.0**found.x)


def evaluate(logits: Array, codes: NDArray[np.int64], classes: tuple[str, ...], apart: str) -> Evaluation:
    """Compare held-out logits (n, C), calibrated, with the true classes (n,)."""
    guessed = logits.argmax(axis=1)
    counts = np.zeros((len(classes),) * 2, dtype=np.int64)
    np.add.at(counts, (codes, guessed), 1)
    confusion = pd.DataFrame(counts, index=list(classes), columns=list(classes))
    recalls = np.diag(counts) / counts.sum(axis=1)
    right = guessed == codes
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    confidence = (powers / powers.sum(axis=1, keepdims=True)).max(axis=1)
    return Evaluation(confusion, float(right.mean()), float(recalls.mean()), _calibration(confidence, right), apart)


def _calibration(confidence: Array, right: NDArray[np.bool_]) -> float:
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))
