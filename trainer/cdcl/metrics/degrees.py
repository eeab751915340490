"""The ladder of degrees: how a screen's signal falls when ever more of what partners share is shut out.

After the benchmark MorphoHELM (arXiv 2605.15383): anyone may answer, none of the same batch, none of the same source
(laboratory), none of the same well position. What falls with a degree was told by what that degree shuts out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.metrics.score import nothing_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    Row = Mapping[Hashable, Any]

DEGREES = {
    "anyone": "any other well",
    "batch": "not the same batch",
    "source": "not the same source",
    "position": "not the same well position",
}
"""Who may answer, by name of the degree."""


@dataclass(frozen=True)
class Ladder:
    """A question at every degree.

    Attributes
    ----------
    rungs
        For each degree of `DEGREES`, a key of `METRICS`.
    """

    title: str
    rungs: Mapping[str, str]


LADDERS = (
    Ladder(
        "Treatment recognised (k-NN)",
        {
            "anyone": "treatment_anyone",
            "batch": "treatment_other_batch",
            "source": "treatment_not_same_source",
            "position": "treatment_not_same_position",
        },
    ),
    Ladder(
        "Treatment active (mAP)",
        {
            "anyone": "map_activity",
            "batch": "map_cross_batch",
            "source": "map_not_same_source",
            "position": "map_not_same_position",
        },
    ),
    Ladder(
        "Mechanism recognised (k-NN)",
        {
            "anyone": "mechanism_other_compound",
            "batch": "mechanism_not_same_batch",
            "source": "mechanism_not_same_source",
            "position": "mechanism_not_same_position",
        },
    ),
)


def ladder_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Lay the ladders out of the coarsest scores: ladder, degree, then the columns of scores.csv.

    Parameters
    ----------
    scores
        As scores.csv has them. A rung that could not be had keeps its row, without a value, for its note; a ladder
        without any value is left out.
    """
    records = []
    for ladder in LADDERS:
        rows = {degree: _coarsest(scores, name) for degree, name in ladder.rungs.items()}
        if any(row is not None and pd.notna(row["value"]) for row in rows.values()):
            records += [{"ladder": ladder.title, "degree": key, **row} for key, row in rows.items() if row is not None]
    return pd.DataFrame(records, columns=["ladder", "degree", *scores.columns])


def layout_sentences(scores: pd.DataFrame) -> list[str]:
    """Say of each ladder what its well positions carry; nothing where they carry nothing that is seen.

    The layout carries a score where its value falls beyond both intervals once the same well position may not answer.
    Where every treatment keeps its position the question cannot be asked, and that is said.
    """
    table = ladder_table(scores)
    told = [_sentence(ladder.title, table[table["ladder"] == ladder.title]) for ladder in LADDERS]
    fixed = [one for one in told if one == _FIXED]
    return [*(one for one in told if one and one != _FIXED), *fixed[:1]]


_FIXED = (
    "Nothing stands at two well positions: how much of the scores is layout cannot be told from these plates. "
    "Randomise the next ones (cdcl plan-layout)."
)


def _coarsest(scores: pd.DataFrame, name: str) -> dict[str, Any] | None:
    """Give the last row of a score that has a value, else the last; scores stand from fine to coarse."""
    found = scores[scores["name"] == name]
    known = found[found["value"].notna()]
    last = known if len(known) else found
    return {str(key): value for key, value in last.iloc[-1].items()} if len(last) else None


def _sentence(title: str, rungs: pd.DataFrame) -> str:
    rows = {str(row["degree"]): row for row in rungs.to_dict("records")}
    first, last = rows.get("anyone"), rows.get("position")
    if first is None or last is None or pd.isna(first["value"]):
        return ""
    if pd.isna(last["value"]):
        askable = pd.notna(last.get("can_be_wrong")) and last["can_be_wrong"] > 0
        return _FIXED if askable and last["can_be_right"] == 0 else ""
    if not last["high"] < first["low"]:
        return ""
    text = (
        f"The layout carries part of it: {title.lower().replace('map', 'mAP').replace('k-nn', 'k-NN')} falls from "
        f"{first['value']:.2f} to {last['value']:.2f} when none of the same well position may answer"
    )
    return f"{text}{_nothing_left(last)}."


def _nothing_left(last: Row) -> str:
    null = nothing_of(last)
    if not null.shuffled:
        return ""
    reached = f"shuffled labels reach {null.reached:.2f}"
    return f"; {reached}" if null.beaten else f", and nothing is left: {reached}"
