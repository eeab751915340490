"""Paint a population: the light a perfect microscope would see, one plane a stain, about 1 where stain is normal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.synthetic import textures
from cdcl.synthetic.population import CELL_RADIUS, NUCLEAR_RADIUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.synthetic.population import Population

    Floats = NDArray[np.float32]
    Frame = tuple[Floats, Floats]

CHANNELS = ("DNA", "Actin", "Mito")
"""The stains, in the order of the planes."""
CELL_PATCH, NUCLEUS_PATCH, PUNCTUM_PATCH = 72, 36, 13
"""Sides of the squares that a cell, a nucleus and a bright spot are painted in, in pixels: the largest fit whole."""


def paint(population: Population, rng: np.random.Generator, *, size: int, magnification: float = 1.0) -> Floats:
    """Paint all cells into planes (3, size, size), in the order of `CHANNELS`."""
    planes = np.zeros((len(CHANNELS), size + 2 * CELL_PATCH, size + 2 * CELL_PATCH), dtype=np.float32)
    nuclei, owner, y, x, turn = _place_nuclei(population, rng, magnification)
    _add(planes[0], y, x, _nuclei(population, rng, nuclei, (y, x, turn, owner)))
    actin, mito = _cytoplasm(population, rng, magnification)
    _lay(planes[1], population.y, population.x, actin)
    _lay(planes[2], population.y, population.x, mito)
    _add_puncta(planes[1], population, rng)
    return planes[:, CELL_PATCH:-CELL_PATCH, CELL_PATCH:-CELL_PATCH]


def _cytoplasm(population: Population, rng: np.random.Generator, magnification: float) -> tuple[Floats, Floats]:
    """Paint actin and mitochondria of each cell, two stacks (N, CELL_PATCH, CELL_PATCH) of constant sums."""
    along, across = _frame(population.y, population.x, population.angle, CELL_PATCH)
    offset = _column(rng.uniform(0.0, 256.0, (2, len(population))))
    distance = _distance(along, across, population.cell_axes)
    distance += 0.18 * textures.read(textures.smooth_noise(), along / 4.0 + offset[0], across / 4.0 + offset[1])
    body = _soft_step(1.0 - distance, 0.07)
    nuclear = _distance(along, across, _nuclear_zone(population))
    grain = _column(population.coarseness)
    bundles = textures.read(textures.fibres(), along + offset[0], across + offset[1])
    actin = body * (0.35 + 0.4 * _column(population.fibres) * bundles)
    actin += 0.8 * body * np.exp(-(((distance - 0.86) / 0.12) ** 2))
    actin *= 1.0 - 0.35 * _soft_step(1.0 - nuclear, 0.15)
    web = textures.read(textures.network(), along / grain + offset[1], across / grain + offset[0])
    between = np.maximum(nuclear - 1.0, 0.0) * NUCLEAR_RADIUS
    between /= between + np.maximum(1.0 - distance, 0.0) * CELL_RADIUS + 1e-3
    where = np.exp(-(((between - _column(population.mito_position)) / 0.27) ** 2))
    mito = body * (0.06 + web * where) * _soft_step(nuclear - 1.0, 0.12)
    normal = np.pi * (CELL_RADIUS * magnification) ** 2
    spots = 0.012 * population.puncta * (population.puncta_width / 0.95) ** 2
    return (
        _scaled(actin, 0.75 * normal * population.stain[:, 1] * np.clip(1.0 - spots, 0.5, 1.0)),
        _scaled(mito, 0.45 * normal * population.stain[:, 2]),
    )


def _place_nuclei(
    population: Population, rng: np.random.Generator, magnification: float
) -> tuple[Floats, NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give each nucleus or piece its sum of stain, its cell, its centre (y, x) and its angle."""
    owner = np.repeat(np.arange(len(population)), population.pieces)
    pieces = population.pieces[owner]
    order = np.arange(len(owner)) - np.repeat(np.cumsum(population.pieces) - population.pieces, population.pieces)
    fragmented = population.fragmented[owner]
    along = np.where(pieces == 1, 0.0, np.where(fragmented, 0.62, 1.02))
    around = 2.0 * np.pi * order / pieces + np.where(fragmented, rng.uniform(-0.5, 0.5, len(owner)), 0.0)
    reach = along * NUCLEAR_RADIUS * magnification * np.where(fragmented, rng.uniform(0.7, 1.5, len(owner)), 1.0)
    angle = population.angle[owner] + around
    turn = population.angle[owner] + np.where(pieces == 2, 0.5 * np.pi, 0.0) + rng.normal(0.0, 0.25, len(owner))
    share = np.where(fragmented, 1.0 / pieces, np.where(pieces == 2, 0.7, 1.0))
    sums = np.pi * (NUCLEAR_RADIUS * magnification) ** 2 * share * population.stain[owner, 0]
    y = population.y[owner] + reach * np.sin(angle)
    x = population.x[owner] + reach * np.cos(angle)
    return sums.astype(np.float32), owner, y, x, turn


def _nuclei(
    population: Population,
    rng: np.random.Generator,
    sums: Floats,
    places: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
) -> Floats:
    """Paint nuclei with grainy chromatin and dark nucleoli, (M, NUCLEUS_PATCH, NUCLEUS_PATCH)."""
    y, x, turn, owner = places
    along, across = _frame(y, x, turn, NUCLEUS_PATCH)
    offset = _column(rng.uniform(0.0, 256.0, (2, len(y))))
    distance = _distance(along, across, population.nuclear_axes[owner])
    distance += 0.05 * textures.read(textures.smooth_noise(), along / 2.0 + offset[1], across / 2.0 + offset[0])
    grain = _column(population.coarseness[owner])
    chromatin = textures.read(textures.smooth_noise(), along / grain + offset[0], across / grain + offset[1])
    nucleoli = _soft_step(chromatin - 1.3, 0.2) * _soft_step(0.75 - distance, 0.1)
    inside = _soft_step(1.0 - distance, 0.08)
    return _scaled(inside * (1.0 + 0.16 * chromatin) * (1.0 - 0.6 * nucleoli), sums)


def _add_puncta(plane: Floats, population: Population, rng: np.random.Generator) -> None:
    """Add bright spots between nucleus and edge of each cell."""
    owner = np.repeat(np.arange(len(population)), population.puncta)
    radius, around = rng.uniform(0.5, 0.85, len(owner)), rng.uniform(0.0, 2.0 * np.pi, len(owner))
    along = radius * np.cos(around) * population.cell_axes[owner, 0]
    across = radius * np.sin(around) * population.cell_axes[owner, 1]
    cos, sin = np.cos(population.angle[owner]), np.sin(population.angle[owner])
    y = population.y[owner] + along * sin + across * cos
    x = population.x[owner] + along * cos - across * sin
    dy, dx = _frame(y, x, np.zeros(len(owner)), PUNCTUM_PATCH)
    width = _column(population.puncta_width[owner])
    bright = _column(1.6 * population.stain[owner, 1] * np.exp(rng.normal(0.0, 0.3, len(owner))))
    _add(plane, y, x, bright * np.exp(-(dy**2 + dx**2) / (2.0 * width**2)))


def _nuclear_zone(population: Population) -> NDArray[np.float64]:
    """Give half-axes (N, 2) of the zone that nuclei keep free of mitochondria."""
    stretch = np.where(population.pieces == 2, [[2.0], [1.2]], 1.0).T
    whole = np.where(population.fragmented, np.sqrt(population.pieces * 2.0), 1.0)
    return population.nuclear_axes * stretch * whole[:, None]


def _frame(y: NDArray[np.float64], x: NDArray[np.float64], angle: NDArray[np.float64], side: int) -> Frame:
    """Give the pixels' coordinates along and across each object's long axis, two arrays (N, side, side)."""
    steps = np.arange(side, dtype=np.float32) - side // 2
    dy = steps[None, :, None] - _column(y - np.floor(y))
    dx = steps[None, None, :] - _column(x - np.floor(x))
    cos, sin = _column(np.cos(angle)), _column(np.sin(angle))
    return dx * cos + dy * sin, dy * cos - dx * sin


def _distance(along: Floats, across: Floats, axes: NDArray[np.float64]) -> Floats:
    """Give the distance from the centre, 1 on the ellipse of half-axes `axes`."""
    distance: Floats = np.sqrt((along / _column(axes[:, 0])) ** 2 + (across / _column(axes[:, 1])) ** 2)
    return distance


def _soft_step(value: Floats, softness: float) -> Floats:
    """Go from 0 to 1 around value 0, over about four times `softness`."""
    step: Floats = 0.5 + 0.5 * np.tanh(value / (2.0 * softness))
    return step


def _scaled(stack: Floats, sums: NDArray[np.floating]) -> Floats:
    """Scale each square of a stack (N, P, P) to its sum of light."""
    return stack * _column(sums / np.maximum(stack.sum(axis=(1, 2)), 1e-6))


def _column(values: NDArray[np.floating]) -> Floats:
    """Give values (..., N) as float32 (..., N, 1, 1), ready to meet a stack."""
    return np.asarray(values, dtype=np.float32)[..., None, None]


def _corners(y: NDArray[np.float64], x: NDArray[np.float64], side: int) -> NDArray[np.int64]:
    """Give the first row and column (N, 2) of each square on planes with a border of CELL_PATCH pixels."""
    return np.floor(np.stack([y, x], axis=1)).astype(np.int64) + CELL_PATCH - side // 2


def _add(plane: Floats, y: NDArray[np.float64], x: NDArray[np.float64], stack: Floats) -> None:
    """Add squares to a plane: light of overlapping objects sums."""
    side = stack.shape[1]
    for (top, left), square in zip(_corners(y, x, side).tolist(), stack, strict=True):
        plane[top : top + side, left : left + side] += square


def _lay(plane: Floats, y: NDArray[np.float64], x: NDArray[np.float64], stack: Floats) -> None:
    """Lay squares on a plane: where cells meet, the brighter one is seen, and a fifth of the other."""
    side = stack.shape[1]
    for (top, left), square in zip(_corners(y, x, side).tolist(), stack, strict=True):
        below = plane[top : top + side, left : left + side]
        below[:] = np.maximum(below, square) + 0.2 * np.minimum(below, square)
