"""A phenotype changes what it says; each test measures the pixels and knows nothing of the painting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import ndimage

from cdcl.synthetic import DMSO, TREATMENTS, Effects, Phenotype, Treatment, simulate_field

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPARSE = Effects(density=0.35, photons=1e6, read_noise=0.0)
"""A good microscope over few cells, so that they seldom touch."""


def fully(**changes: Any) -> NDArray[np.float64]:
    """Fields in which all cells respond."""
    return fields_of(Phenotype(penetrance=1.0, **changes))


@pytest.fixture(scope="module")
def untreated() -> NDArray[np.float64]:
    return fields_of(Phenotype())


def test_larger_nuclei_cover_more_pixels(untreated: NDArray[np.float64]) -> None:
    ratio = np.median(measure_nuclei(fully(nuclear_area=1.75)).area) / np.median(measure_nuclei(untreated).area)
    assert 1.4 < ratio < 2.1


def test_larger_nuclei_hold_the_same_amount_of_dna_as_normal_ones(untreated: NDArray[np.float64]) -> None:
    assert fully(nuclear_area=1.75)[:, 0].sum() == pytest.approx(untreated[:, 0].sum(), rel=0.1)


def test_elongated_nuclei_are_longer_than_they_are_wide(untreated: NDArray[np.float64]) -> None:
    normal, treated = measure_nuclei(untreated), measure_nuclei(fully(nuclear_elongation=1.6))
    assert np.median(treated.elongation) > 1.3 * np.median(normal.elongation)
    assert np.median(treated.area) == pytest.approx(np.median(normal.area), rel=0.15)


def test_binucleate_cells_have_twice_the_nuclei(untreated: NDArray[np.float64]) -> None:
    nuclei = len(measure_nuclei(fully(binucleate=1.0)).area)
    assert nuclei > 1.4 * len(measure_nuclei(untreated).area)


def test_fragmented_nuclei_are_small_and_bright(untreated: NDArray[np.float64]) -> None:
    treated = fully(fragmented=1.0)
    assert np.percentile(treated[:, 0], 99.5) > 1.3 * np.percentile(untreated[:, 0], 99.5)
    assert np.median(measure_nuclei(treated).area) < 0.6 * np.median(measure_nuclei(untreated).area)


def test_more_puncta_make_more_bright_spots_of_actin() -> None:
    assert count_spots(fully(puncta_number=4.0, fibres=0.0)) > 1.5 * count_spots(fully(fibres=0.0))


def test_wider_puncta_make_the_bright_spots_of_actin_coarser() -> None:
    normal, wide = fully(fibres=0.0), fully(fibres=0.0, puncta_size=1.8)
    assert coarse_over_fine(wide[:, 1]) > 1.15 * coarse_over_fine(normal[:, 1])


def test_density_changes_how_many_cells_are_counted() -> None:
    count = {factor: mean_cells(Phenotype(density=factor)) for factor in (0.6, 1.0)}
    assert count[0.6] == pytest.approx(0.6 * count[1.0], rel=0.15)


def test_coarse_mitochondria_are_smoother_from_pixel_to_pixel(untreated: NDArray[np.float64]) -> None:
    assert roughness(fully(coarseness=3.0)[:, 2]) < 0.85 * roughness(untreated[:, 2])


def test_fibres_roughen_the_actin() -> None:
    weak, strong = (fully(fibres=contrast, puncta_number=0.0)[:, 1] for contrast in (0.5, 2.0))
    assert roughness(strong) > 1.1 * roughness(weak)


def test_elongated_cells_lie_farther_from_their_nucleus(untreated: NDArray[np.float64]) -> None:
    assert mean_distance(fully(cell_elongation=2.2), channel=1) > 1.1 * mean_distance(untreated, channel=1)


def test_mitochondria_move_towards_the_nucleus_and_towards_the_edge(untreated: NDArray[np.float64]) -> None:
    near, far = fully(mito_position=-0.3), fully(mito_position=0.35)
    distances = [mean_distance(fields, channel=2) for fields in (near, untreated, far)]
    assert distances[0] < 0.95 * distances[1] < 0.95 * 0.95 * distances[2]


def test_a_cell_that_does_not_respond_is_an_untreated_cell() -> None:
    strong = Phenotype(nuclear_area=2.0, binucleate=1.0, puncta_number=4.0, coarseness=2.0, penetrance=0.0)
    np.testing.assert_array_equal(fields_of(strong, count=1), fields_of(Phenotype(penetrance=0.0), count=1))


@pytest.mark.parametrize("name", TREATMENTS)
def test_a_treatment_moves_stain_and_adds_little_save_the_dna_of_a_second_nucleus(
    name: str, untreated_light: NDArray[np.float64]
) -> None:
    phenotype = TREATMENTS[name].phenotype
    second = 1.0 + 0.4 * phenotype.binucleate * phenotype.penetrance
    ratio = light_per_cell(name) / untreated_light
    np.testing.assert_allclose(ratio, [second, 1.0, 1.0], atol=0.2)


@pytest.fixture(scope="module")
def untreated_light() -> NDArray[np.float64]:
    return light_per_cell(DMSO.name)


def light_per_cell(name: str) -> NDArray[np.float64]:
    """Mean light per cell of each stain, over fields large enough that what is cut at the edges hardly counts."""
    effects = Effects(photons=1e6, read_noise=0.0)
    fields = [simulate_field(TREATMENTS[name], effects, seed=[5, number], size=400) for number in range(3)]
    light = sum((field.pixels.astype(float) - 300.0).sum(axis=(1, 2)) for field in fields)
    return np.asarray(light / sum(field.num_cells for field in fields))


def mean_cells(phenotype: Phenotype) -> float:
    treatment = Treatment("x", 1.0, "x", phenotype)
    return float(np.mean([simulate_field(treatment, Effects(), seed=[3, n], size=320).num_cells for n in range(6)]))


def count_spots(fields: NDArray[np.float64]) -> int:
    """Count local maxima of actin that stand out from their surroundings more than the edge of a cell does."""
    sharp = band(fields[:, 1], 0.7, 2.5)
    return int(((sharp == ndimage.maximum_filter(sharp, (1, 3, 3))) & (sharp > 2500.0)).sum())


def roughness(planes: NDArray[np.float64]) -> float:
    """Mean step between neighbouring pixels of a cell, over its mean light."""
    steps = np.abs(np.diff(planes, axis=2))
    light = planes[:, :, 1:]
    return float(steps[light > 300.0].mean() / light[light > 300.0].mean())


def coarse_over_fine(planes: NDArray[np.float64]) -> float:
    """How far the brightest places stand out at a coarse scale, over how far at a fine one."""
    coarse, fine = (np.percentile(band(planes, *scale), 99.5) for scale in ((2.0, 5.0), (0.7, 1.4)))
    return float(coarse / fine)


def band(planes: NDArray[np.float64], fine: float, coarse: float) -> NDArray[np.float64]:
    """Keep what lies between two scales (differences of Gaussians)."""
    low, high = (ndimage.gaussian_filter(planes, (0, sigma, sigma)) for sigma in (coarse, fine))
    return np.asarray(high - low)


def mean_distance(fields: NDArray[np.float64], *, channel: int) -> float:
    """Mean distance of a channel's light from the nearest nucleus, in pixels."""
    distance = np.stack([ndimage.distance_transform_edt(field[0] < 1000.0) for field in fields])
    light = np.where((fields[:, channel] > 150.0) & (distance < 16.0), fields[:, channel], 0.0)
    return float((light * distance).sum() / light.sum())


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
