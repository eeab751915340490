"""Which numbers of wells can be asked for by name: what is said where another one was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdcl.profiles import Profiles

_MOST_FEATURES = 12
"""Features that are listed in full; of more, the first two and the last show how they are called."""


def unknown_value(kind: str, name: str, profiles: Profiles, made: Iterable[str]) -> str:
    """Say of an unknown `name` which is nearest, and what there is: only what can be used.

    Parameters
    ----------
    kind
        What was asked for ("response").
    profiles
        Of wells: their features, and the columns of their table that hold numbers.
    made
        Further names, such as "distance".

    Returns
    -------
    str
        A line that ends in a full stop.
    """
    columns = {column for column in map(str, profiles.table.columns) if _has_numbers(profiles.table[column])}
    others = sorted(columns | set(made))
    hint = unknown_name(kind, name, [*others, *profiles.names]).partition(" Known")[0]
    return f"{hint} Known: {', '.join([*others, _features(profiles.names)])}."


def _has_numbers(column: pd.Series) -> bool:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    return bool(np.isfinite(numbers).any())


def _features(names: Sequence[str]) -> str:
    if len(names) <= _MOST_FEATURES:
        return ", ".join(names)
    return f"and the {len(names)} features {names[0]}, {names[1]}, ..., {names[-1]}"
