"""What each well answers to each question of the ladder of degrees: the rows that comparisons are made of.

The scores of `cdcl score` are means of these. Kept well by well, two sets of profiles can be compared on the same
queries, and what was chosen on some compounds can be judged on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.metrics.degrees import LADDERS
from cdcl.metrics.knn import knn_hits
from cdcl.metrics.labels import is_treated, label_codes
from cdcl.metrics.precision import Question, average_precision
from cdcl.metrics.retrieval import apart, plates_of
from cdcl.screen.controls import negative_controls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

_APART = {"anyone": (), "batch": ("batch",), "source": ("source",), "position": ("position",)}
_TREATMENT, _ACTIVE, _MECHANISM = LADDERS

PLACES = {name: (ladder.title, degree) for ladder in LADDERS for degree, name in ladder.rungs.items()}
"""Ladder and degree of each question, which goes by its key in `METRICS`."""


def answers_to(profiles: Profiles, name: str) -> NDArray[np.float64]:
    """Answer a question of the ladder, well by well.

    Parameters
    ----------
    profiles
        Wells.
    name
        A key of `PLACES`.

    Returns
    -------
    Array
        Shape (N,): 1 or 0 for a recognition, the average precision of a well among controls; NaN for wells that are not
        asked, or have no right or no wrong answer. All are NaN where a column is missing.
    """
    ladder, degree = PLACES[name]
    try:
        if ladder == _ACTIVE.title:
            return _precisions(profiles, _APART[degree])
        treated = is_treated(profiles)
        if ladder == _MECHANISM.title:
            return knn_hits(profiles, "mechanism", ("compound", *_APART[degree]), queries=treated, bank=treated)
        return knn_hits(profiles, "treatment", _APART[degree] or ("well",), queries=treated)
    except ProfilesError:
        return np.full(len(profiles), np.nan)


def weights_of(profiles: Profiles, name: str, answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh answers as the score does, shape (N,): wells alike, of mean average precision treatments alike; else 0."""
    asked = ~np.isnan(answers)
    if PLACES[name][0] != _ACTIVE.title:
        return asked.astype(np.float64)
    codes = label_codes(profiles, "treatment")[0]
    counts = np.bincount(codes[asked], minlength=int(codes.max(initial=0)) + 1)
    return np.where(asked, 1.0 / np.maximum(1, counts[codes]), 0.0)


def _precisions(profiles: Profiles, columns: tuple[str, ...]) -> NDArray[np.float64]:
    values = np.full(len(profiles), np.nan)
    controls = negative_controls(profiles.table)
    labels = np.where(is_treated(profiles), label_codes(profiles, "treatment")[0], -1)
    asked = np.flatnonzero(labels >= 0)
    found = average_precision(
        Question(profiles.values, labels, apart(profiles, *columns), asked, controls, plates_of(profiles))
    )
    values[found.asked] = found.values
    return values
