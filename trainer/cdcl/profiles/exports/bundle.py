"""What is exported together: profiles of several levels, and what was computed of one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cdcl.profiles.profiles import Profiles


@dataclass(frozen=True)
class Bundle:
    """Profiles and what belongs to them.

    Attributes
    ----------
    levels
        Profiles by level ("site", "well", ...), at least one.
    arrays
        For one level, by name: points (N, 2) of projections, values (N, D) of corrections, rows as in that level.
    name
        What the folders of the export are called: the run's or the network's name.
    """

    levels: Mapping[str, Profiles]
    arrays: Mapping[str, Mapping[str, NDArray[np.floating]]] = field(default_factory=dict)
    name: str = "cdcl"

    def finest(self) -> Profiles:
        """Give the profiles of the finest level."""
        return next(iter(self.levels.values()))

    def level(self, wanted: str | None) -> Profiles:
        """Give the profiles of a level; the wells by default, or the finest where there are no wells.

        Raises
        ------
        ProfilesError
            If the level is not there.
        """
        if wanted is None:
            return self.levels.get("well", self.finest())
        if wanted not in self.levels:
            raise ProfilesError(f"there are no {wanted} profiles to export, but those of {', '.join(self.levels)}.")
        return self.levels[wanted]
