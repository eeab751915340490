"""What each point's colour says: a class, a number, or that there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter.palette import CATEGORIES, MISSING, PLAIN, VIRIDIS, colours_of
from cdcl.screen.dose_columns import COLUMN, dose_numbers, doses_with_units, unit_of, units_of
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

OUTLIERS = 0.5
"""Percent of the values beyond each end of a scale of colours."""
DOSES = COLUMN
DOSE_DECADES, DECADES = 1.0, 3.0
"""Powers of ten from which on a scale is logarithmic: doses are made by factors, other numbers seldom are."""
ZERO_GAP = 40.0
"""Step of the lowest dose where there is a dose of 0 too, which has the first: both are to look different."""
_SAMPLE = 100_000
"""Values that the ends of a scale are told from."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for each point.

    Attributes
    ----------
    title
        What the colours say.
    codes
        Shape (N,), unsigned: 0 has no value, class k is k + 1, and of numbers 1..256 are steps of the scale.
    colours
        ARGB of each code, opaque.
    names, counts
        Of the classes, in natural order; empty for numbers.
    limits
        The numbers at both ends of the scale; none for classes.
    num_missing
        Points without a value.
    unit
        Of the numbers, where it is known.
    logarithmic
        Whether the scale goes by powers of ten.
    num_zero
        Points at 0 on such a scale, which has no place for it: they have the first step, apart from the others.
    notes
        What was made of the values that may be meant otherwise, a line each.
    """

    title: str
    codes: NDArray[np.unsignedinteger]
    colours: NDArray[np.uint32]
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    limits: tuple[float, float] | None = None
    num_missing: int = 0
    unit: str = ""
    logarithmic: bool = False
    num_zero: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the points."""
        return len(self.codes)

    def marks(self) -> list[tuple[float, str]]:
        """Give where numbers stand beside the scale, from 0 at its low end to 1: both ends, and powers of ten."""
        if self.limits is None:
            return []
        low, high = self.limits
        ends = [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]
        if not self.logarithmic:
            return ends
        powers = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
        places = (powers - np.log10(low)) / (np.log10(high) - np.log10(low))
        between = [(float(at), f"{10**power:g}") for at, power in zip(places, powers, strict=True) if 0.1 < at < 0.9]
        return [ends[0], *between, ends[1]]

    def classes(self) -> Iterator[tuple[int, str, int, int]]:
        """Give code, name, count and ARGB of each class that has points, "no value" last."""
        for code, (name, num) in enumerate(zip(self.names, self.counts, strict=True), start=1):
            yield code, name, num, int(self.colours[code])
        if self.num_missing:
            yield 0, "no value", self.num_missing, int(self.colours[0])


def one_colour(num: int) -> Colouring:
    """Give all points the same colour.

    Parameters
    ----------
    num
        How many points, N.

    Returns
    -------
    Colouring
        Codes (N,), all 1; no title, no classes, no scale.
    """
    return Colouring("", np.ones(num, dtype=np.uint8), np.array([MISSING, PLAIN], dtype=np.uint32))


def colour_column(table: pd.DataFrame, column: str) -> Colouring:
    """Colour points by a column of their table.

    Parameters
    ----------
    table
        A row a point; beside doses it may name their unit.
    column
        One of its columns; "concentration" is read as doses. In several units, such as µM and mg/mL, each dose is a
        class of its own: they have no common scale.

    Returns
    -------
    Colouring
        As of `colour_by`.
    """
    if column == DOSES and len(units_of(table)) > 1:
        return colour_by(doses_with_units(table), f"{column} (several units)")
    return colour_by(table[column], column, unit_of(table) if column == DOSES else "")


def colour_by(values: pd.Series, title: str, unit: str = "") -> Colouring:
    """Colour points by classes or by numbers, as the values are.

    Numbers are drawn on a scale from the 0.5th to the 99.5th percentile, by powers of ten where they are doses over
    more than one, or others over more than three. Doses may be texts with units. Other texts, booleans and integers of
    no more than twenty kinds are classes. Up to twenty classes have colours that stay apart for colour-blind eyes, more
    have colours by their names. NaN, None and "" have no value, and are grey.

    Parameters
    ----------
    values
        One a point, N; the index does not matter.
    title
        What the colours say; "concentration" is read as doses.
    unit
        Of numbers that name none.
    """
    import pandas as pd  # who gives a column has it loaded; who draws no points does without it

    doses = dose_numbers(values, unit) if title == DOSES else None
    if doses is not None:
        return replace(_by_number(doses.values, title, doses.unit), notes=doses.notes)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values) or _has_few(values):
        return _by_class(values, title)
    return _by_number(values.to_numpy(dtype=np.float32, na_value=np.nan), title, unit)


def _has_few(values: pd.Series) -> bool:
    if values.dtype.kind not in "iu":
        return False
    return values.iloc[:1000].nunique() <= len(CATEGORIES) and values.nunique() <= len(CATEGORIES)


def _by_class(values: pd.Series, title: str) -> Colouring:
    codes, kinds = _factorise(values)
    named = [(str(kind), number) for number, kind in enumerate(kinds)]
    known = sorted(((name, number) for name, number in named if name), key=lambda item: natural(item[0]))
    ranks = np.zeros(len(kinds) + 1, dtype=np.min_scalar_type(len(kinds) + 1))  # the last, -1, is missing: 0
    ranks[[number for _, number in known]] = np.arange(1, len(known) + 1)
    ordered = ranks[codes]
    counts = np.bincount(ordered, minlength=len(known) + 1)
    kept = np.flatnonzero(counts[1:])
    if len(kept) < len(known):  # categories without points
        squeezed = np.zeros(len(known) + 1, dtype=ordered.dtype)
        squeezed[kept + 1] = np.arange(1, len(kept) + 1)
        ordered = squeezed[ordered]
    names = tuple(known[place][0] for place in kept)
    colours = np.append(np.uint32(MISSING), colours_of(names)).astype(np.uint32)
    return Colouring(title, ordered, colours, names, tuple(counts[1:][kept].tolist()), None, int(counts[0]))


def _factorise(values: pd.Series) -> tuple[NDArray[np.integer], list[object]]:
    """Number the kinds of values; -1 is missing."""
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(), list(values.cat.categories)
    codes, kinds = pd.factorize(values)
    return codes, list(kinds)


def _by_number(values: NDArray[np.floating], title: str, unit: str) -> Colouring:
    missing = np.isnan(values)
    if _spans_decades(values, DOSE_DECADES if title == DOSES else DECADES):
        return _by_power(values, title, unit)
    low, high = _limits(values)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = (values - np.float32(low)) * np.float32(255 / (high - low) if high > low else 0)
        steps += np.float32(1.5 if high > low else 128.5)
        codes = np.clip(steps, 1, 256, out=steps).astype(np.uint16)
    codes[missing] = 0
    colours = np.append(np.uint32(MISSING), VIRIDIS).astype(np.uint32)
    return Colouring(title, codes, colours, limits=(low, high), num_missing=int(missing.sum()), unit=unit)


def _by_power(values: NDArray[np.floating], title: str, unit: str) -> Colouring:
    """Place numbers above 0 by their logarithms; 0 gets the first step, and a gap to the others."""
    missing, zero = np.isnan(values), values == 0
    low, high = _limits(values[values > 0], 0.0 if title == DOSES else OUTLIERS)
    first = ZERO_GAP if zero.any() else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (np.log10(values) - np.log10(low)) / (np.log10(high) - np.log10(low))
    codes = np.rint(first + np.clip(np.nan_to_num(shares, nan=0.0), 0.0, 1.0) * (256 - first)).astype(np.uint16)
    codes[zero], codes[missing] = 1, 0
    colours = np.append(np.uint32(MISSING), VIRIDIS).astype(np.uint32)
    return Colouring(
        title,
        codes,
        colours,
        limits=(low, high),
        num_missing=int(missing.sum()),
        unit=unit,
        logarithmic=True,
        num_zero=int(zero.sum()),
    )


def _spans_decades(values: NDArray[np.floating], decades: float) -> bool:
    """Tell whether numbers, none of which is negative, reach over so many powers of ten."""
    if len(values) and np.nanmin(np.append(values, np.inf)) < 0:
        return False
    low, high = _limits(values[values > 0], 0.0)
    return low > 0 and high > low * 10**decades


def _limits(values: NDArray[np.floating], beyond: float = OUTLIERS) -> tuple[float, float]:
    sample = values[:: max(1, len(values) // _SAMPLE)]
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return 0.0, 0.0
    low, high = np.percentile(sample, [beyond, 100 - beyond])
    return float(low), float(high)
