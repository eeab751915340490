"""What archetypes say of an assay: plates that are made up differently, and controls that are not what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.archetypes.analysis import CONFIDENT
from cdcl.screen.controls import control_kinds, negative_controls
from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.archetypes.analysis import Analysis

HALF = 0.5
"""Of the weight: from here a kind of control is an archetype, and beyond it a well has drifted."""

MOST_NAMED = 3
"""Treatments that are named an archetype."""


def describe(analysis: Analysis, confident: float = CONFIDENT) -> pd.DataFrame:
    """Describe each archetype in a row: `archetype`, `share`, `confident`, `examples`.

    `share` is its mean weight; `confident` counts the profiles with its label; `examples` names their commonest
    treatments, the commonest first.

    Parameters
    ----------
    confident
        Weight, 0 to 1, from which a profile gets the label of its archetype.

    Returns
    -------
    DataFrame
        k rows, in the order of the archetypes.
    """
    labels = analysis.labels(confident)
    records = [
        {
            "archetype": name,
            "share": float(analysis.weights[:, place].mean()),
            "confident": int((labels == name).sum()),
            "examples": _commonest(analysis.profiles.table[labels == name]),
        }
        for place, name in enumerate(analysis.names)
    ]
    return pd.DataFrame.from_records(records)


def compositions(analysis: Analysis, confident: float = CONFIDENT) -> pd.DataFrame:
    """Describe each plate in a row: what it is made of, and how far that is from the other plates.

    Parameters
    ----------
    confident
        Weight, 0 to 1, from which a profile gets the label of its archetype.

    Returns
    -------
    DataFrame
        `plate` ("batch/plate"), `profiles`, the mean weight of each archetype (A1, A2, ...), `unlabelled` (the share of
        profiles without a label) and `drift`: the total variation distance to the mean over plates, 0 to 1. With
        negative controls, `control_drift` compares them alone, so that the layout of the treatments does not count. No
        rows where the table names no plates.
    """
    table = analysis.profiles.table
    if "plate" not in table:
        return pd.DataFrame(columns=["plate", "profiles", *analysis.names, "unlabelled", "drift"])
    plates = plate_keys(table).to_numpy(dtype=str)
    weights = pd.DataFrame(analysis.weights, columns=list(analysis.names))
    means = weights.groupby(plates).mean()
    unlabelled = pd.Series(analysis.labels(confident) == "").groupby(plates).mean()
    found = means.assign(unlabelled=unlabelled, drift=_drift(means))
    found.insert(0, "profiles", pd.Series(plates).value_counts().reindex(means.index).to_numpy())
    negative = negative_controls(table)
    if negative.any():
        found["control_drift"] = _drift(weights[negative].groupby(plates[negative]).mean())
    return found.rename_axis("plate").reset_index()


def controls_outside(analysis: Analysis) -> pd.DataFrame:
    """List the controls that are not what controls of their kind are, the strangest first.

    Negative controls are one kind, each treatment of positive ones another; profiles of one well are averaged first. A
    well is outside when more than half of its weight lies elsewhere than the mean of its kind. Where a kind has half
    its weight or more in one archetype, a well with most of its weight in another archetype is outside too. Where it
    has not, the controls are a mixture, as untreated cells often are.

    Returns
    -------
    DataFrame
        The columns of the table that a well has, then `expected` ("mixture" where no archetype has half), `found` with
        its weight `found_weight`, and `drift`, the total variation distance to the mean of the kind, 0 to 1.
    """
    wells, weights = _by_well(analysis)
    kinds, names = _kinds(wells), np.array(analysis.names)
    parts = []
    for kind in sorted(set(kinds) - {""}):
        members = np.flatnonzero(kinds == kind)
        mean, own = weights[members].mean(axis=0), weights[members].argmax(axis=1)
        drift = 0.5 * np.abs(weights[members] - mean).sum(axis=1)
        pure = mean.max() >= HALF
        outside = (drift > HALF) | (pure & (own != mean.argmax()))
        told = {
            "expected": str(names[mean.argmax()]) if pure else "mixture",
            "found": names[own[outside]],
            "found_weight": weights[members].max(axis=1)[outside],
            "drift": drift[outside],
        }
        parts.append(wells.iloc[members[outside]].assign(**told))
    none = wells.iloc[:0].assign(control="", expected="", found="", found_weight=[], drift=[])
    listed: pd.DataFrame = pd.concat(parts or [none])
    return listed.sort_values("drift", ascending=False, ignore_index=True)


def _commonest(table: pd.DataFrame) -> str:
    column = next((name for name in ("treatment", "compound") if name in table), None)
    if column is None:
        return ""
    texts = table[column].astype("string").fillna("")
    counts = texts[texts != ""].value_counts()
    return ", ".join(f"{name} ({count})" for name, count in counts.head(MOST_NAMED).items())


def _drift(means: pd.DataFrame) -> pd.Series:
    return 0.5 * (means - means.mean()).abs().sum(axis=1)


def _kinds(table: pd.DataFrame) -> NDArray[np.str_]:
    """Name the kind of control of each row: "negative", "positive Taxol"; "" for all else."""
    treatment = table["treatment"].astype("string").fillna("") if "treatment" in table else pd.Series("", table.index)
    kinds = np.full(len(table), "", dtype=object)
    control = control_kinds(table)
    kinds[control == "negative"] = "negative"
    positive = control == "positive"
    kinds[positive] = ("positive " + treatment.astype(str)).to_numpy(dtype=object)[positive]
    return kinds.astype(str)


def _by_well(analysis: Analysis) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Average the weights of each well; the table keeps what does not vary within one."""
    table = analysis.profiles.table
    if "plate" not in table or "well" not in table:
        return table, analysis.weights
    keys = well_keys(table).to_numpy(dtype=str)
    _names, first, codes = np.unique(keys, return_index=True, return_inverse=True)
    sums = np.zeros((len(first), analysis.weights.shape[1]))
    np.add.at(sums, codes, analysis.weights)
    known = ("batch", "plate", "well", "treatment", "compound", "concentration", "control")
    wells = table.iloc[first][[name for name in known if name in table]].reset_index(drop=True)
    return wells, sums / np.bincount(codes)[:, None]
