from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.events import Advanced
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import Intensities
from cdcl.profiles import Profiles
from cdcl.profiles.baselines import (
    batch_profiles,
    cell_count_profiles,
    intensity_profiles,
    layout_profiles,
    noise_profiles,
    standardise_features,
    table_baselines,
)
from cdcl.screen import Screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.pixels.cache import PixelCache


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


@pytest.fixture
def table() -> pd.DataFrame:
    wells = [(f"b{batch}", f"A{well:02d}") for batch in range(3) for well in range(1, 9)]
    counts = np.random.default_rng(0).permutation(24) * 10
    return pd.DataFrame(wells, columns=["batch", "well"]).assign(plate="p", num_cells=counts)


def nearest_rows(values: np.ndarray) -> np.ndarray:
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    return (unit @ unit.T - 9 * np.eye(len(unit))).argmax(axis=1)


def test_a_profile_of_the_batch_finds_its_batch_and_one_of_the_layout_its_position(table: pd.DataFrame) -> None:
    batch, well = table["batch"].to_numpy(), table["well"].to_numpy()
    found = nearest_rows(batch_profiles(table).values)
    assert (batch[found] == batch).all()
    layout = layout_profiles(table).values
    elsewhere = np.where(batch[:, None] == batch, -9, np.corrcoef(layout)).argmax(axis=1)
    assert (well[elsewhere] == well).all()


def test_of_profiles_of_one_batch_no_two_are_equal(table: pd.DataFrame) -> None:
    assert len(np.unique(batch_profiles(table).values, axis=0)) == 24


def test_neighbours_by_cosine_are_neighbours_in_number_of_cells(table: pd.DataFrame) -> None:
    counts = table["num_cells"].to_numpy()
    found = counts[nearest_rows(cell_count_profiles(table).values)]
    assert (np.abs(found - counts) == 10).all()


def test_equal_counts_are_put_in_random_order(table: pd.DataFrame) -> None:
    values = cell_count_profiles(table.assign(num_cells=7)).values
    order = np.argsort(np.arctan2(values[:, 1], values[:, 0]))
    assert not np.array_equal(order, np.arange(24))
    assert np.array_equal(np.sort(order), np.arange(24))


@pytest.mark.parametrize(
    ("make", "spoil", "message"),
    [
        (batch_profiles, lambda table: table.drop(columns="batch"), "unknown column 'batch'"),
        (batch_profiles, lambda table: table.assign(batch="b"), "one batch only"),
        (layout_profiles, lambda table: table.drop(columns="well"), "unknown column 'well'"),
        (cell_count_profiles, lambda table: table.drop(columns="num_cells"), "unknown column 'num_cells'"),
        (cell_count_profiles, lambda table: table.assign(num_cells=["", *range(23)]), "1 row has no number"),
    ],
)
def test_what_a_baseline_needs_is_named(table: pd.DataFrame, make, spoil, message: str) -> None:
    with pytest.raises(ProfilesError, match=message):
        make(spoil(table))


def test_the_baselines_of_a_table_are_those_it_allows(table: pd.DataFrame) -> None:
    profiles = noise_profiles(table, 5, level="well")
    found = table_baselines(profiles)
    assert list(found) == ["noise", "batch only", "batch and position", "cell count"]
    assert {each.level for each in found.values()} == {"well"}
    bare = noise_profiles(table[["plate", "well"]], 5, level="well")
    assert list(table_baselines(bare)) == ["noise"]


def test_features_are_brought_to_one_scale_and_constant_ones_to_zero() -> None:
    values = np.array([[1, 1000, 3], [2, 3000, 3]], dtype=np.float32)
    found = standardise_features(Profiles(values, pd.DataFrame({"plate": ["p", "p"]}), "site"))
    np.testing.assert_allclose(found.values, [[-1, -1, 0], [1, 1, 0]])
