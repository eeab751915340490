"""Profiles as a correction sees them: values, plates or batches as numbers, and who stands for untreated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.screen.controls import negative_controls
from cdcl.screen.groups import rows_of_groups
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.profiles import Profiles


@dataclass(frozen=True)
class Sample:
    """What a method is given.

    Attributes
    ----------
    values
        Features, shape (N, D), float64.
    groups
        Number of each profile's plate or batch, shape (N,), counted from 0 in the order of `names`.
    reference
        Who stands for the untreated state, shape (N,); some in every group.
    learning
        References that may be learned from: those of held-out plates (`split` "test") may not.
    """

    values: NDArray[np.float64]
    groups: NDArray[np.int64]
    names: tuple[str, ...]
    reference: NDArray[np.bool_]
    learning: NDArray[np.bool_]

    def part(self, rows: NDArray[np.bool_]) -> Sample:
        """Keep some rows, and of the groups those that have any."""
        kept = np.unique(self.groups[rows])
        numbers = np.searchsorted(kept, self.groups[rows])
        names = tuple(self.names[group] for group in kept.tolist())
        return Sample(self.values[rows], numbers, names, self.reference[rows], self.learning[rows])

    def learned(self) -> Sample:
        """Keep what may be learned from."""
        return self.part(self.learning)

    def rows(self, *, reference: bool = False) -> list[NDArray[np.int64]]:
        """Give the rows of each group, or those of its references alone."""
        return rows_of_groups(np.where(self.reference, self.groups, -1) if reference else self.groups, len(self.names))

    def counts(self) -> NDArray[np.int64]:
        """Count the references of each group."""
        return np.bincount(self.groups[self.reference], minlength=len(self.names))


def draw_sample(profiles: Profiles, by: str, reference: str, known: frozenset[str] = frozenset()) -> Sample:
    """Arrange profiles for a method that brings the values of the column `by` together; "" takes them as one group.

    The plates or batches in `known` need no references of their own.

    Raises
    ------
    ProfilesError
        If they are treatment profiles, lack the column, or a plate or batch has no reference.
    """
    if profiles.level == "treatment":
        raise ProfilesError("treatment profiles belong to no one plate; correct wells, then aggregate them.")
    names, groups = _groups(profiles, by)
    chosen = references(profiles, reference)
    _check_everywhere(chosen | np.isin(names, list(known))[groups], groups, names, by)
    learning = chosen & ~held_out(profiles)
    return Sample(profiles.values.astype(np.float64), groups, tuple(names.tolist()), chosen, learning)


def resolve_reference(profiles: Profiles, by: str, reference: str) -> str:
    """Say what "auto" means for these profiles: "controls" where every plate or batch has some, else "all"."""
    if reference != "auto":
        return reference
    if "control" not in profiles.table:
        return "all"
    names, groups = _groups(profiles, by)
    counts = np.bincount(groups[references(profiles, "controls")], minlength=len(names))
    return "controls" if (counts > 0).all() else "all"


def references(profiles: Profiles, reference: str) -> NDArray[np.bool_]:
    """Tell who stands for the untreated state: the negative controls, or all. Shape (N,)."""
    if reference == "all":
        return np.ones(len(profiles), dtype=bool)
    return negative_controls(profiles.table)


def _groups(profiles: Profiles, by: str) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    if not by:
        return np.array(["all"]), np.zeros(len(profiles), dtype=np.int64)
    found = profiles.column(by).astype("string").fillna("")
    missing = int((found == "").sum())
    if missing:
        raise ProfilesError(f"{missing} of {len(profiles)} profiles have no {by}; fill the column or leave them out.")
    keys = plate_keys(profiles.table) if by == "plate" else found
    names, groups = np.unique(keys.to_numpy(dtype=str), return_inverse=True)
    return names, groups.astype(np.int64)


def _check_everywhere(chosen: NDArray[np.bool_], groups: NDArray[np.int64], names: NDArray[np.str_], by: str) -> None:
    lacking = names[np.bincount(groups[chosen], minlength=len(names)) == 0]
    if len(lacking) and not by:
        raise ProfilesError("no profile is a negative control; use reference='all'.")
    if len(lacking):
        kind = {"plate": "plates", "batch": "batches"}.get(by, f"values of {by}")
        named = ", ".join(lacking[:5])
        raise ProfilesError(f"{len(lacking)} {kind} have no negative controls ({named}); use reference='all'.")


def held_out(profiles: Profiles) -> NDArray[np.bool_]:
    """Tell whose plate is held out (`split` "test") and may not be learned from. Shape (N,)."""
    if "split" not in profiles.table:
        return np.zeros(len(profiles), dtype=bool)
    return (profiles.table["split"].astype("string") == "test").fillna(False).to_numpy(dtype=bool)
