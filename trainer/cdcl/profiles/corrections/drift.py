"""Drift: how far plates lie from those that a correction was fitted on, in units of the distance between replicates.

A correction that was fitted on early batches is applied to later ones. Whether it still fits is told by the references
before any correction: by how far their centre has moved since, which is by how much a correction would have to move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.profiles.corrections.sample import held_out, references
from cdcl.profiles.scaling import usable_scale
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays
    from cdcl.profiles.profiles import Profiles

OUTSIDE = 0.5
"""Replicate distances from which a plate lies outside, if it is also farther than all that were fitted on: it then adds
a quarter (0.5 squared) or more to the squared distance of its wells to their replicates on the plates before."""

ORIGIN = frozenset({"plates", "centre", "scale", "unit", "drift"})
"""What a fit keeps: names of its plates, median centre and spread of their references by feature, the distance between
replicates in units of that spread, and how far each plate lies from the median."""

_FEWEST = 2
"""Plates or references of a plate below which nothing can be said."""


def origin_of(profiles: Profiles, reference: str) -> dict[str, NDArray[Any]]:
    """Give what a fit keeps of where its plates lay; nothing where no plate, or no spread within plates, is known.

    Parameters
    ----------
    reference
        "controls" or "all": who stands for the untreated state.
    """
    if "plate" not in profiles.table:
        return {}
    used = ~held_out(profiles)
    names, codes, values = _references(profiles, reference, used)
    counts = np.bincount(codes, minlength=len(names))
    if not len(names) or counts.max() < _FEWEST:
        return {}
    centres = _means(values, codes, len(names))
    squares = ((values - centres[codes]) ** 2).sum(axis=0)
    scale = usable_scale(np.sqrt(squares / (len(values) - len(names))), np.abs(centres).max(axis=0))
    unit = _replicate_distance(profiles.take(used), scale)
    if not np.isfinite(scale).any():
        return {}
    return {
        "plates": names,
        "centre": np.median(centres, axis=0),
        "scale": scale,
        "unit": np.array(unit),
        "drift": _distances(centres, counts, np.median(centres, axis=0), scale) / unit,
    }


def drift_from(origin: Arrays, profiles: Profiles, reference: str) -> pd.DataFrame:
    """Measure how far the plates of profiles lie from those that a correction was fitted on.

    Parameters
    ----------
    origin
        Of the fitted correction, or of the first in its chain.
    profiles
        As they were before the correction, of the same features.
    reference
        "controls" or "all", as it was fitted with.

    Returns
    -------
    DataFrame
        A row a plate that was not fitted on: `plate`, `count` (its references), `drift` (the root mean square over
        features of the way from the median centre of the fitted plates to its own, less what so few references have by
        chance, in units of the distance between two replicates within a batch), `spread` (of its references, by that of
        the fitted plates, the median over features) and `outside`. Empty where nothing is known of the fitted plates.
    """
    columns = ["plate", "count", "drift", "spread", "outside"]
    if "unit" not in origin or "plate" not in profiles.table:
        return pd.DataFrame(columns=columns)
    names, codes, values = _references(profiles, reference, np.ones(len(profiles), dtype=bool))
    new = ~np.isin(names, np.asarray(origin["plates"]).astype(str))
    counts = np.bincount(codes, minlength=len(names))
    centre, scale = (np.asarray(origin[name], dtype=np.float64) for name in ("centre", "scale"))
    unit, farthest = float(origin["unit"]), float(np.max(origin["drift"]).astype(np.float64))
    centres = _means(values, codes, len(names))
    drift = _distances(centres, counts, centre, scale) / unit
    found = {"plate": names, "count": counts, "drift": drift, "spread": _spreads(values, codes, centres, scale)}
    outside = (drift > OUTSIDE) & (drift > farthest)
    return pd.DataFrame({**found, "outside": outside})[new].reset_index(drop=True)


def drift_sentences(origin: Arrays, found: pd.DataFrame) -> list[str]:
    """Say how far the new plates lie, and which lie outside; nothing where there are none."""
    if not len(found):
        return []
    farthest = float(np.max(origin["drift"]).astype(np.float64))
    known = len(np.asarray(origin["plates"]))
    first = (
        f"{len(found)} new plates lie {found['drift'].median():.2f} replicate distances from the {known} that the "
        f"correction was fitted on (median; at most {found['drift'].max():.2f}, of those fitted on {farthest:.2f})."
    )
    told = [first]
    outside = found[found["outside"]].sort_values("drift", ascending=False)
    if len(outside):
        named = ", ".join(f"{row.plate} ({row.drift:.2f})" for row in outside.head(5).itertuples())
        more = f" and {len(outside) - 5} more" if len(outside) > 5 else ""
        told.append(
            f"{len(outside)} of {len(found)} new plates lie outside those that the correction was fitted on: "
            f"{named}{more}. Look at their controls, and fit again with them if they are sound."
        )
    return told


def _references(
    profiles: Profiles, reference: str, used: NDArray[np.bool_]
) -> tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.float64]]:
    rows = references(profiles, reference) & used
    names, codes = np.unique(plate_keys(profiles.table).to_numpy(dtype=str)[rows], return_inverse=True)
    return names, codes.astype(np.int64), profiles.values[rows].astype(np.float64)


def _means(values: NDArray[np.float64], codes: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, codes, values)
    means: NDArray[np.float64] = sums / np.bincount(codes, minlength=count)[:, None]
    return means


def _distances(
    centres: NDArray[np.float64], counts: NDArray[np.int64], centre: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give root mean squares over usable features, less the variance that a centre of so few references has."""
    able = np.isfinite(scale)
    squares = (((centres - centre)[:, able] / scale[able]) ** 2).mean(axis=1)
    return np.asarray(np.sqrt(np.maximum(0.0, squares - 1 / counts)))


def _spreads(
    values: NDArray[np.float64], codes: NDArray[np.int64], centres: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    able, found = np.isfinite(scale), np.full(len(centres), np.nan)
    for plate in range(len(centres)):
        own = values[codes == plate][:, able]
        if len(own) >= _FEWEST:
            found[plate] = np.median(own.std(axis=0, ddof=1) / scale[able])
    return found


def _replicate_distance(profiles: Profiles, scale: NDArray[np.float64]) -> float:
    """Give the root mean square over features of the way between two replicates of a treatment within a batch.

    The mean of squares over pairs is twice the variance. Where no treatment has replicates, references stand for them:
    of these it is the square root of 2.
    """
    table, able = profiles.table, np.isfinite(scale)
    if "treatment" not in table or not able.any():
        return float(np.sqrt(2))
    keys = table["treatment"].astype("string").fillna("")
    known = (keys != "").to_numpy(dtype=bool)
    if "batch" in table:
        keys = keys + "/" + table["batch"].astype("string").fillna("")
    codes = np.unique(keys.to_numpy(dtype=str)[known], return_inverse=True)[1].astype(np.int64)
    counts = np.bincount(codes)
    freedom = int((counts - 1).sum())
    if not freedom:
        return float(np.sqrt(2))
    values = profiles.values[known][:, able].astype(np.float64) / scale[able]
    squares = ((values - _means(values, codes, len(counts))[codes]) ** 2).sum(axis=0)
    return float(np.sqrt(2 * (squares / freedom).mean()))
