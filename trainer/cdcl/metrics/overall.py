"""One number for a table of corrections: batches gone and biology kept, weighed 0.4 to 0.6."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from cdcl.metrics.score import Score, in_words, unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCH = ("kbet", "ilisi", "bras", "graph_connectivity")
"""Scores of batches gone."""

BIOLOGY = ("nmi", "ari", "clisi", "silhouette_label", "map_activity", "map_distinct")
"""Scores of biology kept."""

OVERALL = "overall"
"""What the score is called in tables. Labels shuffled within batches reach 0.52 of BBBC021's 0.63: it stands in the
table for comparison with Arevalo et al., and chooses nothing."""

WEIGHTS = (0.4, 0.6)
"""Of the two means (Luecken et al. 2022; Arevalo et al. 2024)."""


def overall(scores: Sequence[Score]) -> Score:
    """Weigh the means of batch and biology scores 0.4 to 0.6, as Arevalo et al. 2024 do.

    Each metric counts by its value at the coarsest level that has one. Two parts differ from theirs: BRAS stands for
    the batch silhouette, and NMI and ARI compare k-means clusters instead of Leiden's. So the number ranks corrections
    of one screen, but cannot be compared with a published one. A metric without a value is left out of its mean, and
    the note names it.

    Parameters
    ----------
    scores
        Of one table of profiles, finer levels first, as `score_all` orders them.

    Returns
    -------
    Score
        0 to 1; the note has both means and what is missing. NaN where no score of batches, or none of biology, could be
        had.
    """
    found = {score.name: score for score in scores if score.available}
    level = next((score.level for score in reversed(scores) if score.name in (*BATCH, *BIOLOGY)), "")
    means = half_scores({name: score.value for name, score in found.items()})
    if isnan(means[0]) or isnan(means[1]):
        missing = "batches" if isnan(means[0]) else "biology"
        return unavailable("overall", f"no score of {missing} could be had", level=level)
    value = WEIGHTS[0] * means[0] + WEIGHTS[1] * means[1]
    absent = [name for name in (*BATCH, *BIOLOGY) if name not in found]
    note = in_words(f"batches {means[0]:.3f}, biology {means[1]:.3f}", f"without {', '.join(absent)}" * bool(absent))
    return Score("overall", value, count=len(BATCH) + len(BIOLOGY) - len(absent), note=note, level=level)


def half_scores(values: Mapping[str, float]) -> tuple[float, float]:
    """Give the means of the batch and of the biology scores among `values`, by name; NaN where there is none.

    Parameters
    ----------
    values
        Values by the name of the metric; others than those of `BATCH` and `BIOLOGY` are ignored.

    Returns
    -------
    batch, biology
        Plain means over what is there; NaN where nothing is.
    """
    halves = [[values[name] for name in names if not isnan(values.get(name, nan))] for names in (BATCH, BIOLOGY)]
    batch, biology = (sum(half) / len(half) if half else nan for half in halves)
    return batch, biology
