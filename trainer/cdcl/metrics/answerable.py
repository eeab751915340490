"""Which queries are questions at all: those that can be answered right and can be answered wrong.

Of a screen with one mechanism every neighbour has the right one; of a treatment on one plate no neighbour on another
plate has. Both would be counted as knowledge, or as ignorance, that nobody measured. Every metric that asks is held to
this one guard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.metrics.score import Score


@dataclass(frozen=True)
class Answerable:
    """How many right and how many wrong answers each query has.

    Attributes
    ----------
    right, wrong
        Profiles that may answer and have the query's label, or another; shape (Q,).
    """

    right: NDArray[np.int64]
    wrong: NDArray[np.int64]

    @property
    def both(self) -> NDArray[np.bool_]:
        """Whether a query has right and wrong answers, shape (Q,)."""
        return (self.right > 0) & (self.wrong > 0)

    @property
    def num_right(self) -> int:
        """Count the queries that can be answered right."""
        return int(np.count_nonzero(self.right))

    @property
    def num_wrong(self) -> int:
        """Count the queries that can be answered wrong."""
        return int(np.count_nonzero(self.wrong))

    def mark(self, score: Score) -> Score:
        """Give the score with both counts."""
        return replace(score, can_be_right=self.num_right, can_be_wrong=self.num_wrong)

    def reason(self, label: str, elsewhere: str) -> str:
        """Say why no query is a question; "" where one is."""
        if self.both.any():
            return ""
        if not self.num_right:
            return f"no {label} occurs again {elsewhere}"
        if not self.num_wrong:
            return f"every answer would be right: there is no other {label} {elsewhere}"
        return f"no query has both a right and a wrong answer {elsewhere}"

    def left_out(self, label: str, elsewhere: str) -> str:
        """Say how many queries are not counted, and why; "" where all are."""
        never = int(np.count_nonzero(self.right == 0))
        always = int(np.count_nonzero((self.right > 0) & (self.wrong == 0)))
        told = [
            f"{never} profiles not counted: their {label} does not occur {elsewhere}" * bool(never),
            f"{always} profiles not counted: no other {label} could answer {elsewhere}" * bool(always),
        ]
        return "; ".join(filter(None, told))
