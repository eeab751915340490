"""Effects of place: whether controls differ by edge, row or column, where all of them should be alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles.false_discovery import false_discovery
from cdcl.quality.wells import reference_wells, summaries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells

EFFECTS = ("edge", "row", "column")
FEWEST = 8
"""Wells on a plate below which an effect of place is not asked for."""

FORMATS = ((2, 3), (4, 6), (6, 8), (8, 12), (16, 24), (32, 48))
"""Rows and columns of the plates there are, 6 to 1536 wells."""

_DRAWS = 999
"""Permutations of each test: the smallest p is 0.001."""


def layout_effects(
    wells: Wells, values: Mapping[str, NDArray[np.float64]] | None = None, *, seed: int = 0
) -> pd.DataFrame:
    """Measure the effect of edge, row and column on each plate's controls.

    The size of an edge effect is Cohen's d of the outermost wells in use against the others, that of a row or column
    eta squared: the share of the variance between them. Both are large by chance where wells are few, so p is that of
    999 permutations within the plate, and q corrects it over all rows (Benjamini and Hochberg 1995).

    Parameters
    ----------
    values
        Numbers of each well, (N,), by name; by default those of `summaries`.

    Returns
    -------
    DataFrame
        plate, value, effect, size, p, q, count, reference ("controls", or "all" where a plate has none), and a note
        that says why there is no size: controls in one column tell nothing of columns.
    """
    rows: list[list[object]] = []
    reference, values = reference_wells(wells), values or summaries(wells)
    placed = (wells.positions >= 0).all(axis=1)
    for plate, name in enumerate(wells.names):
        used = wells.positions[(wells.plates == plate) & placed]
        chosen = (wells.plates == plate) & reference & placed
        numbers = np.stack([numbers[chosen] for numbers in values.values()])
        who = "controls" if wells.negative()[chosen].any() else "all"
        for code, effect in enumerate(EFFECTS):
            groups = _groups(wells.positions[chosen], effect, used)
            why = _why_not(groups, effect)
            rng = np.random.default_rng([seed, plate, code])
            sizes, ps = np.full((2, len(values)), np.nan) if why else _measure(numbers, groups, effect, rng)
            rows += [
                [name, value, effect, size, p, int(chosen.sum()), who, why]
                for value, size, p in zip(values, sizes, ps, strict=True)
            ]
    table = pd.DataFrame(rows, columns=["plate", "value", "effect", "size", "p", "count", "reference", "note"])
    table.insert(5, "q", false_discovery(table["p"].to_numpy(dtype=np.float64)))
    return table


def plate_format(places: NDArray[np.int64]) -> tuple[int, int]:
    """Give rows and columns of the smallest plate on which all `places` (N, 2) lie."""
    height, width = (places.max(axis=0, initial=0) + 1).tolist()
    return next((form for form in FORMATS if form[0] >= height and form[1] >= width), (height, width))


def _groups(places: NDArray[np.int64], effect: str, used: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the groups that an effect compares; the edge is that of the wells in use, (M, 2)."""
    if effect != "edge":
        return np.asarray(places[:, EFFECTS.index(effect) - 1])
    if not len(places):
        return np.zeros(0, dtype=np.int64)
    at_edge = (places == used.min(axis=0)) | (places == used.max(axis=0))
    return np.asarray(at_edge.any(axis=1).astype(np.int64))


def _why_not(groups: NDArray[np.int64], effect: str) -> str:
    counts = np.bincount(groups) if len(groups) else np.zeros(0, dtype=np.int64)
    counts = counts[counts > 0]
    if len(groups) < FEWEST:
        return f"{len(groups)} wells, {FEWEST} are needed"
    if len(counts) < 2:
        return f"the wells lie all {'at the edge or all inside' if effect == 'edge' else f'in one {effect}'}"
    if counts.max() < 2 or (effect == "edge" and counts.min() < 2):
        return f"no {effect} has two wells"
    return ""


def _measure(
    values: NDArray[np.float64], groups: NDArray[np.int64], effect: str, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give size and p of each of V values (V, n), (V,) each: the groups as they are, against 999 times at random."""
    size = cohens_d if effect == "edge" else eta_squared
    found = size(values, groups)
    drawn = size(values, groups[rng.random((_DRAWS, len(groups))).argsort(axis=1)])
    p = (1 + (np.abs(drawn) >= np.abs(found) - 1e-12).sum(axis=0)) / (1 + _DRAWS)
    return found, np.where(np.isnan(found), np.nan, p)


def eta_squared(values: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the share of the variance of values (V, n) that lies between groups (..., n); shape (..., V)."""
    belongs = (groups[..., None] == np.unique(groups)).astype(np.float64)
    centred = values - values.mean(axis=1, keepdims=True)
    sums = np.swapaxes(belongs, -1, -2) @ centred.T
    between = (sums**2 / belongs.sum(axis=-2)[..., None]).sum(axis=-2)
    total = (centred**2).sum(axis=1)
    return np.asarray(between / np.where(total > 0, total, np.nan))


def cohens_d(values: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the difference of group 1 from group 0 in pooled deviations, of values (V, n); shape (..., V).

    With two groups d follows from eta squared: d^2 = e / (1 - e) (n - 2) n / (n1 n0).
    """
    count, ones = values.shape[1], groups.sum(axis=-1)[..., None]
    eta = np.minimum(eta_squared(values, groups), 1 - 1e-9)
    centred = values - values.mean(axis=1, keepdims=True)
    direction = np.sign(groups.astype(np.float64) @ centred.T)
    return np.asarray(direction * np.sqrt(eta / (1 - eta) * (count - 2) * count / (ones * (count - ones))))
