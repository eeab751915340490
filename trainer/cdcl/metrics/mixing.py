"""Neighbourhoods for metrics that ask how well batches are mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.labels import clusters_of, label_codes
from cdcl.metrics.neighbours import nearest
from cdcl.metrics.nesting import why_mixing_misleads
from cdcl.metrics.sampling import drawn, drawn_note
from cdcl.metrics.score import in_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


@dataclass(frozen=True)
class Neighbourhoods:
    """The k nearest profiles, in other wells, of the profiles that were asked.

    Attributes
    ----------
    asked
        Who was asked, shape (Q,): all N profiles, or of many some.
    rows, similarities
        Their neighbours and the cosines, nearest first, shape (Q, k).
    labels
        Number of each profile's label, shape (N,), counted from 0 in the order of `names`.
    clusters
        Number of the well of each profile that was asked, shape (Q,).
    """

    asked: NDArray[np.int64]
    rows: NDArray[np.int64]
    similarities: NDArray[np.float64]
    labels: NDArray[np.int64]
    names: NDArray[np.str_]
    clusters: NDArray[np.int64]

    def add_by_label(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up the weights (Q, k) of each profile's neighbours of each label, shape (Q, labels)."""
        count, num_labels = len(self.rows), len(self.names)
        cells = np.arange(count)[:, None] * num_labels + self.labels[self.rows]
        sums = np.bincount(cells.ravel(), weights=weights.ravel(), minlength=count * num_labels)
        return np.asarray(sums, dtype=np.float64).reshape(count, num_labels)

    def simpson(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the sum over labels of the squared weight (Q, k) that each has, shape (Q,)."""
        count, num_labels = len(self.rows), len(self.names)
        cells = np.arange(count)[:, None] * num_labels + self.labels[self.rows]
        places, inverse = np.unique(cells.ravel(), return_inverse=True)
        sums = np.bincount(inverse, weights=weights.ravel())
        return np.asarray(np.bincount(places // num_labels, weights=sums**2, minlength=count))

    def note(self) -> str:
        """Say how many neighbours were looked at, and of whom."""
        return in_words(f"{self.rows.shape[1]} neighbours", drawn_note(len(self.asked), len(self.labels)))

    def per_label(self, values: NDArray[np.float64]) -> pd.DataFrame:
        """Average each profile's value over each label: label, value, count."""
        groups = pd.DataFrame({"label": self.names[self.labels[self.asked]], "value": values}).groupby("label")["value"]
        return groups.agg(value="mean", count="size").reset_index()


def why_not(profiles: Profiles, column: str, k: int) -> str:
    """Say in one line why mixing cannot be measured with `k` neighbours; "" if it can.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    if len(names) < 2:
        return f"mixing needs two or more values of {column}, there is {len(names)}"
    if column == "batch" and (reason := why_mixing_misleads(profiles)):
        return reason
    wells = np.unique(clusters_of(profiles)[labels >= 0], return_inverse=True)[1]
    most = len(wells) - int(np.bincount(wells).max())
    return f"{k} neighbours in other wells are needed, there are {most}" if most < k else ""


def neighbourhoods(profiles: Profiles, column: str, k: int) -> Neighbourhoods:
    """Find the neighbourhoods of profiles whose label is known; `why_not` must have found nothing against it."""
    labels, names = label_codes(profiles, column)
    known = labels >= 0
    clusters = np.unique(clusters_of(profiles)[known], return_inverse=True)[1]
    values, wells = profiles.values[known], clusters[:, None]
    asked = drawn(np.arange(len(values)), len(values))
    found = nearest(values[asked], values, k, query_codes=wells[asked], bank_codes=wells)
    return Neighbourhoods(asked, found.rows, found.similarities, labels[known], names, clusters[asked])
