"""A classifier at work on a whole screen: phenotypes of profiles, shares of wells, and what to look at next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cdcl.phenotypes.classifier import NOVEL
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.phenotypes.classifier import Classifier
    from cdcl.profiles import Profiles

Reason = Literal["uncertain", "typical", "novel"]
NONE = "none of them"
"""What a profile is called that is like none of the classes."""


def predict(classifier: Classifier, profiles: Profiles) -> pd.DataFrame:
    """Give a table aligned with the profiles: `phenotype`, `confidence`, `novelty`, and `p_<class>` for each class.

    A profile that is like none of the classes is called "none of them", whatever its confidence.

    Parameters
    ----------
    profiles
        N rows, with the features and the level that the classifier was trained on.

    Returns
    -------
    DataFrame
        N rows. `confidence` is the calibrated probability of the best class and `p_<class>` that of each, 0 to 1;
        `novelty` is the share of training profiles that lie further out, so near 0 a profile is like none of the
        classes.

    Raises
    ------
    ProfilesError
        If the classifier was trained on other features or another level.
    """
    classifier.check(profiles)
    shares, novelty = classifier.ask(profiles.values)
    best = shares.argmax(axis=1)
    names = np.array(classifier.classes, dtype=object)[best]
    table = pd.DataFrame({"phenotype": np.where(novelty < NOVEL, NONE, names), "confidence": shares.max(axis=1)})
    table["novelty"] = novelty
    for number, name in enumerate(classifier.classes):
        table[f"p_{name}"] = shares[:, number]
    return table


def well_shares(profiles: Profiles, predicted: pd.DataFrame) -> pd.DataFrame:
    """Count phenotypes by well.

    Parameters
    ----------
    profiles
        N rows, with plate and well in their table.
    predicted
        As from `predict`, aligned with the profiles.

    Returns
    -------
    DataFrame
        A row a well: what names and describes it, `profiles` (how many), and `share_<phenotype>` for each, 0 to 1.
    """
    keys, first, codes = np.unique(
        well_keys(profiles.table).to_numpy(dtype=str), return_index=True, return_inverse=True
    )
    known = ("batch", "plate", "well", "treatment", "compound", "concentration", "mechanism", "control")
    wells = profiles.table.iloc[first][[name for name in known if name in profiles.table]].reset_index(drop=True)
    counts = pd.crosstab(codes, predicted["phenotype"].to_numpy()).reindex(range(len(keys)), fill_value=0)
    total = counts.sum(axis=1)
    shares = counts.div(total, axis=0).add_prefix("share_").reset_index(drop=True)
    return pd.concat([wells.assign(profiles=total.to_numpy()), shares], axis=1)


def suggest(classifier: Classifier, profiles: Profiles, reason: Reason, count: int) -> NDArray[np.int64]:
    """Find the rows that are most worth a look, the most worth first.

    Parameters
    ----------
    classifier
        Trained on profiles with these features.
    profiles
        N rows.
    reason
        "uncertain": two classes are nearly as likely (the smallest margin). "typical": the surest of each class, in
        turn. "novel": like none of the classes, the strangest first.
    count
        How many rows are wanted.

    Returns
    -------
    rows
        Shape (count,), or (N,) where there are fewer.
    """
    if reason == "novel":
        return np.argsort(classifier.novelty(profiles.values), kind="stable")[:count]
    shares = classifier.probabilities(profiles.values)
    ordered = np.sort(shares, axis=1)
    if reason == "uncertain":
        return np.argsort(ordered[:, -1] - ordered[:, -2], kind="stable")[:count]
    best = shares.argmax(axis=1)
    rank = np.empty(len(shares), dtype=np.int64)
    for number in range(shares.shape[1]):
        own = np.flatnonzero(best == number)
        rank[own[np.argsort(-shares[own, number], kind="stable")]] = np.arange(len(own))
    return np.lexsort((best, rank))[:count]
