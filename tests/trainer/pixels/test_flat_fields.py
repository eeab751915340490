"""Light over the field, told from fields of discs that lie anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from cdcl.pixels.flat_fields import FEW, NODES, estimate_flat_field, part_field
from cdcl.synthetic import SyntheticConfig
from cdcl.synthetic.effects import Effects, draw_effects
from cdcl.synthetic.screen import simulate_field
from cdcl.synthetic.treatments import DMSO

SIDE = 64
DARK = 300.0


def light(loss: float, centre: tuple[float, float] = (0.5, 0.5), side: int = NODES) -> np.ndarray:
    """Give the light that is left, `side` places from edge to edge; a corner lacks `loss`."""
    y, x = (np.linspace(0, 1, side)[:, None] - centre[0], np.linspace(0, 1, side)[None] - centre[1])
    return np.asarray(1 - loss * 2 * (y**2 + x**2))


def discs(num: int, loss: float, *, seed: int = 0, centre: tuple[float, float] = (0.5, 0.5)) -> np.ndarray:
    """Draw fields of 15 to 45 discs of any brightness, brighter in some fields than in others, on an offset."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    places = (np.arange(SIDE) + 0.5) / SIDE
    lit = 1 - loss * 2 * ((places[:, None] - centre[0]) ** 2 + (places[None] - centre[1]) ** 2)
    fields = np.empty((num, SIDE, SIDE))
    for field in fields:
        cells, gain = rng.integers(15, 45), 2000 * np.exp(rng.normal(0, 0.3))
        field[:] = 0.05 * gain
        for top, left, size in zip(*rng.uniform(0, SIDE, (2, cells)), rng.uniform(0.6, 1.4, cells), strict=True):
            field[(y - top) ** 2 + (x - left) ** 2 < 9] = gain * size
        field *= lit
    return np.asarray(DARK + fields + rng.normal(0, 10, fields.shape))


def test_flat_fields_stay_flat() -> None:
    found = estimate_flat_field(discs(80, 0.0))
    assert found.is_flat
    assert 0 < found.error < 0.03


@pytest.mark.parametrize("centre", [(0.5, 0.5), (0.4, 0.6)])
def test_a_vignette_is_recovered_to_3_percent_and_the_offset_beside_it(centre: tuple[float, float]) -> None:
    found = estimate_flat_field(discs(150, 0.4, centre=centre))
    truth = light(0.4, centre)
    truth /= light(0.4, centre, 999).mean()
    assert np.sqrt(np.mean((found.plane / truth - 1) ** 2)) < 0.03
    assert found.error < 0.03
    assert abs(found.dark - DARK) < 30


def test_transmitted_light_is_told_too() -> None:
    """All of such an image is bright, and what the camera adds cannot be told from light; dark cells stand out less."""
    rng = np.random.default_rng(0)
    truth = light(0.3, side=SIDE)
    bright = 20_000 - 0.5 * discs(80, 0.0)
    found = estimate_flat_field(bright * truth + rng.normal(0, 10, bright.shape))
    expected = light(0.3) / light(0.3, side=999).mean()
    assert np.sqrt(np.mean((found.plane / expected - 1) ** 2)) < 0.03


def test_too_few_fields_and_even_ones_tell_nothing() -> None:
    assert np.isnan(estimate_flat_field(discs(FEW - 1, 0.4)).error)
    assert estimate_flat_field(np.full((20, SIDE, SIDE), 7.0)).is_flat
    assert part_field(np.full(100, 7.0)) is None


def test_the_surface_keeps_its_mean_at_1() -> None:
    plane = estimate_flat_field(discs(60, 0.5)).plane
    assert plane.dtype == np.float32
    assert (np.diff(plane[NODES // 2, NODES // 2 :]) < 0).all()  # darker and darker to the edge
    inner = plane[1:-1, 1:-1].sum() + (plane[0, 1:-1] + plane[-1, 1:-1] + plane[1:-1, 0] + plane[1:-1, -1]).sum() / 2
    corners = plane[[0, 0, -1, -1], [0, -1, 0, -1]].sum() / 4
    assert (inner + corners) / (NODES - 1) ** 2 == pytest.approx(1, abs=1e-6)


def test_the_simulator_vignettes_as_it_is_asked() -> None:
    effects = draw_effects(SyntheticConfig(batches=2, vignetting=0.4))
    assert {plate.vignetting for plates in effects for plate in plates} == {0.4}
    assert len({plate.vignetting for plates in draw_effects(SyntheticConfig(batches=2)) for plate in plates}) > 1


@pytest.mark.slow
def test_the_vignette_of_a_simulated_plate_is_recovered_to_3_percent() -> None:
    fields = []
    for number in range(384):
        effects = Effects(vignetting=0.4, haze=0.1).at_well(np.random.default_rng([number // 4, 7]))
        field = simulate_field(DMSO, effects, seed=[3, number]).pixels
        fields.append(field.reshape(3, 80, 2, 80, 2).mean(axis=(2, 4)))
    truth = light(0.4) / light(0.4, side=999).mean()
    for channel in range(3):
        found = estimate_flat_field(np.stack(fields)[:, channel])
        assert np.sqrt(np.mean((found.plane / truth - 1) ** 2)) < 0.03
