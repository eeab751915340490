"""What clusters are called: by what is over-represented in them, wells exchanged rather than profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.events import Advanced, Began, Ended
from cdcl.profiles.composition import compare_compositions
from cdcl.profiles.exchange_units import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.projections.map_clusters import MapClusters
    from cdcl.tasks import Task

NONE = "none"
"""What points of no cluster are called."""
CREDIBLE = 0.05
"""False discovery rate up to which something gives a cluster its name."""
MOST = 2
"""Names that are written; the others are counted."""
COLUMNS = ("cluster", "profiles", "wells", "stability", "over_represented", "batches")


def name_clusters(table: pd.DataFrame, clusters: MapClusters, by: str = "treatment") -> Task[pd.DataFrame]:
    """Name clusters by what is over-represented in each, against all the rest.

    Parameters
    ----------
    table
        One row a point (N,).
    clusters
        Of the same points.
    by
        The column that names come from; where it says nothing, a batch that a cluster is made of does.

    Returns
    -------
    One row a cluster, the largest first, with the columns of `COLUMNS`: `cluster` is its name, such as
    "1: taxol, nocodazole (+2)"; `over_represented` all of `by` at q <= 0.05; `batches` those of `batch`.
    """
    places, rows = Places.of_table(table), []
    yield Began("name clusters", total=len(clusters.stability), unit="cluster")
    for number, stability in enumerate(clusters.stability.tolist(), start=1):
        own = clusters.labels == number
        values, batches = (_over(table, column, own, places) for column in (by, "batch"))
        wells = 0 if places.wells is None else len(np.unique(places.wells[own]))
        title = _title(number, values or [f"batch {batch}" for batch in batches])
        rows.append((title, int(own.sum()), wells, stability, "; ".join(values), "; ".join(batches)))
        yield Advanced(number)
    yield Ended()
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _over(table: pd.DataFrame, column: str, own: NDArray[np.bool_], places: Places) -> list[str]:
    """Name the values that are over-represented, the most frequent in the cluster first."""
    if column not in table or own.all():
        return []
    found = compare_compositions(table[column], own, ~own, places).table
    found = found[(found["q"] <= CREDIBLE) & (found["effect"] > 0)]
    return [str(value) for value in found.sort_values("one", ascending=False, kind="stable")["value"]]


def _title(number: int, values: list[str]) -> str:
    if not values:
        return str(number)
    more = f" (+{len(values) - MOST})" if len(values) > MOST else ""
    return f"{number}: {', '.join(values[:MOST])}{more}"
