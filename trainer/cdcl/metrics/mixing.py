"""Neighbourhoods for metrics that ask how well batches are mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.labels import clusters_of, codes_of, labels_of
from cdcl.metrics.neighbours import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


@dataclass(frozen=True)
class Neighbourhoods:
    """The k nearest profiles of each profile that lie in other wells.

    Attributes
    ----------
    rows, similarities
        Who they are and their cosines, nearest first, shape (N, k).
    labels
        Number of each profile's label, shape (N,), counted from 0 in the order of `names`.
    clusters
        Number of each profile's well, shape (N,).
    """

    rows: NDArray[np.int64]
    similarities: NDArray[np.float64]
    labels: NDArray[np.int64]
    names: NDArray[np.str_]
    clusters: NDArray[np.int64]

    def add_by_label(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up the weights (N, k) of each profile's neighbours of each label, shape (N, labels)."""
        count, num_labels = len(self.rows), len(self.names)
        cells = np.arange(count)[:, None] * num_labels + self.labels[self.rows]
        sums = np.bincount(cells.ravel(), weights=weights.ravel(), minlength=count * num_labels)
        return np.asarray(sums, dtype=np.float64).reshape(count, num_labels)

    def per_label(self, values: NDArray[np.float64]) -> pd.DataFrame:
        """Average each profile's value over each label: label, value, count."""
        groups = pd.DataFrame({"label": self.names[self.labels], "value": values}).groupby("label")["value"]
        return groups.agg(value="mean", count="size").reset_index()


def why_not(profiles: Profiles, column: str, k: int) -> str:
    """Say in one line why mixing cannot be measured with `k` neighbours; "" if it can.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = codes_of(labels_of(profiles, column))
    if len(names) < 2:
        return f"mixing needs two or more values of {column}, there is {len(names)}"
    wells = np.unique(clusters_of(profiles)[labels >= 0], return_inverse=True)[1]
    most = len(wells) - int(np.bincount(wells).max())
    return f"{k} neighbours in other wells are needed, there are {most}" if most < k else ""


def neighbourhoods(profiles: Profiles, column: str, k: int) -> Neighbourhoods:
    """Find the neighbourhoods of all profiles whose label is known; `why_not` must have found nothing against it."""
    labels, names = codes_of(labels_of(profiles, column))
    known = labels >= 0
    clusters = np.unique(clusters_of(profiles)[known], return_inverse=True)[1]
    values, wells = profiles.values[known], clusters[:, None]
    found = nearest(values, values, k, query_codes=wells, bank_codes=wells)
    return Neighbourhoods(found.rows, found.similarities, labels[known], names, clusters)
