"""Draw the cells of a field: where they lie, how large and how shaped they are, how they respond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.synthetic.treatments import Phenotype

CELLS_PER_PIXEL = 31 / 160**2
"""Usual density of cells: 31 in a field of 160 x 160 pixels."""
MARGIN = 14.0
"""Cells are drawn this far beyond the edge of a field, so that some are cut."""
NUCLEAR_RADIUS, CELL_RADIUS = 6.6, 13.0
"""Pixels; at the screen's 1.3 µm a pixel a nucleus is 17 and a spread cell 34 µm wide, about those of U2OS cells."""
NORMAL_BINUCLEATE, NORMAL_FRAGMENTED = 0.02, 0.015
"""Shares of untreated cells: a few are binucleate or dying in any culture."""
NORMAL_PUNCTA = 3.5
"""Bright spots of an untreated cell, the mean of a Poisson distribution."""


@dataclass(frozen=True)
class Population:
    """The cells of a field, one value a cell; lengths in pixels, angles in radians.

    `y` and `x` give the centres; `nuclear_axes` and `cell_axes` are half-axes (N, 2), the long one first; `pieces` is
    the number of nuclei, or of their pieces where `fragmented`; `stain` (N, 3) is the amount of each stain, around 1.
    """

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    angle: NDArray[np.float64]
    nuclear_axes: NDArray[np.float64]
    cell_axes: NDArray[np.float64]
    pieces: NDArray[np.int64]
    fragmented: NDArray[np.bool_]
    puncta: NDArray[np.int64]
    puncta_width: NDArray[np.float64]
    coarseness: NDArray[np.float64]
    mito_position: NDArray[np.float64]
    fibres: NDArray[np.float64]
    stain: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the cells, those beyond the edge included."""
        return len(self.y)

    def inside(self, size: int) -> int:
        """Count the cells whose centre lies in a field of `size` x `size` pixels."""
        return int(((self.y >= 0) & (self.y < size) & (self.x >= 0) & (self.x < size)).sum())


def draw_population(
    phenotype: Phenotype, rng: np.random.Generator, *, size: int, density: float = 1.0, magnification: float = 1.0
) -> Population:
    """Draw the cells of a field of `size` x `size` pixels under a phenotype."""
    y, x = _centres(rng, size, density * phenotype.density, magnification)
    count = len(y)
    response = _response(phenotype, rng, count)
    cell_area = _spread(rng, count, 0.22) * phenotype.cell_area**response
    nuclear_area = _spread(rng, count, 0.14) * np.sqrt(cell_area) ** 0.5 * phenotype.nuclear_area**response
    pieces, fragmented, shrink = _pieces(phenotype, rng, response)
    cell_ratio = 1.0 + rng.gamma(2.0, 0.14, count)
    nuclear_ratio = 1.0 + rng.gamma(2.0, 0.08, count)
    return Population(
        y=y,
        x=x,
        angle=rng.uniform(0.0, np.pi, count),
        nuclear_axes=_axes(
            NUCLEAR_RADIUS * magnification,
            nuclear_area * shrink,
            nuclear_ratio * phenotype.nuclear_elongation**response,
        ),
        cell_axes=_axes(CELL_RADIUS * magnification, cell_area, cell_ratio * phenotype.cell_elongation**response),
        pieces=pieces,
        fragmented=fragmented,
        puncta=rng.poisson(NORMAL_PUNCTA * _spread(rng, count, 0.4) * phenotype.puncta_number**response),
        puncta_width=0.95 * magnification * _spread(rng, count, 0.12) * phenotype.puncta_size**response,
        coarseness=magnification * _spread(rng, count, 0.12) * phenotype.coarseness**response,
        mito_position=np.clip(rng.normal(0.42, 0.06, count) + phenotype.mito_position * response, 0.05, 0.95),
        fibres=_spread(rng, count, 0.25) * phenotype.fibres**response,
        stain=np.exp(rng.normal(0.0, 0.22, (count, 3))),
    )


def _centres(
    rng: np.random.Generator, size: int, density: float, magnification: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place centres one by one, each at the emptiest of a few random places: nuclei seldom overlap."""
    side = size + 2 * MARGIN
    count = max(1, int(rng.poisson(CELLS_PER_PIXEL * density * side**2 / magnification**2)))
    places = rng.uniform(-MARGIN, size + MARGIN, (count, 5, 2))
    centres = np.empty((count, 2))
    centres[0] = places[0, 0]
    for i in range(1, count):
        gaps = ((places[i, :, None] - centres[None, :i]) ** 2).sum(axis=2).min(axis=1)
        centres[i] = places[i, gaps.argmax()]
    return centres[:, 0], centres[:, 1]


def _response(phenotype: Phenotype, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draw how far each cell responds: 0 where it does not, about 1 where it does."""
    responds = rng.random(count) < phenotype.penetrance
    return np.where(responds, np.clip(rng.normal(1.0, 0.25, count), 0.3, 1.6), 0.0)


def _spread(rng: np.random.Generator, count: int, sigma: float) -> NDArray[np.float64]:
    """Draw factors around 1, log-normal."""
    return np.exp(rng.normal(0.0, sigma, count))


def _axes(radius: float, area: NDArray[np.float64], ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give half-axes (N, 2) of ellipses of `area` times a disk of `radius`, and of this ratio of axes."""
    mean = radius * np.sqrt(area)
    return np.stack([mean * np.sqrt(ratio), mean / np.sqrt(ratio)], axis=1)


def _pieces(
    phenotype: Phenotype, rng: np.random.Generator, response: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]:
    """Draw the number of nuclei or pieces, which cells are fragmented, and the area of a piece over a nucleus's."""
    count = len(response)
    fragmented = rng.random(count) < NORMAL_FRAGMENTED + phenotype.fragmented * response
    binucleate = rng.random(count) < NORMAL_BINUCLEATE + phenotype.binucleate * response
    pieces = np.where(fragmented, rng.integers(3, 6, count), np.where(binucleate, 2, 1))
    shrink = np.where(fragmented, 0.55 / pieces, np.where(binucleate, 0.72, 1.0))
    return pieces, fragmented, shrink
