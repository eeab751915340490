"""One number for a table of corrections: batches gone and biology kept, weighed 0.4 to 0.6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.score import Score, in_words, unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = ("kbet", "ilisi", "bras", "graph_connectivity")
"""Scores of batches gone."""

BIOLOGY = ("clisi", "silhouette_label", "map_activity", "map_distinct")
"""Scores of biology kept."""

WEIGHTS = (0.4, 0.6)
"""Of the two means (Luecken et al. 2022; Arevalo et al. 2024)."""


def overall(scores: Sequence[Score]) -> Score:
    """Weigh the means of batch and biology scores 0.4 to 0.6, as Arevalo et al. 2024 do.

    Of each metric the last score that could be had is taken: the coarsest level. Their biology has NMI and ARI of
    Leiden clusters too, which are not here, and BRAS stands for their batch silhouette: the number ranks corrections of
    one screen against each other, and compares with no published one. What is missing is left out of its mean and
    named.
    """
    found = {score.name: score for score in scores if score.available}
    level = next((score.level for score in reversed(scores) if score.name in (*BATCH, *BIOLOGY)), "")
    parts = [[found[name] for name in names if name in found] for names in (BATCH, BIOLOGY)]
    if not all(parts):
        missing = "batches" if not parts[0] else "biology"
        return unavailable("overall", f"no score of {missing} could be had", level=level)
    means = [float(np.mean([score.value for score in part])) for part in parts]
    value = WEIGHTS[0] * means[0] + WEIGHTS[1] * means[1]
    absent = [name for name in (*BATCH, *BIOLOGY) if name not in found]
    note = in_words(f"batches {means[0]:.3f}, biology {means[1]:.3f}", f"without {', '.join(absent)}" * bool(absent))
    return Score("overall", value, count=sum(map(len, parts)), note=note, level=level)
