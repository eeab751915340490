"""Silhouettes by cosine distance: treatments that hold together, batches that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap
from cdcl.metrics.labels import clusters_of, label_codes
from cdcl.metrics.neighbours import blocks
from cdcl.metrics.nesting import why_mixing_misleads
from cdcl.metrics.sampling import drawn, drawn_note
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.profiles.groups import sums_by
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

# The mean cosine distance to a cluster is 1 less the product with its mean unit vector: no pair is ever compared.


def silhouette_label(profiles: Profiles, column: str = "treatment") -> Score:
    """Score the average silhouette width of a label by cosine distance, rescaled from -1..1 to 0..1.

    (b - a) / max(a, b), a the mean distance to the profile's own label and b to the nearest other (Rousseeuw 1987;
    rescaled as in Luecken et al. 2022). A profile alone in its label has 0 before rescaling. About 0.5 is no structure.

    Parameters
    ----------
    column
        The labels.

    Returns
    -------
    Score
        0 to 1, with an interval by bootstrap over wells; `groups`: label, value, count. NaN where there are fewer than
        two labels, or none of two profiles.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    known = np.flatnonzero(labels >= 0)
    codes = labels[known]
    counts = np.bincount(codes, minlength=len(names))
    if len(names) < 2 or counts.max(initial=0) < 2:
        reason = f"silhouettes need two or more values of {column}, one of them in two profiles; there are {len(names)}"
        return unavailable("silhouette_label", reason, level=profiles.level)
    asked = drawn(np.arange(len(known)), len(names))
    widths = (_widths(profiles.values[known], codes, asked) + 1) / 2
    low, high = cluster_bootstrap(widths, clusters_of(profiles)[known][asked])
    found = pd.DataFrame({"label": names[codes[asked]], "value": widths}).groupby("label")["value"]
    return Score(
        "silhouette_label",
        value=float(widths.mean()),
        low=low,
        high=high,
        count=len(widths),
        groups=found.agg(value="mean", count="size").reset_index(),
        note=in_words("cosine, rescaled", drawn_note(len(asked), len(known))),
        level=profiles.level,
    )


def bras(profiles: Profiles, column: str = "treatment", *, batch: str = "batch") -> Score:
    """Score the batch removal adapted silhouette (Rautenstrauch & Ohler 2025): 1 if no silhouette shows the batches.

    Within each label, the silhouette of each profile's batch is computed as in `silhouette_label`, but with b the mean
    distance to all profiles of other batches. The score is 1 less its absolute value, averaged over the label, then
    over labels. A profile that is alone in its label and batch has no silhouette and is left out. Noise scores nearly
    1: read it together with a score of biology.

    Parameters
    ----------
    column
        The labels within which batches are compared.
    batch
        The batches.

    Returns
    -------
    Score
        0 to 1, 1 where batches cannot be told apart; `groups`: label, value, count. NaN where no label can be asked, or
        where batches hold different treatments, so that their mixing says nothing.

    Raises
    ------
    ProfilesError
        If the table lacks a column.
    """
    labels, names = label_codes(profiles, column)
    batches = label_codes(profiles, batch)[0]
    known = np.flatnonzero((labels >= 0) & (batches >= 0))
    widths = _batch_widths(profiles.values[known], labels[known], batches[known])
    kept = np.isfinite(widths)
    reason = why_mixing_misleads(profiles, batch) if column == "treatment" else ""
    if reason or not kept.any():
        reason = reason or f"no {column} has two profiles in one {batch} and others in another"
        return unavailable("bras", reason, level=profiles.level)
    found = pd.DataFrame({"label": names[labels[known[kept]]], "value": 1 - np.abs(widths[kept])}).groupby("label")
    groups = found["value"].agg(value="mean", count="size").reset_index()
    values = groups["value"].to_numpy(dtype=np.float64)
    low, high = cluster_bootstrap(values, np.arange(len(values)))
    left_out = int((~kept).sum())
    return Score(
        "bras",
        value=float(values.mean()),
        low=low,
        high=high,
        count=int(kept.sum()),
        groups=groups,
        note=f"{left_out} profiles alone in their {batch}, or without another {batch}, left out" * bool(left_out),
        level=profiles.level,
    )


def _widths(values: NDArray[np.float32], codes: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the silhouettes of the asked rows; every code has a row."""
    sums, counts = sums_by(unit(values), codes), np.bincount(codes)
    widths = np.zeros(len(asked))
    for block in blocks(len(asked), len(counts)):
        mine, ours = codes[asked[block]], unit(values[asked[block]])
        products, numbers = ours @ sums.T, np.arange(len(mine))
        others = counts[mine] - 1
        own = (others - products[numbers, mine] + _squares(ours)) / np.maximum(1, others)
        distances = 1 - products / counts
        distances[numbers, mine] = np.inf
        widths[block] = np.where(others > 0, _compare(own, distances.min(axis=1)), 0.0)
    return widths


def _batch_widths(
    values: NDArray[np.float32], labels: NDArray[np.int64], batches: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the silhouette of each profile's batch inside its label; NaN where it has no company, or no other batch."""
    if not len(labels):
        return np.empty(0)
    cells = np.unique(np.stack([labels, batches], axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    whole = np.unique(labels, return_inverse=True)[1]
    units = unit(values)
    cell_sums, label_sums = sums_by(units, cells), sums_by(units, whole)
    company = np.bincount(cells)[cells] - 1
    strangers = np.bincount(whole)[whole] - company - 1
    widths = np.full(len(labels), np.nan)
    for block in blocks(len(labels), 4 * values.shape[1]):
        ours = units[block]
        near, all_near = (
            np.einsum("nd,nd->n", ours, sums) for sums in (cell_sums[cells[block]], label_sums[whole[block]])
        )
        own = (company[block] - near + _squares(ours)) / np.maximum(1, company[block])
        other = (strangers[block] - all_near + near) / np.maximum(1, strangers[block])
        widths[block] = np.where((company[block] > 0) & (strangers[block] > 0), _compare(own, other), np.nan)
    return widths


def _squares(units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each profile's product with itself: 1, or 0 where it is all zeros."""
    return np.asarray(np.einsum("nd,nd->n", units, units))


def _compare(own: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    larger = np.maximum(own, other)
    widths: NDArray[np.float64] = (other - own) / np.where(larger > 1e-12, larger, 1.0)
    return widths
