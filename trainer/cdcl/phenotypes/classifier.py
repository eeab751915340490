"""A classifier of profiles: which phenotype each one shows, how sure that is, and whether it is like none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

    Array = NDArray[np.float64]

BLOCK = 65_536
"""Profiles that are predicted at a time: 100 MB of float32 at 384 features, 400 MB with what is made of them."""
NOVEL = 0.01
"""A profile is like none of the classes where fewer than this share of the training profiles lie further out."""


@dataclass(frozen=True)
class Classifier:
    """A trained classifier; plain arrays, so that it is kept without a pickle.

    Attributes
    ----------
    classes
        Names of the C phenotypes.
    features, level
        What the profiles must be that it is asked about.
    arrays
        `mean`, `scale` (D,) standardise features. Logistic regression: `weights` (C, D), `offsets` (C,). Nearest
        neighbours: `bank` (n, D) standardised unit profiles and `bank_codes` (n,). Novelty: `centres` (C, D), `axes`
        (D, r), `gains` (r,) and `distances`, the sorted distances of training profiles, each left out when its own was
        measured.
    settings
        `kind` ("logistic" or "knn"), `temperature` (calibration), `neighbours`.
    card
        Where it comes from: profiles, counts of the classes, how well it does across batches.
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    level: str
    arrays: Mapping[str, NDArray[Any]]
    settings: Mapping[str, Any]
    card: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, values: NDArray[np.floating[Any]]) -> tuple[Array, Array]:
        """Give calibrated probabilities of the classes, (N, C), and novelty, (N,), of profiles (N, D).

        Novelty is the share of training profiles that lie further from their class than the profile does from the
        nearest one; near 0 it is like none of the classes.

        Parameters
        ----------
        values
            (N, D) features as in the profiles, not standardised.

        Returns
        -------
        probabilities, novelty
            (N, C), rows sum to 1; and (N,), 0 to 1.
        """
        probabilities, novelty = np.empty((len(values), len(self.classes))), np.empty(len(values))
        distances = self.arrays["distances"]
        for start in range(0, len(values), BLOCK):
            block = slice(start, start + BLOCK)
            scaled = self._standardised(values[block])
            probabilities[block] = _softmax(self._logits(scaled))
            away = nearest_centre(scaled, self.arrays)
            novelty[block] = 1.0 - np.searchsorted(distances, away) / len(distances)
        return probabilities, novelty

    def probabilities(self, values: NDArray[np.floating[Any]]) -> Array:
        """Give the calibrated probability of each class, shape (N, C), of profiles (N, D)."""
        return self.ask(values)[0]

    def novelty(self, values: NDArray[np.floating[Any]]) -> Array:
        """Give the novelty of profiles (N, D), shape (N,): see `ask`."""
        return self.ask(values)[1]

    def check(self, profiles: Profiles) -> None:
        """Refuse profiles that the classifier does not fit.

        Raises
        ------
        ProfilesError
            If the features or the level differ.
        """
        if profiles.names != self.features:
            missing = [name for name in self.features if name not in profiles.names]
            what = f"{len(missing)} are missing, such as {missing[0]}" if missing else "their order or number differs"
            raise ProfilesError(
                f"the classifier knows {len(self.features)} features and these profiles have {len(profiles.names)}: "
                f"{what}. Use profiles of the network that it was trained on."
            )
        if profiles.level != self.level:
            raise ProfilesError(f"the classifier was trained on {self.level} profiles, these are of {profiles.level}s.")

    def _standardised(self, values: NDArray[np.floating[Any]]) -> Array:
        # float32, as the profiles are: half the time of a million cells, and distances to six digits.
        scaled = (values - self.arrays["mean"].astype(np.float32)) / self.arrays["scale"].astype(np.float32)
        return np.asarray(scaled)

    def _logits(self, scaled: Array) -> Array:
        kind = self.settings["kind"]
        logits = linear_logits(scaled, self.arrays) if kind == "logistic" else self._votes(scaled)
        return logits / float(self.settings["temperature"])

    def _votes(self, scaled: Array) -> Array:
        similarities = unit(scaled, scaled.dtype.type) @ self.arrays["bank"].T.astype(scaled.dtype)
        return knn_logits(similarities, self.arrays["bank_codes"], len(self.classes), int(self.settings["neighbours"]))


def linear_logits(scaled: Array, arrays: Mapping[str, NDArray[Any]]) -> Array:
    """Give the logits (N, C) of standardised profiles by a linear map."""
    logits: Array = scaled @ arrays["weights"].T.astype(scaled.dtype) + arrays["offsets"]
    return logits


def knn_logits(similarities: Array, codes: NDArray[np.int64], num_classes: int, neighbours: int) -> Array:
    """Give log of the smoothed share of each class among the nearest by cosine; similarities (N, n)."""
    k = min(neighbours, similarities.shape[1])
    nearest = np.argpartition(-similarities, k - 1, axis=1)[:, :k]
    counts = np.zeros((len(similarities), num_classes))
    np.add.at(counts, (np.arange(len(similarities))[:, None], codes[nearest]), 1.0)
    # One half a class (Jeffreys): no class is impossible because none of k neighbours had it.
    shares: Array = np.log((counts + 0.5) / (k + 0.5 * num_classes))
    return shares


def nearest_centre(scaled: Array, arrays: Mapping[str, NDArray[Any]]) -> Array:
    """Give the Mahalanobis distance to the nearest class, (N,), with the covariance that the classes share."""
    turn = (arrays["axes"] * arrays["gains"]).astype(scaled.dtype)
    turned, centres = scaled @ turn, arrays["centres"].astype(scaled.dtype) @ turn
    squares = (turned**2).sum(axis=1)[:, None] - 2 * turned @ centres.T + (centres**2).sum(axis=1)
    distances: Array = np.sqrt(np.maximum(squares, 0.0)).min(axis=1)
    return distances


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares
