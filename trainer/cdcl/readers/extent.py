"""How large a screen is: plates x wells x fields x channels x z x t."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Extent:
    """Counts of what was found, each from the fewest to the most: wells a plate, fields a well, planes a field."""

    plates: int
    wells: tuple[int, int]
    fields: tuple[int, int]
    channels: int
    depths: int
    times: int

    def __str__(self) -> str:
        """Say it in one line.

        >>> str(Extent(2, (384, 384), (8, 9), 5, 1, 1))
        '2 plates x 384 wells x 8-9 fields x 5 channels'
        """
        parts = [
            f"{self.plates} plates",
            f"{_range(self.wells)} wells",
            f"{_range(self.fields)} fields",
            f"{self.channels} channels",
        ]
        parts += [f"{self.depths} z"] * (self.depths > 1) + [f"{self.times} time points"] * (self.times > 1)
        return " x ".join(parts)


def measure_extent(table: pd.DataFrame, channels: int | None = None) -> Extent:
    """Count what a table of planes holds, or one of fields, with so many `channels`."""
    places = table[["well", "site"]].assign(plate=plate_keys(table)).drop_duplicates()
    wells = places.drop_duplicates(["plate", "well"]).groupby("plate").size()
    fields = places.groupby(["plate", "well"]).size()
    return Extent(
        plates=len(wells),
        wells=(int(wells.min()), int(wells.max())),
        fields=(int(fields.min()), int(fields.max())),
        channels=_count(table, "channel") if channels is None else channels,
        depths=_count(table, "z"),
        times=_count(table, "t"),
    )


def _count(table: pd.DataFrame, name: str) -> int:
    return int(table[name].nunique()) if name in table else 1


def _range(ends: tuple[int, int]) -> str:
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}-{ends[1]}"
