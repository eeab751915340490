"""What each point's colour says: a class, a number, or that there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.scatter.palette import CATEGORIES, MISSING, PLAIN, VIRIDIS, colours_of
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

OUTLIERS = 0.5
"""Percent of the values beyond each end of a scale of colours."""
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
    """

    title: str
    codes: NDArray[np.unsignedinteger]
    colours: NDArray[np.uint32]
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    limits: tuple[float, float] | None = None
    num_missing: int = 0

    def __len__(self) -> int:
        """Count the points."""
        return len(self.codes)

    def classes(self) -> Iterator[tuple[int, str, int, int]]:
        """Give code, name, count and ARGB of each class that has points, "no value" last."""
        for code, (name, num) in enumerate(zip(self.names, self.counts, strict=True), start=1):
            yield code, name, num, int(self.colours[code])
        if self.num_missing:
            yield 0, "no value", self.num_missing, int(self.colours[0])


def one_colour(num: int) -> Colouring:
    """Give all points the same colour."""
    return Colouring("", np.ones(num, dtype=np.uint8), np.array([MISSING, PLAIN], dtype=np.uint32))


def colour_by(values: pd.Series, title: str) -> Colouring:
    """Colour points by classes or by numbers, as the values are.

    Numbers are drawn on a scale from the 0.5th to the 99.5th percentile; texts, booleans and integers of no more than
    twenty kinds are classes. Up to twenty classes have colours that stay apart for colour-blind eyes, more have colours
    by their names. NaN, None and "" have no value, and are grey.

    Parameters
    ----------
    values
        One a point, N; the index does not matter.
    """
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values) or _has_few(values):
        return _by_class(values, title)
    return _by_number(values.to_numpy(dtype=np.float32, na_value=np.nan), title)


def _has_few(values: pd.Series) -> bool:
    if not pd.api.types.is_integer_dtype(values):
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
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(), list(values.cat.categories)
    codes, kinds = pd.factorize(values)
    return codes, list(kinds)


def _by_number(values: NDArray[np.float32], title: str) -> Colouring:
    missing = np.isnan(values)
    low, high = _limits(values)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = (values - np.float32(low)) * np.float32(255 / (high - low) if high > low else 0)
        steps += np.float32(1.5 if high > low else 128.5)
        codes = np.clip(steps, 1, 256, out=steps).astype(np.uint16)
    codes[missing] = 0
    colours = np.append(np.uint32(MISSING), VIRIDIS).astype(np.uint32)
    return Colouring(title, codes, colours, limits=(low, high), num_missing=int(missing.sum()))


def _limits(values: NDArray[np.float32]) -> tuple[float, float]:
    sample = values[:: max(1, len(values) // _SAMPLE)]
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return 0.0, 0.0
    low, high = np.percentile(sample, [OUTLIERS, 100 - OUTLIERS])
    return float(low), float(high)
