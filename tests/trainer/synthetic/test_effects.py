from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cdcl.synthetic import DMSO, Effects, SyntheticConfig, draw_effects, simulate_field
from cdcl.synthetic import effects as drawing

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISELESS = {"photons": 1e9, "read_noise": 0.0}


def flat_light(value: float = 1.0) -> NDArray[np.float32]:
    return np.full((3, 41, 41), value, dtype=np.float32)


def acquire(effects: Effects, light: NDArray[np.float32]) -> NDArray[np.float64]:
    return effects.acquire(light, np.random.default_rng(0)).astype(float)


def test_counts_are_background_plus_gain_times_light_where_nothing_else_acts() -> None:
    counts = acquire(Effects(gain=(1000.0, 2000.0, 3000.0), background=(10.0, 20.0, 30.0), **NOISELESS), flat_light(2))
    assert counts.mean(axis=(1, 2)) == pytest.approx([2010, 4020, 6030], abs=1)


def test_gamma_bends_the_response() -> None:
    counts = acquire(Effects(gamma=(0.5, 1.0, 2.0), background=(0.0, 0.0, 0.0), **NOISELESS), flat_light(4))
    assert counts.mean(axis=(1, 2)) == pytest.approx([8000, 16000, 64000], abs=1)


def test_vignetting_darkens_the_corner_by_its_share_and_spares_the_centre() -> None:
    counts = acquire(Effects(vignetting=0.5, background=(0.0, 0.0, 0.0), **NOISELESS), flat_light())
    assert counts[0, 20, 20] == pytest.approx(4000, abs=1)
    assert counts[0, 0, 0] == pytest.approx(2000, abs=1)


def test_bleed_shows_one_stain_in_the_channel_of_another() -> None:
    light = flat_light(0.0)
    light[0] = 1.0
    counts = acquire(Effects(bleed=(0.2, 0.0, 0.0), background=(0.0, 0.0, 0.0), **NOISELESS), light)
    assert counts.mean(axis=(1, 2)) == pytest.approx([4000, 800, 0], abs=1)


def test_blur_and_haze_spread_light_but_lose_none() -> None:
    light = flat_light(0.0)
    light[:, 20, 20] = 10.0
    sharp, soft, hazy = (
        acquire(Effects(background=(0.0, 0.0, 0.0), **blur, **NOISELESS), light)[0]
        for blur in ({}, {"focus": (1.5, 1.5, 1.5)}, {"haze": 0.3})
    )
    assert soft.max() < 0.5 * sharp.max()
    assert hazy.max() < sharp.max()
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.01)


def test_fewer_photons_are_noisier_as_poisson_says() -> None:
    counts = acquire(Effects(photons=100.0, read_noise=0.0), flat_light())
    assert (counts - 300.0).std() / 4000.0 == pytest.approx(0.1, rel=0.05)


def test_counts_saturate_and_do_not_wrap() -> None:
    assert (acquire(Effects(gain=(1e6, 1e6, 1e6)), flat_light()) == 65535).all()


@settings(max_examples=20, deadline=None)
@given(batches=st.integers(2, 8), seed=st.integers(0, 10**6))
def test_batches_share_no_stratum_of_any_effect(batches: int, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "PLATE_SPREAD", 0.0)
        effects = draw_effects(SyntheticConfig(batches=batches, seed=seed))
    for name in ("photons", "vignetting", "haze", "density"):
        low, high, _ = drawing.RANGES[name]
        values = np.array([getattr(plates[0], name) for plates in effects])
        strata = np.floor(batches * np.log(values / low) / np.log(high / low))
        assert sorted(strata) == list(range(batches))


def test_the_plates_asked_for_are_drawn_and_none_is_alike() -> None:
    effects = draw_effects(SyntheticConfig(batches=5, plates_per_batch=3))
    assert [len(plates) for plates in effects] == [3] * 5
    assert len({plate for plates in effects for plate in plates}) == 15


def test_plates_of_a_batch_are_more_alike_than_batches_are() -> None:
    effects = draw_effects(SyntheticConfig(batches=6, plates_per_batch=8))
    gains = np.log([[plate.gain for plate in batch] for batch in effects])
    assert gains.std(axis=1).mean() < 0.5 * gains.mean(axis=1).std(axis=0).mean()


def test_weaker_batch_effects_bring_batches_together_and_none_makes_all_plates_alike() -> None:
    gains = {
        strength: [
            np.log(plate.gain) for batch in draw_effects(SyntheticConfig(batch_effects=strength)) for plate in batch
        ]
        for strength in (1.0, 0.5, 0.0)
    }
    np.testing.assert_allclose(np.std(gains[0.5], axis=0), 0.5 * np.std(gains[1.0], axis=0), rtol=1e-9)
    assert np.std(gains[0.0]) < 1e-12


def test_the_effects_of_a_seed_are_always_the_same_and_of_another_seed_others() -> None:
    assert draw_effects(SyntheticConfig(seed=3)) == draw_effects(SyntheticConfig(seed=3))
    assert draw_effects(SyntheticConfig(seed=3)) != draw_effects(SyntheticConfig(seed=4))


def test_wells_stray_from_their_plate_in_staining_and_density_only() -> None:
    plate = Effects()
    well = plate.at_well(np.random.default_rng(0))
    assert well.gain != plate.gain
    assert well.density != plate.density
    assert (well.focus, well.background, well.bleed) == (plate.focus, plate.background, plate.bleed)


def test_scaling_a_plate_does_not_undo_its_batch() -> None:
    """With mean and spread of each plate taken out, the nearest other field is still of the same batch."""
    plates = [batch[0] for batch in draw_effects(SyntheticConfig(batches=4))]
    scaled = [_scale(np.stack([simulate_field(DMSO, plate, seed=[7, n]).pixels for n in range(6)])) for plate in plates]
    grain = np.log([[[_grain(field, sigma) for sigma in (0.5, 1.0, 2.0)] for field in fields] for fields in scaled])
    features = grain.reshape(24, -1)
    distance = ((features[:, None] - features[None]) ** 2).sum(axis=2) + np.diag([np.inf] * 24)
    same = distance.argmin(axis=1) // 6 == np.arange(24) // 6
    assert same.mean() > 0.8


def _scale(fields: NDArray[np.uint16]) -> NDArray[np.float64]:
    mean, spread = (measure(fields, axis=(0, 2, 3), keepdims=True) for measure in (np.mean, np.std))
    return np.asarray((fields - mean) / spread)


def _grain(field: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Contrast of each channel at a scale."""
    blurred = ndimage.gaussian_filter(field, (0, sigma, sigma))
    return np.asarray((blurred - ndimage.gaussian_filter(blurred, (0, sigma, sigma))).std(axis=(1, 2)))
