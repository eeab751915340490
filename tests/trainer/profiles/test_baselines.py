from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.events import Advanced
from cdcl.profiles.baselines import intensity_profiles, noise_profiles
from cdcl.screen import Screen
from cdcl.screen.cache import fill_cache
from cdcl.screen.intensities import Intensities
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen.cache import PixelCache


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    rng = np.random.default_rng(0)
    for number in range(4):
        image = rng.integers(0, 1000 * (number + 1), size=(2, 24, 32)).astype(np.uint16)
        image[1] //= 2
        np.save(tmp_path / f"{number}.npy", image)
    sites = pd.DataFrame(
        {"plate": ["p", "p", "q", "q"], "well": "A01", "site": list("1234"), "path": [f"{n}.npy" for n in range(4)]}
    )
    return Screen(sites, ("DNA", "Actin"), tmp_path)


@pytest.fixture
def cache(screen: Screen, tmp_path: Path) -> PixelCache:
    return finish(fill_cache(screen, tmp_path / "cache"))


def test_the_statistics_are_those_of_the_pixels(screen: Screen, cache: PixelCache) -> None:
    profiles = finish(intensity_profiles(screen, cache))
    assert profiles.level == "site"
    for row in range(4):
        pixels = screen.image(row).reshape(2, -1).astype(np.float64)
        found = dict(zip(profiles.names, profiles.values[row], strict=True))
        assert found["DNA_mean"] == pytest.approx(pixels[0].mean(), rel=1e-5)
        assert found["Actin_std"] == pytest.approx(pixels[1].std(), rel=1e-5)
        assert found["Actin_p01"] == pytest.approx(np.percentile(pixels[1], 1), rel=1e-4)
        assert found["DNA_p99"] == pytest.approx(np.percentile(pixels[0], 99), rel=1e-4)
        assert found["DNA_Actin_correlation"] == pytest.approx(np.corrcoef(pixels)[0, 1], abs=1e-4)
    assert len(profiles.names) == 2 * 9 + 1


def test_the_scale_of_each_plate_is_applied_first(screen: Screen, cache: PixelCache) -> None:
    offset, scale = np.array([[10, 20], [30, 40]], np.float32), np.array([[2, 4], [5, 8]], np.float32)
    intensities = Intensities(screen.channels, "controls", ("p", "q"), offset, scale)
    plain, scaled = finish(intensity_profiles(screen, cache)), finish(intensity_profiles(screen, cache, intensities))
    np.testing.assert_allclose(scaled.values[2, :2], (plain.values[2, :2] - offset[1]) / scale[1], rtol=1e-4)
    np.testing.assert_allclose(scaled.values[:, -1], plain.values[:, -1], atol=1e-4)


def test_a_blank_channel_gives_zeros_and_no_nan(tmp_path: Path, screen: Screen) -> None:
    np.save(tmp_path / "1.npy", np.zeros((2, 24, 32), dtype=np.uint16))
    profiles = finish(intensity_profiles(screen, finish(fill_cache(screen, tmp_path / "cache2"))))
    assert (profiles.values[1] == 0).all()


def test_it_tells_how_far_it_is(screen: Screen, cache: PixelCache) -> None:
    events = []
    finish(intensity_profiles(screen, cache), events.append)
    assert [event.done for event in events if isinstance(event, Advanced)] == [1, 2, 3, 4]


def test_an_empty_screen_is_refused(screen: Screen, cache: PixelCache) -> None:
    cache.readable[:] = False
    with pytest.raises(ProfilesError, match="no site of the screen can be read"):
        finish(intensity_profiles(screen, cache))


def test_noise_follows_its_seed(screen: Screen) -> None:
    one, again, other = (noise_profiles(screen.sites, 16, seed) for seed in (1, 1, 2))
    assert one.values.shape == (4, 16)
    np.testing.assert_array_equal(one.values, again.values)
    assert not np.array_equal(one.values, other.values)
