"""What plates are made of, by archetypes, and the controls that are not what their kind is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.archetypes import compositions, controls_outside, find_archetypes
from cdcl.errors import ProfilesError
from cdcl.quality.flags import Finding, join_flags, make_flags
from cdcl.quality.wells import standard_scores

if TYPE_CHECKING:
    from cdcl.quality.wells import Wells
    from cdcl.tasks import Task

OUTSIDE = 0.5
"""Share of a control's weight elsewhere than its kind's, beyond which it lies outside."""


SCALE = "deviations of the median plate's controls"
"""What profiles are measured in here; `cdcl.archetypes` takes z-scores of each plate, and may find other corners."""


@dataclass(frozen=True)
class Composition:
    """Archetypes as an assay's quality sees them.

    Attributes
    ----------
    plates
        What each plate is made of: `cdcl.archetypes.compositions`.
    controls
        Control wells outside their archetype: `cdcl.archetypes.controls_outside`.
    flags
        The same as a list of what to look at.
    note
        Why there is none of this; else "".
    """

    plates: pd.DataFrame
    controls: pd.DataFrame
    flags: pd.DataFrame
    note: str = ""


def compose(wells: Wells, num: int | None = None) -> Task[Composition]:
    """Find the archetypes of wells, what each plate is made of, and which controls lie elsewhere than their kind.

    Where archetypes cannot be had (too few wells, all alike) tables are empty, and `note` says why.

    Parameters
    ----------
    num
        How many archetypes; None chooses.
    """
    # One stray control would stretch its plate's own deviation; that of the median plate stays what it is.
    same_scale = wells.profiles.with_values(standard_scores(wells), scaling=SCALE)
    try:
        analysis = yield from find_archetypes(same_scale, num, scale="none")
    except ProfilesError as reason:
        return Composition(pd.DataFrame(), pd.DataFrame(), join_flags([]), f"no archetypes: {reason}")
    outside = controls_outside(analysis)
    return Composition(compositions(analysis), outside, _flags(outside))


def _flags(outside: pd.DataFrame) -> pd.DataFrame:
    reasons = [
        f"{'a negative' if row.control == 'negative' else 'a positive'} control made of {row.found} "
        f"({row.found_weight:.0%}), where its kind is {_kind(str(row.expected))}, by wells in "
        f"{SCALE}"
        for row in outside.itertuples()
    ]
    finding = Finding("outside its archetype", reasons, outside["drift"], OUTSIDE)
    return make_flags(outside, np.arange(len(outside)), finding)


def _kind(expected: str) -> str:
    return "a mixture" if expected == "mixture" else expected
