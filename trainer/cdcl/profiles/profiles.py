"""Profiles: values with a row-aligned table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.errors import ProfilesError, UnknownColumnError, unknown_name
from cdcl.screen.headings import read_heading

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


class NoFeaturesError(ProfilesError):
    """A table has no column that measures."""


LEVELS = ("cell", "site", "well", "treatment")
"""From fine to coarse: what one profile can be of."""


@dataclass(frozen=True)
class Reading:
    """What was made of a file of profiles: what was taken for what, and what was left out or may be meant otherwise.

    Attributes
    ----------
    facts
        What was taken for what, one line each.
    notes
        What was left out or may be meant otherwise, one line each.
    """

    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profiles:
    """Feature vectors and what each one is of.

    Attributes
    ----------
    values
        Features, shape (N, D), float32.
    table
        One row a profile, index 0..N-1, columns named as in `Screen.sites` (`plate`, `well`, `treatment`, ...).
    level
        "cell", "site", "well" or "treatment".
    features
        Names of the D features; empty means `emb_0000`, `emb_0001`, ...
    provenance
        Where the values came from (model, step, corrections), kept in the files that hold them.
    reading
        What was made of the file that they were read from, to be told; not kept.
    """

    values: NDArray[np.float32]
    table: pd.DataFrame
    level: str
    features: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading = field(default=Reading(), compare=False)

    def __len__(self) -> int:
        """Count the profiles."""
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, one a column of `values`."""
        return self.features or tuple(f"emb_{number:04d}" for number in range(self.values.shape[1]))

    def column(self, name: str) -> pd.Series:
        """Give a column of the table by name.

        Raises
        ------
        ProfilesError
            If there is no such column; the message names those there are.
        """
        if name not in self.table:
            raise UnknownColumnError(name, map(str, self.table.columns), read_heading(name).name)
        return self.table[name]

    def take(self, rows: ArrayLike) -> Profiles:
        """Keep only `rows` (numbers or a mask), in that order; the new index starts at 0.

        Parameters
        ----------
        rows
            Numbers, or a mask (N,).
        """
        chosen = np.asarray(rows)
        table = self.table[chosen] if chosen.dtype == bool else self.table.iloc[chosen]
        return replace(self, values=self.values[chosen], table=table.reset_index(drop=True))

    def with_values(self, values: NDArray[np.floating[Any]], **provenance: str) -> Profiles:
        """Give the same rows and features other values; `provenance` says what was done.

        Parameters
        ----------
        values
            (N, D), made float32.
        **provenance
            What was done, by the name of the step; it is added to what stands there.
        """
        noted = {**self.provenance, **provenance}
        return replace(self, values=values.astype(np.float32, copy=False), provenance=noted)


def check(profiles: Profiles, where: str = "the profiles") -> Profiles:
    """Raise an error if profiles are not sound, else give them back.

    Parameters
    ----------
    where
        What the profiles are called in an error, such as their file.

    Returns
    -------
    Profiles
        The same.

    Raises
    ------
    ProfilesError
        If values and table differ in length, there is no feature, the level is unknown, or a value is NaN or infinite.
    """
    if profiles.level not in LEVELS:
        raise ProfilesError(f"{where}: {unknown_name('level', profiles.level, LEVELS)}")
    if profiles.values.ndim != 2 or profiles.values.shape[1] == 0:
        raise NoFeaturesError(
            f"{where}: no feature columns; features are called emb_0000, emb_0001, ... or are numeric."
        )
    if len(profiles.values) != len(profiles.table) or len(profiles.names) != profiles.values.shape[1]:
        shape = f"{profiles.values.shape} values, {len(profiles.table)} rows, {len(profiles.names)} feature names"
        raise ProfilesError(f"{where}: values, table and feature names do not fit together: {shape}.")
    _check_finite(profiles, where)
    return profiles


def _check_finite(profiles: Profiles, where: str) -> None:
    bad = ~np.isfinite(profiles.values)
    if not bad.any():
        return
    columns = np.flatnonzero(bad.any(axis=0))
    named = ", ".join(profiles.names[column] for column in columns[:5]) + (", ..." if len(columns) > 5 else "")
    row = int(np.flatnonzero(bad.any(axis=1))[0])
    raise ProfilesError(
        f"{where}: {int(bad.sum())} values are NaN or infinite, in {len(columns)} columns ({named}), "
        f"first in row {row}; drop those columns or fill them."
    )
