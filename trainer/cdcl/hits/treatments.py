"""One row a treatment: active or not, how strong, does it repeat, is it toxic, what is it like, what is odd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.doses.responses import control_distance
from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended
from cdcl.hits.permutation import Pool, shift_p
from cdcl.hits.phenotypes import phenotypes_of
from cdcl.hits.reasons import FARTHER, SIGNIFICANCE, explain, flags_of
from cdcl.hits.references import nearest_references
from cdcl.profiles.corrections.whitening import principal_axes
from cdcl.profiles.false_discovery import false_discovery
from cdcl.profiles.scaling import unit, usable_scale
from cdcl.quality.wells import standard_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells
    from cdcl.tasks import Task

    Array = NDArray[np.float64]

COMPONENTS = 64
"""Principal components of all wells that permutations are asked in: what the field's protocols keep (MorphoHELM)."""
KNOWN = ("compound", "concentration", "concentration_unit", "mechanism")


def find_hits(wells: Wells, *, flags: pd.DataFrame | None = None, seed: int = 0) -> Task[pd.DataFrame]:
    """Judge every treatment against the negative controls of its plates.

    Parameters
    ----------
    wells
        As from `wells_of`; `num_cells` and `share_<phenotype>` (`with_shares`) are used where the table has them.
    flags
        Lines of `cdcl quality`, where there are some: fields and wells that look broken.
    seed
        Of the permutations that are drawn; each treatment has draws of its own.

    Returns
    -------
    DataFrame
        Hits first, the strongest first: `treatment`, `compound`, `concentration`, its unit, `mechanism`; `wells`,
        `plates`, `batches`; `p`, `q` (permutation within plates; Benjamini and Hochberg); `effect` (root mean square
        distance from the controls; over all controls it is 1, which few odd ones raise above most of them);
        `across_batches` (mean cosine of the shifts of two batches, NaN in one); `cells` (share of the controls'
        cells); `nearest`, `similarity`, `like`, `confidence` (see `nearest_references`); `phenotypes` (what its wells
        show more of than the controls, in words; "" where no classifier was asked); `flags`, `hit`, `reasons`.

    Raises
    ------
    ProfilesError
        If there are no treatments, or no negative controls.
    """
    names = wells.profiles.column("treatment").astype("string").fillna("").to_numpy(dtype=str)
    treated = ~wells.negative() & (wells.control != "empty") & (names != "")
    if not treated.any():
        raise ProfilesError("no well is treated, so there is nothing to judge; fill the column `treatment`.")
    distance, scores, reduced = control_distance(wells), standard_scores(wells), principal_scores(wells)
    kinds = np.unique(names[treated])
    yield Began("hits", total=len(kinds), unit="treatment")
    rows, vectors = [], np.zeros((len(kinds), scores.shape[1]))
    for number, kind in enumerate(kinds.tolist()):
        own = np.flatnonzero(treated & (names == kind))
        p, assignments = shift_p(_pool(wells, reduced, own), np.random.default_rng([seed, number]))
        vectors[number] = scores[own].mean(axis=0)
        effect = float(np.sqrt((distance[own] ** 2).mean()))
        judged: dict[str, object] = {"p": p, "assignments": assignments, "effect": effect, "cells": _cells(wells, own)}
        judged |= {"across_batches": _agreement(wells, scores, own), "flags": flags_of(wells, own, flags)}
        judged |= {"phenotypes": phenotypes_of(wells, own)}
        rows.append({"treatment": kind, **_who(wells, own), **judged})
        yield Advanced(number + 1)
    yield Ended()
    return _ordered(_with_references(pd.DataFrame(rows), vectors, kinds))


def principal_scores(wells: Wells) -> Array:
    """Give the wells in their first principal components, each plate centred on all its wells: labels play no part."""
    values = wells.profiles.values.astype(np.float64)
    size = np.abs(values).max(axis=0, initial=0.0)
    for plate in range(len(wells.names)):
        own = wells.plates == plate
        values[own] -= values[own].mean(axis=0)
    # Centred values have means of zero: what rounding leaves of a constant feature is small beside the values as given.
    scaled = values / usable_scale(values.std(axis=0), size)
    _, axes = principal_axes(scaled)
    return np.asarray(scaled @ axes[:, :COMPONENTS])


def _pool(wells: Wells, reduced: Array, own: NDArray[np.int64]) -> Pool:
    controls = np.flatnonzero(wells.negative() & np.isin(wells.plates, wells.plates[own]))
    rows = np.concatenate([own, controls])
    treated = np.arange(len(rows)) < len(own)
    return Pool(reduced[rows], np.unique(wells.plates[rows], return_inverse=True)[1].astype(np.int64), treated)


def _who(wells: Wells, own: NDArray[np.int64]) -> dict[str, object]:
    table = wells.profiles.table.iloc[own]
    known: dict[str, object] = {name: table[name].iloc[0] for name in KNOWN if name in table}
    batches = table["batch"].nunique() if "batch" in table else 1
    return {**known, "wells": len(own), "plates": len(np.unique(wells.plates[own])), "batches": int(batches)}


def _agreement(wells: Wells, scores: Array, own: NDArray[np.int64]) -> float:
    """Give the mean cosine between the shifts of two different batches."""
    if "batch" not in wells.profiles.table:
        return float("nan")
    batches = wells.profiles.table["batch"].astype(str).to_numpy(dtype=str)[own]
    kinds = np.unique(batches)
    if len(kinds) < 2:
        return float("nan")
    shifts = unit(np.stack([scores[own[batches == kind]].mean(axis=0) for kind in kinds]))
    cosines = shifts @ shifts.T
    return float(cosines[np.triu_indices(len(kinds), 1)].mean())


def _cells(wells: Wells, own: NDArray[np.int64]) -> float:
    """Give the mean number of cells over that of the controls of the same plates."""
    if "num_cells" not in wells.profiles.table:
        return float("nan")
    counts = pd.to_numeric(wells.profiles.table["num_cells"], errors="coerce").to_numpy(dtype=np.float64)
    controls = wells.negative()
    ratios = [counts[row] / counts[controls & (wells.plates == wells.plates[row])].mean() for row in own]
    return float(np.nanmean(ratios)) if np.isfinite(ratios).any() else float("nan")


def _with_references(table: pd.DataFrame, vectors: Array, kinds: NDArray[np.str_]) -> pd.DataFrame:
    columns = [
        (table[name] if name in table else pd.Series("", index=table.index)).astype("string").fillna("")
        for name in ("compound", "mechanism")
    ]
    compounds = np.where(columns[0] == "", kinds, columns[0]).astype(str)
    found = nearest_references(vectors, compounds, columns[1].to_numpy(dtype=str))
    rows = found["nearest"].to_numpy()
    return table.join(found.assign(nearest=np.where(rows >= 0, kinds[rows], "")))


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    table["q"] = false_discovery(table["p"])
    table["hit"] = (table["q"] < SIGNIFICANCE) & (table["effect"] > FARTHER)
    table["reasons"] = [explain(row) for row in table.to_dict("records")]
    known = [name for name in ("treatment", *KNOWN) if name in table]
    first = [*known, "hit", "q", "effect", "across_batches", "cells", "like", "confidence", "nearest", "similarity"]
    order = table.sort_values(["hit", "effect"], ascending=False, kind="stable")
    return order[
        [*first, "phenotypes", "flags", "reasons", "wells", "plates", "batches", "p", "assignments"]
    ].reset_index(drop=True)
