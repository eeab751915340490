"""Measure simulated cells by thresholds and labels, independently of how they were painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from cdcl.synthetic import Effects, Phenotype, Treatment, simulate_field

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPARSE = Effects(density=0.35, photons=1e6, read_noise=0.0)
"""A good microscope over few cells, so that they seldom touch."""


@dataclass(frozen=True)
class Nuclei:
    """One value a nucleus that lies wholly inside a field."""

    area: NDArray[np.float64]
    elongation: NDArray[np.float64]


def fields_of(phenotype: Phenotype, *, count: int = 8) -> NDArray[np.float64]:
    """Simulate clean fields (count, 3, 160, 160) of a phenotype, and take the background away."""
    treatment = Treatment("x", 1.0, "x", phenotype)
    fields = [simulate_field(treatment, SPARSE, seed=[7, number]).pixels for number in range(count)]
    return np.maximum(np.stack(fields).astype(float) - 300.0, 0.0)


def measure_nuclei(fields: NDArray[np.float64]) -> Nuclei:
    """Label the DNA of fields and measure each object by its moments."""
    measured = [shape for field in fields for shape in _shapes(field[0])]
    area, elongation = np.array(measured).T
    return Nuclei(area, elongation)


def _shapes(dna: NDArray[np.float64]) -> list[tuple[float, float]]:
    labels, _ = ndimage.label(dna > 1000.0)
    shapes = []
    for number, where in enumerate(ndimage.find_objects(labels), start=1):
        if any(part.start == 0 or part.stop == dna.shape[0] for part in where):
            continue
        points = np.argwhere(labels[where] == number)
        if len(points) > 8:
            small, large = np.linalg.eigvalsh(np.cov(points.T) + np.eye(2) / 12.0)
            shapes.append((float(len(points)), float(np.sqrt(large / small))))
    return shapes
