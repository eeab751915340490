"""What the guides of a run read: their columns as numbers, and how many rows have none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.errors import ConfigError
from cdcl.screen.dose_columns import COLUMN, dose_numbers, doses_with_units
from cdcl.screen.guide_conflicts import check_guides, with_conflicts
from cdcl.screen.identifiers import as_text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.config import RunConfig
    from cdcl.config.guides import GuideConfig

UNKNOWN = -1
"""The code of a row whose value is not known; no class has it."""


@dataclass(frozen=True, slots=True)
class GuideColumn:
    """A guide's column, a value a row.

    Attributes
    ----------
    guide
        Which column, and how it is read.
    values
        (N,) int64 numbers of values in sorted order, -1 where unknown; or float32 numbers, standardised over the rows
        that have one, NaN where unknown.
    num_values
        How many values there are; 0 for numbers.
    missing
        Rows without a value.
    not_positive
        Rows whose number has no logarithm, among the missing.
    centre, spread
        Mean and standard deviation of numbers (of their log10 with `log`) before they were standardised.
    notes
        What was made of the units of doses, a line each.
    """

    guide: GuideConfig
    values: NDArray[Any]
    num_values: int = 0
    missing: int = 0
    not_positive: int = 0
    centre: float = 0.0
    spread: float = 1.0
    notes: tuple[str, ...] = ()

    def told(self) -> str:
        """Say in a line what the guide is, and how many rows it says nothing about."""
        guide, rows = self.guide, len(self.values)  # fields, or cells
        what = f"{self.num_values} values, {guide.kind}" if self.num_values else self._told_numbers()
        aim = "kept in" if guide.keep else "hidden from"
        told = f"guide {guide.column}: {aim} the features ({what}, weight {guide.weight:g})"
        told = "; ".join((told, *(note.rstrip(".") for note in self.notes)))
        if not self.missing:
            return told
        why = f", {self.not_positive} of them at or below 0" if self.not_positive else ""
        return f"{told}; {self.missing} of {rows} training rows without a value{why} are left out of its loss"

    def _told_numbers(self) -> str:
        scale = "log10, " if self.guide.log else ""
        return f"numbers, {scale}mean {self.centre:.4g}, spread {self.spread:.4g}"


def guide_columns(sites: pd.DataFrame, config: RunConfig) -> list[GuideColumn]:
    """Read the columns of all guides.

    Parameters
    ----------
    sites
        The rows that are trained on.

    Raises
    ------
    ConfigError
        If a column has fewer than two values, one of its own in every row, or is no numbers where they are wanted; or
        if guides contradict each other.
    """
    check_guides(config.all_guides)
    columns = [
        _numbers(sites, guide) if guide.kind == "regress" else _names(sites, guide) for guide in config.all_guides
    ]
    return with_conflicts(columns)


def _names(sites: pd.DataFrame, guide: GuideConfig) -> GuideColumn:
    labels = sites[guide.column].astype("string").replace("", None)
    names, found = np.unique(labels.dropna().to_numpy(dtype=str), return_inverse=True)
    codes = np.full(len(labels), UNKNOWN, dtype=np.int64)
    codes[labels.notna().to_numpy()] = found
    missing = int((codes == UNKNOWN).sum())
    if not guide.masks_missing:  # "unknown" is a value of its own, the last
        codes = np.where(codes == UNKNOWN, len(names), codes)
        names, missing = np.append(names, ["unknown"] * bool(missing)), 0
    if len(names) < 2:
        raise ConfigError(f"{guide.setting} has fewer than two values in the training rows; leave it out.")
    if guide.masks_missing and len(names) == len(found):
        raise ConfigError(
            f"{guide.setting} has a value of its own in each of its {len(found)} training rows, which nothing can be "
            "learned from; name a column that several share, or kind = 'regress' for numbers."
        )
    return GuideColumn(guide, codes, len(names), missing)


def _numbers(sites: pd.DataFrame, guide: GuideConfig) -> GuideColumn:
    cells = doses_with_units(sites) if guide.column == COLUMN else sites[guide.column]
    if not as_text(sites[guide.column]).ne("").any():
        raise ConfigError(f"{guide.setting} has no value in the training rows; leave it out.")
    read = dose_numbers(cells)
    if read is None:
        raise ConfigError(
            f"{guide.setting} is not a column of numbers in one unit, which kind = 'regress' wants; 'classify' takes "
            "names."
        )
    numbers = read.values
    low = np.isfinite(numbers) & (numbers <= 0) if guide.log else np.zeros(len(numbers), dtype=bool)
    numbers = np.where(low | ~np.isfinite(numbers), np.nan, numbers)
    numbers = np.log10(numbers) if guide.log else numbers
    known = np.isfinite(numbers)
    spread = float(numbers[known].std()) if known.any() else 0.0
    # Of numbers that are equal but for rounding there is nothing to learn: 1e-9 of their size is far above it.
    if spread <= 1e-9 * max(float(np.abs(numbers[known]).max(initial=0.0)), 1e-300):
        raise ConfigError(f"{guide.setting} has fewer than two numbers in the training rows; leave it out.")
    centre = float(numbers[known].mean())
    values = ((numbers - centre) / spread).astype(np.float32)
    return GuideColumn(guide, values, 0, int((~known).sum()), int(low.sum()), centre, spread, read.notes)
