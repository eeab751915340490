"""How evenly a microscope lights its fields, told from the fields of a plate themselves.

A pixel's count is taken as d + f(y, x) * light: an offset that no light makes, and the share of the light that its
place gets. Where cells lie differs from field to field, and how many lie at a place says nothing of the lamp; so each
field is parted into its background and its cells, and it is the height of the cells above the background, in units of
their own field, that is compared between places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODES = 33
"""Places a side at which a plane is kept, its edges included: linear in between, the widest error of a loss of 60 % in
the corners is 0.06 % of the light."""

BLOCKS = 8
"""Blocks a side whose cells are compared: a block of a field with 50 cells then has about one."""

FEW, MANY = 12, 400
"""Fields below which nothing is told, and from which a surface of degree 4 is told instead of 2. Each of the 15
coefficients then has the cells of some 25 fields, as each of the 6 has at 150."""

ROUNDS = 6
"""A round moves a plane to within a half of what was left, and the first by a tenth at most in simulated fields: six
leave below 0.5 %."""

CLEAR = 3.0
"""A plane counts if it strays from flat by so many times its error: by chance alone one does in about 1 of 400."""

FEWEST = 20
"""Pixels of cells, and of background, that a block needs: the median of 20 is known to a quarter of their spread."""

SPREAD_WORTH = 0.01
"""The offset is told from how the background follows the light, if that varies by more than 1 % over the field."""

FAINT = 0.15
"""Cells that stand out by less than this share of all counts do not tell the light: in transmitted light, of which all
of an image is bright, its medians do."""

LEVELS = 64
"""Steps of the histogram by which a field is parted (Otsu 1979)."""


@dataclass(frozen=True)
class FlatField:
    """How one channel of a plate is lit.

    Attributes
    ----------
    plane
        (NODES, NODES) float32, share of the mean light from edge to edge; 1 is the mean over the field.
    dark
        Counts without light.
    error
        Standard error of the plane, as a share, from two halves of the fields; NaN where too few fields tell.
    """

    plane: NDArray[np.float32]
    dark: float
    error: float

    @property
    def is_flat(self) -> bool:
        """Whether nothing is corrected."""
        return bool((self.plane == 1).all())


EVEN = FlatField(np.ones((NODES, NODES), np.float32), 0.0, float("nan"))


def estimate_flat_field(fields: NDArray[np.generic]) -> FlatField:
    """Estimate the light over the field from many fields of a plate.

    The surface is a polynomial in the logarithm of the light, which is smooth by itself. It is estimated from each half
    of the fields, too: where it does not stray from flat by `CLEAR` times what the halves differ by, it is flat.

    Parameters
    ----------
    fields
        (n, y, x) counts, all of one size; coarse ones do, such as 64 pixels a side.

    Returns
    -------
    FlatField
        Flat, with the error NaN, below `FEW` fields and where cells do not stand out.
    """
    if len(fields) < FEW:
        return EVEN
    degree = 4 if len(fields) >= MANY else 2
    found = [_surface(part, degree) for part in (fields, fields[::2], fields[1::2])]
    if any(each is None for each in found):
        return EVEN
    (whole, dark), (one, _), (other, _) = (each for each in found if each is not None)
    error = float(np.std(one - other)) / 2  # of the mean of the halves, which the whole is nearly
    if np.std(whole) < CLEAR * error:
        return FlatField(EVEN.plane, dark, error)
    plane = np.exp(whole)
    return FlatField((plane / _mean(plane)).astype(np.float32), dark, error)


def _mean(plane: NDArray[Any]) -> float:
    """Average over the field what is linear between nodes: those at the edge stand for half a cell."""
    weights = np.ones(len(plane))
    weights[[0, -1]] = 0.5
    return float(weights @ plane @ weights / weights.sum() ** 2)


def _surface(fields: NDArray[np.generic], degree: int) -> tuple[NDArray[np.float64], float] | None:
    """Give the logarithm of the light at the nodes, and the dark count; None where cells do not stand out."""
    blocks = _Blocks.of(fields)
    at_nodes = _terms(np.linspace(0, 1, NODES), degree)
    medians = blocks.medians()  # true of transmitted light, a beginning elsewhere
    if not (medians > 0).all():
        medians = np.ones_like(medians)
    coefficients = _fit(np.log(medians), np.ones(len(medians)), blocks.terms(degree))
    dark = 0.0
    for _ in range(ROUNDS if blocks.stand_out() else 0):
        light = np.exp(_centred(blocks.whole(degree) @ coefficients))
        compared = blocks.compare(light, dark)
        if compared is None:
            return None
        height, weight, background = compared
        known = np.isfinite(height) & (height > 0)
        if known.sum() < 2 * len(coefficients):
            return None
        terms = blocks.terms(degree)
        coefficients = coefficients + _fit(np.log(height[known]), weight[known], terms[known])
        dark = _dark(background, np.exp(_centred(blocks.whole(degree) @ coefficients)), blocks)
    return _centred(at_nodes @ coefficients).reshape(NODES, NODES), dark


def _centred(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: float = np.log(np.exp(logs).mean())
    return logs - mean


@dataclass(frozen=True)
class _Blocks:
    """Fields as rows of pixels, and which pixels lie in which block.

    Attributes
    ----------
    pixels
        (n, y * x) float32.
    places
        Of each block, the columns of `pixels` in it.
    y, x
        Middles of the rows and columns as shares of the field.
    """

    pixels: NDArray[np.float32]
    places: list[NDArray[np.int64]]
    y: NDArray[np.float64]
    x: NDArray[np.float64]

    @classmethod
    def of(cls, fields: NDArray[np.generic]) -> _Blocks:
        num, height, width = fields.shape
        row, column = np.arange(height) * BLOCKS // height, np.arange(width) * BLOCKS // width
        number = (row[:, None] * BLOCKS + column).ravel()
        places = [np.flatnonzero(number == block) for block in range(BLOCKS**2)]
        y, x = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
        return cls(fields.reshape(num, -1).astype(np.float32), [place for place in places if len(place)], y, x)

    def whole(self, degree: int) -> NDArray[np.float64]:
        """Give the terms of every pixel, (y * x, T)."""
        return _terms(self.y, degree, self.x)

    def terms(self, degree: int) -> NDArray[np.float64]:
        """Give the mean terms of every block, (blocks, T)."""
        whole = self.whole(degree)
        return np.array([whole[place].mean(axis=0) for place in self.places])

    def medians(self) -> NDArray[np.float64]:
        """Give the median of every block over the fields, each in units of its own median, (blocks,)."""
        usual = np.median(self.pixels, axis=1, keepdims=True)
        own = self.pixels / np.where(usual > 0, usual, 1)
        return np.array([np.median(own[:, place]) for place in self.places])

    def stand_out(self) -> bool:
        """Tell whether cells are more than `FAINT` in most fields."""
        shares = []
        for row in self.pixels:
            cells = part_field(row)
            if cells is not None:
                low, high = np.median(row[~cells]), np.median(row[cells])
                shares.append((high - low) / max(high, 1e-9))
        return len(shares) >= FEW // 2 and float(np.median(shares)) > FAINT

    def compare(
        self, light: NDArray[np.float64], dark: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
        """Compare the blocks of fields that are corrected by `light` (y * x,).

        Returns
        -------
        height, weight, background
            (blocks,) of cells above background in units of their field, NaN where too few pixels tell; how many pixels
            of cells there are; raw counts of the background.
        """
        corrected = (self.pixels - np.float32(dark)) / light.astype(np.float32)
        parted = [part_field(row) for row in corrected]
        told = np.array([cells is not None for cells in parted])
        if told.sum() < FEW // 2:
            return None
        inside = np.stack([cells for cells in parted if cells is not None])
        scaled = np.stack([_in_own_units(row, cells) for row, cells in zip(corrected[told], inside, strict=True)])
        raw = self.pixels[told]
        figures = np.full((3, len(self.places)), np.nan)
        for number, place in enumerate(self.places):
            cells = inside[:, place]
            figures[1, number] = cells.sum()
            if min(cells.sum(), (~cells).sum()) >= FEWEST:
                values = scaled[:, place]
                figures[0, number] = np.median(values[cells]) - np.median(values[~cells])
                figures[2, number] = np.median(raw[:, place][~cells])
        return figures[0], figures[1], figures[2]


def part_field(pixels: NDArray[np.floating]) -> NDArray[np.bool_] | None:
    """Part a field's pixels in two by the threshold that lies farthest from both (Otsu 1979); None if it is even.

    Parameters
    ----------
    pixels
        (n,).

    Returns
    -------
    (n,) bool
        True for the brighter.
    """
    low, high = np.percentile(pixels, [0.1, 99.9])  # a few hot or dead pixels must not set the steps
    if not high > low:
        return None
    counts, edges = np.histogram(pixels, LEVELS, (low, high))
    middles = (edges[1:] + edges[:-1]) / 2
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    above, rest = counts.sum() - below, (counts * middles).sum() - sums
    between = (sums / np.maximum(below, 1) - rest / np.maximum(above, 1)) ** 2 * below * above
    cells: NDArray[np.bool_] = pixels > edges[1:-1][np.argmax(between)]
    return cells if cells.any() and not cells.all() else None


def _in_own_units(pixels: NDArray[np.float32], cells: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Put background at 0 and cells at 1: treatments and wells differ in brightness, the lamp does not."""
    low, high = np.median(pixels[~cells]), np.median(pixels[cells])
    return np.asarray((pixels - low) / max(high - low, np.finfo(np.float32).tiny))


def _terms(y: NDArray[np.float64], degree: int, x: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Give Legendre polynomials of places y and x (shares of the field), (y * x, T), the constant first."""
    from numpy.polynomial.legendre import legvander

    down = legvander(2 * y - 1, degree)
    across = down if x is None else legvander(2 * x - 1, degree)
    orders = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    return np.stack([np.outer(down[:, i], across[:, j]).ravel() for i, j in orders], axis=1)


def _fit(values: NDArray[np.float64], weights: NDArray[np.float64], terms: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(weights)
    return np.asarray(np.linalg.lstsq(terms * root[:, None], values * root, rcond=None)[0])


def _dark(background: NDArray[np.float64], light: NDArray[np.float64], blocks: _Blocks) -> float:
    """Give the counts that background keeps where no light falls: what its line over the light begins at."""
    lit = np.array([light[place].mean() for place in blocks.places])
    known = np.isfinite(background)
    darkest = float(background[known].min())
    if lit[known].std() < SPREAD_WORTH:
        return max(darkest, 0.0)
    slope = np.polyfit(lit[known], background[known], 1)
    return float(np.clip(slope[1], 0.0, max(darkest, 0.0)))
