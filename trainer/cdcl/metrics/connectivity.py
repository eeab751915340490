"""Graph connectivity: whether the profiles of a label hang together by nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap
from cdcl.metrics.labels import clusters_of, label_codes
from cdcl.metrics.neighbours import nearest
from cdcl.metrics.sampling import COMPARISONS, FEWEST, drawn_note
from cdcl.metrics.score import Score, in_words, unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


def graph_connectivity(profiles: Profiles, column: str = "treatment", *, k: int = 15) -> Score:
    """Score the share of a label's profiles in its largest strongly connected component, averaged over labels.

    Every profile points to its k nearest of other wells by cosine, whatever their label; of these arrows those inside
    the label count (Luecken et al. 2022). A label of a single well is left out: its profiles have no arrows to each
    other. Of a large screen some labels are drawn, each with all its profiles.

    Parameters
    ----------
    column
        The labels.
    k
        Neighbours that a profile points to.

    Returns
    -------
    Score
        Above 0 to 1, with an interval by bootstrap over labels; `groups`: label, value, count. NaN where there are not
        more than k wells, or no two labels of which one has two wells.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    known = np.flatnonzero(labels >= 0)
    wells = np.unique(clusters_of(profiles)[known], return_inverse=True)[1]
    chosen, total = _choose(labels[known], wells)
    if not len(chosen) or len(np.unique(wells)) <= k or len(names) < 2:
        reason = f"a graph of {k} neighbours needs more than {k} wells, and two values of {column}, one in two of them"
        return unavailable("graph_connectivity", reason, level=profiles.level)
    codes = labels[known]
    asked = np.flatnonzero(np.isin(codes, chosen))
    values, places = profiles.values[known], wells[:, None]
    found = nearest(values[asked], values, k, query_codes=places[asked], bank_codes=places)
    shares, counts = _largest_shares(found.rows, asked, codes)
    low, high = cluster_bootstrap(shares, np.arange(len(shares)))
    return Score(
        "graph_connectivity",
        value=float(shares.mean()),
        low=low,
        high=high,
        count=len(shares),
        groups=pd.DataFrame({"label": names[np.unique(codes[asked])], "value": shares, "count": counts}),
        note=in_words(
            f"{k} neighbours",
            drawn_note(len(chosen), total, "labels"),
            f"{len(names) - total} of one well left out" * (total < len(names)),
        ),
        level=profiles.level,
    )


def _choose(labels: NDArray[np.int64], wells: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Choose labels of two wells or more, all or as many as can be afforded, and say how many there were."""
    pairs = np.unique(np.stack([labels, wells], axis=1), axis=0)
    able = np.flatnonzero(np.bincount(pairs[:, 0]) > 1) if len(pairs) else np.empty(0, dtype=np.int64)
    most = max(FEWEST, COMPARISONS // max(1, len(labels)))
    order = np.random.default_rng([0, len(labels)]).permutation(able)
    afforded = np.cumsum(np.bincount(labels)[order]) <= most if len(order) else np.empty(0, dtype=bool)
    if not afforded.all():
        # A first label that is too large by itself is taken all the same.
        afforded[0] = True
    return np.sort(order[afforded]), len(able)


def _largest_shares(
    rows: NDArray[np.int64], asked: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the share of its largest component, and the size, of each label in the order of codes."""
    from scipy.sparse import csr_matrix  # these take a moment to import
    from scipy.sparse.csgraph import connected_components

    number = np.full(len(codes), -1)
    number[asked] = np.arange(len(asked))
    tails = np.repeat(np.arange(len(asked)), rows.shape[1])
    heads = rows.ravel()
    inside = (heads >= 0) & (codes[heads] == codes[asked][tails])
    arrows = (np.ones(int(inside.sum()), dtype=np.int8), (tails[inside], number[heads[inside]]))
    graph = csr_matrix(arrows, shape=(len(asked), len(asked)))
    components = connected_components(graph, directed=True, connection="strong")[1]
    members = np.unique(codes[asked], return_inverse=True)[1]
    pairs, sizes = np.unique(np.stack([members, components], axis=1), axis=0, return_counts=True)
    largest = np.zeros(members.max() + 1)
    np.maximum.at(largest, pairs[:, 0], sizes)
    counts = np.bincount(members)
    return largest / counts, counts
