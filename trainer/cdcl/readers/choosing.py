"""What becomes of stacks, time points and channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError, unknown_name
from cdcl.readers.planes import PROJECTION
from cdcl.screen.natural import natural
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

MAXIMUM = "max"
"""The choice of the maximum over z."""


@dataclass(frozen=True)
class Choice:
    """What becomes of stacks and channels.

    Attributes
    ----------
    z
        "max", "projection" (the microscope's own), or a plane; "" takes the microscope's projection where there is
        one, else the only plane, else the maximum.
    t
        The time point; "" takes the first.
    channels
        The channels to keep, in that order, and their new names; empty keeps all.
    """

    z: str = ""
    t: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)


def choose_channels(table: pd.DataFrame, order: list[str], wanted: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Keep the channels of `Choice.channels` and rename them; gives their order too.

    Raises
    ------
    ScreenError
        If one is not there.
    """
    if not wanted:
        return table, order
    for name in wanted:
        if name not in order:
            raise ScreenError(unknown_name("channel", name, order))
    table = table[table["channel"].isin(list(wanted))]
    return table.assign(channel=table["channel"].map(dict(wanted))), list(wanted.values())


def choose_time(table: pd.DataFrame, wanted: str, notes: list[str]) -> pd.DataFrame:
    """Keep the time point of `Choice.t`; where none was chosen, a note says which is taken.

    Raises
    ------
    ScreenError
        If there is no such time point.
    """
    times = sorted(table["t"].unique(), key=natural)
    if wanted and wanted not in times:
        raise ScreenError(f"there is no time point {wanted}; there are {_some(times)}.")
    if len(times) == 1:
        return table
    chosen = wanted or times[0]
    if not wanted:
        notes.append(
            f"there are {len(times)} time points ({_some(times)}); the first is taken, {option('t')} N takes another."
        )
    return table[table["t"] == chosen]


def choose_z(table: pd.DataFrame, wanted: str, notes: list[str]) -> pd.DataFrame:
    """Keep the planes of `Choice.z`, all of them for the maximum; notes as in `choose_time`.

    Raises
    ------
    ScreenError
        If there is no such plane.
    """
    depths = sorted(table["z"].unique(), key=natural)
    planes = [z for z in depths if z != PROJECTION]
    projected = PROJECTION in depths
    chosen = wanted or (PROJECTION if projected else MAXIMUM)
    if not wanted and len(depths) > 1:
        what = "the microscope's projections are" if projected else f"the maximum of {len(planes)} planes is"
        notes.append(f"there are stacks (z {_some(depths)}); {what} taken, {option('z')} chooses.")
    if chosen == MAXIMUM:
        return table[table["z"] != PROJECTION] if planes else table
    if chosen not in depths:
        raise ScreenError(f"there is no z {chosen}; there are {_some(depths)}, and max.")
    return table[table["z"] == chosen]


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
