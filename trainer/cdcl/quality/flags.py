"""One list of what to look at, each line with the reason, and with the keys that find its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = "NDArray[np.float64] | pd.Series | float"

FLAG_COLUMNS = ("batch", "plate", "well", "site", "flag", "channel", "value", "limit", "reason")
"""Empty keys mean: the whole plate, or the whole batch."""

_KEYS = ("batch", "plate", "well", "site")


@dataclass(frozen=True)
class Finding:
    """What is wrong with some rows of a table.

    Attributes
    ----------
    flag, reason
        What it is called, and one line for a biologist; a reason each, or one for all.
    value, limit
        The number that gave it away, and what it should not have passed; one each, or one for all.
    channel
        Of each row, where only a channel is meant.
    """

    flag: str | Sequence[str]
    reason: str | Sequence[str]
    value: Numbers = float("nan")
    limit: Numbers = float("nan")
    channel: str | Sequence[str] = ""


def make_flags(
    table: pd.DataFrame, rows: NDArray[np.int64], finding: Finding, *, whole_plate: bool = False
) -> pd.DataFrame:
    """Make a line of each of some rows of a table.

    Parameters
    ----------
    table
        Of sites or wells.
    rows
        Numbers of its rows, (n,).
    finding
        What is wrong with them.
    whole_plate
        Leave well and site empty: the plate is meant.

    Returns
    -------
    DataFrame
        n rows, the columns of `FLAG_COLUMNS`; keys that the table lacks are empty.
    """
    lines = pd.DataFrame(index=range(len(rows)))
    for name in _KEYS:
        known = name in table and not (whole_plate and name in ("well", "site"))
        lines[name] = table[name].astype(str).to_numpy()[rows] if known else ""
    for name in FLAG_COLUMNS[len(_KEYS) :]:
        given = getattr(finding, name)
        lines[name] = given.to_numpy() if isinstance(given, pd.Series) else given
    return lines[list(FLAG_COLUMNS)]


def join_flags(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Join lists of flags to one, in the order of plates and wells.

    Returns
    -------
    DataFrame
        The columns of `FLAG_COLUMNS`; no rows where all parts are empty.
    """
    whole = [part for part in parts if len(part)]
    if not whole:
        return pd.DataFrame(columns=list(FLAG_COLUMNS))
    flags = pd.concat(whole, ignore_index=True)
    return flags.sort_values(["batch", "plate", "well", "site", "flag"], kind="stable").reset_index(drop=True)
