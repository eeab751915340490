"""The kBET acceptance that CDCL's evaluation reports: not the kBET of others, so it has a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.intervals import cluster_bootstrap
from cdcl.metrics.kbet import SIGNIFICANCE, chi_square_p
from cdcl.metrics.labels import clusters_of, label_codes
from cdcl.metrics.mixing import Neighbourhoods
from cdcl.metrics.neighbours import nearest
from cdcl.metrics.nesting import why_mixing_misleads
from cdcl.metrics.sampling import drawn, drawn_note
from cdcl.metrics.score import Score, in_words, unavailable

if TYPE_CHECKING:
    from cdcl.profiles import Profiles

SHARE = 0.005
"""Of all profiles, the neighbourhood holds this share (0.5 %), as in the evaluation of CDCL (Haslum et al. 2023)."""

FEWEST = 10
"""Neighbours below which the share is no neighbourhood: it would be one or none in fewer than 400 profiles."""


def cdcl_kbet(profiles: Profiles, column: str = "batch", *, k: int | None = None) -> Score:
    """Score the share of profiles whose neighbourhood is accepted (p >= 0.05), as in CDCL's own evaluation.

    It differs from `kbet` in two ways. The neighbourhood of k profiles includes the profile itself: the batches of the
    other k - 1 are compared with k times the batches' shares. And profiles of the same well count as neighbours. Its
    values can be compared neither with those of `kbet` nor with those of Büttner's package.

    Parameters
    ----------
    column
        What should be mixed.
    k
        Size of a neighbourhood, the profile itself included; by default 0.5 % of the profiles, and at least 10.

    Returns
    -------
    Score
        0 to 1, higher is better mixed; chance, at perfect mixing, is 0.95. `groups`: label, value, count. NaN with one
        batch or too few profiles.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    known = np.flatnonzero(labels >= 0)
    k = k if k is not None else max(FEWEST, int(SHARE * len(known)))
    if len(names) < 2 or len(known) < k:
        found = f"{len(names)} values of {column} in {len(known)} profiles"
        reason = f"mixing needs two or more values of {column} and {k} profiles, there are {found}"
        return unavailable("cdcl_kbet", reason, level=profiles.level)
    if column == "batch" and (reason := why_mixing_misleads(profiles)):
        return unavailable("cdcl_kbet", reason, level=profiles.level)
    around = _around(profiles.take(known), column, k)
    expected = k * np.bincount(around.labels) / len(around.labels)
    accepted = (chi_square_p(around.add_by_label(np.ones(around.rows.shape)), expected) >= SIGNIFICANCE).astype(float)
    low, high = cluster_bootstrap(accepted, around.clusters)
    return Score(
        "cdcl_kbet",
        value=float(accepted.mean()),
        low=low,
        high=high,
        count=len(accepted),
        chance=1 - SIGNIFICANCE,
        groups=around.per_label(accepted),
        note=in_words(f"{k} neighbours with itself", drawn_note(len(around.asked), len(known))),
        level=profiles.level,
    )


def _around(profiles: Profiles, column: str, k: int) -> Neighbourhoods:
    """Find the k - 1 nearest of each profile, wherever they are."""
    labels, names = label_codes(profiles, column)
    asked, alone = drawn(np.arange(len(profiles)), len(profiles)), np.arange(len(profiles))[:, None]
    found = nearest(profiles.values[asked], profiles.values, k - 1, query_codes=alone[asked], bank_codes=alone)
    return Neighbourhoods(asked, found.rows, found.similarities, labels, names, clusters_of(profiles)[asked])
