"""Train a classifier on named profiles, and measure it where it was not trained: in other batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from sklearn.linear_model import LogisticRegression

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.phenotypes.classifier import Classifier, knn_logits, linear_logits, nearest_centre
from cdcl.phenotypes.evaluation import Evaluation, evaluate, fitted_temperature, surprise
from cdcl.phenotypes.folds import Folds, make_folds
from cdcl.profiles.corrections.whitening import principal_axes
from cdcl.profiles.scaling import mean_and_scale, unit

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task

    Array = NDArray[np.float64]

Kind = Literal["logistic", "knn"]
KINDS: tuple[Kind, ...] = ("logistic", "knn")
FEWEST = 2
"""Profiles a class: one to train on while the other is asked."""
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse ridges C of the logistic regression that are tried across the folds, the strongest first."""
NEIGHBOURS = 10
"""Of the k-nearest-neighbour classifier: few, since users name tens of profiles a class."""
SHRINKAGE = 0.1
"""Ridge on the classes' covariance in mean eigenvalues: classes have fewer profiles than features."""


@dataclass(frozen=True, slots=True)
class LabelledProfiles:
    """Named profiles, standardised: `values` (n, D), `codes` (n,), with the standardisation and the names."""

    values: Array
    codes: NDArray[np.int64]
    classes: tuple[str, ...]
    mean: Array
    scale: Array


def train_classifier(
    profiles: Profiles, names: pd.Series, *, kind: Kind = "logistic", seed: int = 0
) -> Task[tuple[Classifier, Evaluation]]:
    """Train on the profiles that have a name.

    Batches are the folds, so that what is reported is recognition in a batch that was not trained on; plates or wells
    where there is one batch only. The strength of the ridge, the temperature of the probabilities and the evaluation
    come from these folds; then all named profiles train the classifier that is returned.

    Parameters
    ----------
    profiles
        Of any level.
    names
        The name of each profile, "" for none, aligned with `profiles`.
    kind
        "logistic" (a linear classifier) or "knn" (the 10 nearest by cosine).
    seed
        Of the folds.

    Raises
    ------
    ProfilesError
        If fewer than two classes have `FEWEST` named profiles.
    """
    labelled, kept = _labelled(profiles, names)
    dropped = sorted(set(names[names != ""]) - set(labelled.classes))
    if dropped:
        yield Warned(f"left out, with a single profile: {', '.join(dropped)}.")
    folds = make_folds(profiles.take(kept), labelled.codes, seed)
    if folds.note:
        yield Warned(folds.note)
    tried = STRENGTHS if kind == "logistic" else (0.0,)
    yield Began("classifier", total=len(tried) + 1, unit="setting")
    asked = []
    for number, strength in enumerate(tried):
        asked.append(_ask_folds(labelled, folds, kind, strength))
        yield Advanced(number + 1)
    best = int(
        np.argmin([surprise(logits, labelled.codes, fitted_temperature(logits, labelled.codes)) for logits in asked])
    )
    temperature = fitted_temperature(asked[best], labelled.codes)
    arrays = _fit(labelled.values, labelled.codes, len(labelled.classes), kind, tried[best])
    evaluation = evaluate(asked[best] / temperature, labelled.codes, labelled.classes, folds.apart)
    yield Ended()
    settings = {"kind": kind, "temperature": temperature, "neighbours": NEIGHBOURS, "strength": tried[best]}
    whole = {**arrays, **_novelty(labelled, folds), "mean": labelled.mean, "scale": labelled.scale}
    card = _card(profiles, labelled, evaluation)
    return Classifier(labelled.classes, profiles.names, profiles.level, whole, settings, card), evaluation


def _labelled(profiles: Profiles, names: pd.Series) -> tuple[LabelledProfiles, NDArray[np.int64]]:
    texts = names.fillna("").astype(str).to_numpy(dtype=str)
    kinds, counts = np.unique(texts[texts != ""], return_counts=True)
    classes = kinds[counts >= FEWEST]
    if len(classes) < 2:
        found = ", ".join(f"{kind} {count}" for kind, count in zip(kinds, counts, strict=True)) or "none"
        raise ProfilesError(f"a classifier needs two classes with {FEWEST} named profiles each; there are: {found}.")
    kept = np.flatnonzero(np.isin(texts, classes))
    values = profiles.values[kept].astype(np.float64)
    mean, scale = mean_and_scale(values)  # a constant feature says nothing
    codes = np.searchsorted(classes, texts[kept])
    return LabelledProfiles((values - mean) / scale, codes, tuple(map(str, classes)), mean, scale), kept


def _ask_folds(labelled: LabelledProfiles, folds: Folds, kind: Kind, strength: float) -> Array:
    """Give the logits (n, C) of each profile by a classifier that was trained without its fold."""
    num_classes = len(labelled.classes)
    logits = np.zeros((len(labelled.codes), num_classes))
    for fold in range(folds.count):
        asked = folds.numbers == fold
        arrays = _fit(labelled.values[~asked], labelled.codes[~asked], num_classes, kind, strength)
        if kind == "logistic":
            logits[asked] = linear_logits(labelled.values[asked], arrays)
        else:
            similar = unit(labelled.values[asked]) @ arrays["bank"].T
            logits[asked] = knn_logits(similar, arrays["bank_codes"], num_classes, NEIGHBOURS)
    return logits


def _fit(
    values: Array, codes: NDArray[np.int64], num_classes: int, kind: Kind, strength: float
) -> dict[str, NDArray[Any]]:
    if kind == "knn":
        return {"bank": unit(values), "bank_codes": codes}
    weights, offsets = np.zeros((num_classes, values.shape[1])), np.full(num_classes, -50.0)
    present = np.unique(codes)
    if len(present) == 1:  # the other classes lie in the fold that is asked
        offsets[present] = 0.0
        return {"weights": weights, "offsets": offsets}
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=500).fit(values, codes)
    if len(present) == 2:  # scikit-learn gives one row for two classes
        weights[present], offsets[present] = np.concatenate([-model.coef_, model.coef_]) / 2, 0.0
        offsets[present] += np.array([-0.5, 0.5]) * model.intercept_[0]
    else:
        weights[present], offsets[present] = model.coef_, model.intercept_
    return {"weights": weights, "offsets": offsets}


def _novelty(labelled: LabelledProfiles, folds: Folds) -> dict[str, NDArray[Any]]:
    """Learn centres and the shared covariance; distances of training profiles come from folds without them."""
    held_out = np.empty(len(labelled.codes))
    for fold in range(folds.count):
        asked = folds.numbers == fold
        held_out[asked] = nearest_centre(
            labelled.values[asked], _shape(labelled.values[~asked], labelled.codes[~asked])
        )
    return {**_shape(labelled.values, labelled.codes), "distances": np.sort(held_out)}


def _shape(values: Array, codes: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    present, inverse = np.unique(codes, return_inverse=True)
    centres = np.stack([values[inverse == number].mean(axis=0) for number in range(len(present))])
    eigenvalues, axes = principal_axes(values - centres[inverse])
    gains = 1.0 / np.sqrt(eigenvalues + SHRINKAGE * max(float(eigenvalues.mean()), 1e-12))
    return {"centres": centres, "axes": axes, "gains": gains}


def _card(profiles: Profiles, labelled: LabelledProfiles, evaluation: Evaluation) -> dict[str, Any]:
    counts = np.bincount(labelled.codes)
    return {
        "counts": {name: int(count) for name, count in zip(labelled.classes, counts, strict=True)},
        "accuracy": evaluation.accuracy,
        "balanced_accuracy": evaluation.balanced,
        "calibration_error": evaluation.calibration_error,
        "held_apart": evaluation.apart,
        "provenance": {key: str(value) for key, value in profiles.provenance.items()},
    }
