"""Recognition with and without the mean of all profiles, and what it means where the two differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.metrics.judging import coarsest

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

CENTRED = "_centred"
"""Ends the name of a score that is measured on profiles less the mean of all that may answer.

The score without it is the headline: NSC, DINO's k-NN and copairs compare uncentred profiles, so it alone stands beside
published figures, and beside what *find similar* shows. It depends on where the origin of the features lies, which no
training fixes: the centred one does not.
"""

_ADVICE = "Correct with centre before maps are read."


def direction_sentences(scores: pd.DataFrame) -> list[str]:
    """Say where centring lifts recognition beyond both intervals: profiles share a direction that blunts cosines.

    Parameters
    ----------
    scores
        As scores.csv has them.
    """
    known = coarsest(scores[_of_treatments(scores["name"])])
    rows = {str(row["name"]): row for row in known.reset_index().to_dict("records")}
    told = [
        f"{row['value']:.2f} becomes {rows[name + CENTRED]['value']:.2f} ({name.replace('_', ' ')})"
        for name, row in rows.items()
        if name + CENTRED in rows and rows[name + CENTRED]["low"] > row["high"]
    ]
    if not told:
        return []
    gains = ", ".join(told)
    return [f"The profiles share a direction, which blunts their cosines: less their mean, {gains}. {_ADVICE}"]


def _of_treatments(names: Iterable[str]) -> list[bool]:
    """Tell the scores of biology: that batches are told better is no merit."""
    return [str(name).startswith(("treatment_", "mechanism_")) for name in names]
