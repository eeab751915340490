"""The built-in finder: what it finds, what it does not, and that noise is no nucleus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree

from cdcl.cells.finding import find_all_nuclei
from cdcl.cells.nuclei import find_nuclei, measure_diameter, nuclear_channel
from cdcl.errors import ConfigError
from cdcl.tasks import finish

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache


def paint(centres: NDArray[np.float64], radius: float, size: int, seed: int = 0) -> NDArray[np.uint16]:
    """Discs of different brightness on a sloping background, with the noise of photons."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    image = 200.0 + 150.0 * y / size
    for top, left in centres:
        image += rng.uniform(200, 1000) * (np.square(y - top) + np.square(x - left) <= radius**2)
    return rng.poisson(image).astype(np.uint16)


def scattered(count: int, size: int, apart: float, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    centres: list[NDArray[np.float64]] = []
    while len(centres) < count:
        new = rng.uniform(apart / 2, size - apart / 2, 2)
        if all(np.hypot(*(new - old)) > apart for old in centres):
            centres.append(new)
    return np.array(centres)


def recall_and_precision(found: pd.DataFrame, truth: NDArray[np.float64], within: float) -> tuple[float, float]:
    places = found[["y", "x"]].to_numpy()
    recall = (cKDTree(places).query(truth)[0] < within).mean()
    return float(recall), float((cKDTree(truth).query(places)[0] < within).mean())


@pytest.mark.parametrize("radius", [4, 8, 14])
def test_separate_nuclei_are_found_whatever_their_size(radius: int) -> None:
    truth = scattered(25, 300, 2.6 * radius)
    image = paint(truth, radius, 300)
    diameter = measure_diameter([image])
    assert diameter == pytest.approx(2 * radius, rel=0.25)
    recall, precision = recall_and_precision(find_nuclei(image, diameter), truth, radius / 2)
    assert recall >= 0.96
    assert precision == 1.0


def test_touching_nuclei_are_told_apart() -> None:
    truth = np.array([[50.0, 40.0], [50.0, 57.0], [66.0, 48.0], [120.0, 120.0]])
    found = find_nuclei(paint(truth, 8, 160), 16)
    assert recall_and_precision(found, truth, 5) == (1.0, 1.0)


@pytest.mark.parametrize("level", [5, 200, 5000])
def test_noise_holds_no_nuclei(level: int) -> None:
    noise = np.random.default_rng(0).poisson(level, (200, 200)).astype(np.uint16)
    assert measure_diameter([noise]) is None
    assert [len(find_nuclei(noise, diameter)) for diameter in (8, 20, 40)] == [0, 0, 0]


def test_a_blank_field_holds_no_nuclei() -> None:
    assert len(find_nuclei(np.full((64, 64), 7, dtype=np.uint8), 10)) == 0


def test_the_gain_of_the_camera_changes_nothing() -> None:
    image = paint(scattered(12, 200, 30), 8, 200)
    plain, louder = find_nuclei(image, 16), find_nuclei(image.astype(np.float32) * 3.7 + 50, 16)
    assert len(plain) == len(louder)
    np.testing.assert_allclose(plain[["y", "x"]], louder[["y", "x"]], atol=0.5)


@pytest.mark.parametrize(
    ("channels", "found"),
    [(("Actin", "Tubulin", "DNA"), 2), (("w1 Hoechst", "w2"), 0), (("RNA", "ER"), None), (("AGP", "DAPI-405"), 1)],
)
def test_the_nuclear_channel_is_known_by_its_name(channels: tuple[str, ...], found: int | None) -> None:
    assert nuclear_channel(channels) == found


def test_a_channel_that_is_not_there_is_named_with_the_nearest() -> None:
    assert nuclear_channel(("w1", "w2"), "w2") == 1
    with pytest.raises(ConfigError, match=r"unknown channel 'w3'.*Known: w1, w2"):
        nuclear_channel(("w1", "w2"), "w3")


@pytest.mark.parametrize("workers", [1, 3])
def test_all_nuclei_of_a_screen_are_found_in_order(
    workers: int, cell_cache: PixelCache, true_cells: pd.DataFrame
) -> None:
    cells = finish(find_all_nuclei(cell_cache, 0, workers=workers))
    assert np.bincount(cells.rows).tolist() == [6] * 12
    for row in range(12):
        truth = true_cells.loc[true_cells["row"] == row, ["y", "x"]].to_numpy()
        assert (cKDTree(cells.centres[cells.rows == row]).query(truth)[0] < 1.0).all()
