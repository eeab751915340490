from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.config.intensities import IntensityConfig
from cdcl.errors import ScreenError
from cdcl.events import Event, Warned
from cdcl.pixels import intensities as module
from cdcl.pixels.cache import PixelCache, fill_cache
from cdcl.pixels.intensities import Intensities, measure_intensities
from cdcl.screen.plates import plate_keys
from cdcl.screen.tables import read_screen_table
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen import Screen

    Make = Callable[..., Screen]
    Noise = Callable[..., list[NDArray[Any]]]


def measure(screen: Screen, cache: PixelCache, **config: Any) -> tuple[Intensities, list[str]]:
    events: list[Event] = []
    result = finish(measure_intensities(screen, cache, IntensityConfig(**config)), events.append)
    return result, [event.message for event in events if isinstance(event, Warned)]


def two_plates(make_screen: Make, noise: Noise) -> Screen:
    """Plate P1 is ten times as bright as P2; the first image of each is a control."""
    images = [image * (10 if row < 3 else 1) for row, image in enumerate(noise(6))]
    control = ["negative", "", ""] * 2
    return make_screen(images, plate=["P1"] * 3 + ["P2"] * 3, control=control)


def pixels(screen: Screen, rows: list[int]) -> NDArray[np.float64]:
    return np.concatenate([screen.image(row).reshape(2, -1) for row in rows], axis=1).astype(np.float64)


@pytest.mark.parametrize(
    ("method", "rows"),
    [("controls", ([0], [3])), ("plate", ([0, 1, 2], [3, 4, 5])), ("dataset", ([0, 1, 2, 3, 4, 5],) * 2)],
)
def test_mean_and_spread_are_those_of_the_named_wells(
    make_screen: Make, noise: Noise, cache_folder: Path, method: str, rows: tuple[list[int], list[int]]
) -> None:
    screen = two_plates(make_screen, noise)
    measured, warned = measure(screen, finish(fill_cache(screen, cache_folder)), method=method)
    assert measured.plates == ("P1", "P2")
    assert measured.offset.dtype == measured.scale.dtype == np.float32
    for plate, plate_rows in enumerate(rows):
        np.testing.assert_allclose(measured.offset[plate], pixels(screen, plate_rows).mean(axis=1), rtol=1e-6)
        np.testing.assert_allclose(measured.scale[plate], pixels(screen, plate_rows).std(axis=1), rtol=1e-6)
    assert not warned


def test_percentiles_become_zero_and_one(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = two_plates(make_screen, noise)
    cache = finish(fill_cache(screen, cache_folder))
    measured, _ = measure(screen, cache, method="percentiles", percentiles=(1, 99))
    low, high = np.percentile(pixels(screen, [0, 1, 2]), [1, 99], axis=1)
    np.testing.assert_allclose(measured.offset[0], low, rtol=1e-6)
    np.testing.assert_allclose(measured.offset[0] + measured.scale[0], high, rtol=1e-6)


@pytest.mark.parametrize(("dtype", "largest"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)])
def test_none_divides_by_the_largest_count(
    make_screen: Make, noise: Noise, cache_folder: Path, dtype: Any, largest: float
) -> None:
    screen = make_screen(noise(2, dtype=dtype))
    measured, _ = measure(screen, finish(fill_cache(screen, cache_folder)), method="none")
    assert measured.offset.tolist() == [[0, 0]]
    assert measured.scale.tolist() == [[largest, largest]]


def test_a_plate_without_controls_is_measured_on_all_its_wells_with_a_warning(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(4), plate=["P1", "P1", "P2", "P2"], control=["negative", "", "", "positive"])
    measured, warned = measure(screen, finish(fill_cache(screen, cache_folder)), method="controls")
    np.testing.assert_allclose(measured.offset[1], pixels(screen, [2, 3]).mean(axis=1), rtol=1e-6)
    assert warned == ["no negative controls on 1 of 2 plates (P2): all wells of a plate set its intensities."]
    assert measured.notes == tuple(warned)


def test_a_blank_channel_is_shifted_and_never_divided_by_zero(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    images = noise(2)
    for image in images:
        image[1] = 30
    screen = make_screen(images)
    cache = finish(fill_cache(screen, cache_folder))
    for method in ("plate", "percentiles", "dataset"):
        measured, warned = measure(screen, cache, method=method)
        assert measured.offset[0, 1] == 30
        assert measured.scale[0, 1] == 1
        assert warned == ["channel Actin is blank on 1 of 1 plates (P1): it is shifted there, not scaled."]


def test_unreadable_images_do_not_count(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(100))
    screen.paths(7)[0].write_bytes(b"")
    measured, _ = measure(screen, finish(fill_cache(screen, cache_folder)), method="plate")
    rows = [row for row in range(100) if row != 7]
    np.testing.assert_allclose(measured.offset[0], pixels(screen, rows).mean(axis=1), rtol=1e-6)


def test_a_large_plate_is_sampled_closely(
    make_screen: Make, noise: Noise, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = make_screen(noise(20, shape=(100, 120)))
    cache = finish(fill_cache(screen, cache_folder))
    exact, _ = measure(screen, cache, method="plate")
    for budget in (40_000, 2_500):
        monkeypatch.setattr(module, "SAMPLE_PIXELS", budget)
        sampled, _ = measure(screen, cache, method="plate")
        np.testing.assert_allclose(sampled.offset, exact.offset, atol=6 * float(exact.scale.max()) / budget**0.5)
        assert (sampled.offset != exact.offset).all()


def test_a_constant_far_from_zero_keeps_its_small_spread(make_screen: Make, cache_folder: Path) -> None:
    image = np.full((2, 50, 50), 60_000, np.uint16)
    image[:, ::2] += 1
    screen = make_screen([image] * 20)
    measured, _ = measure(screen, finish(fill_cache(screen, cache_folder)), method="plate")
    np.testing.assert_allclose(measured.scale, 0.5, rtol=1e-6)


def test_affine_gives_each_key_its_plates_numbers_and_refuses_strangers(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = two_plates(make_screen, noise)
    measured, _ = measure(screen, finish(fill_cache(screen, cache_folder)), method="plate")
    offset, scale = measured.affine(np.array(["P2", "P1", "P2"]))
    assert offset.shape == scale.shape == (3, 2)
    np.testing.assert_array_equal(offset, measured.offset[[1, 0, 1]])
    np.testing.assert_array_equal(scale, measured.scale[[1, 0, 1]])
    with pytest.raises(ScreenError, match=r"unknown plate 'P3'\. Did you mean"):
        measured.affine(np.array(["P1", "P3"]))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_json_gives_the_same_numbers_back(data: st.DataObject) -> None:
    plates = tuple(data.draw(st.lists(st.text(max_size=5), max_size=4, unique=True)))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    numbers = st.lists(finite, min_size=2 * len(plates), max_size=2 * len(plates))
    offset, scale = (np.array(data.draw(numbers), np.float32).reshape(-1, 2) for _ in range(2))
    given_ = Intensities(("a", "b"), "plate", plates, offset, scale, ("note",))
    back = Intensities.from_dict(json.loads(json.dumps(given_.to_dict())))
    assert (back.channels, back.method, back.plates, back.notes) == (("a", "b"), "plate", plates, ("note",))
    np.testing.assert_array_equal(back.offset, offset)
    np.testing.assert_array_equal(back.scale, scale)


def test_real_dmso_cells_have_mean_zero_and_spread_one(shared_data: Path, cache_folder: Path) -> None:
    screen = read_screen_table(shared_data / "bbbc021_cells" / "metadata.csv")
    cache = finish(fill_cache(screen, cache_folder))
    measured, warned = measure(screen, cache)
    assert not warned
    assert len(measured.plates) == 6
    offset, scale = measured.affine(plate_keys(screen.sites).to_numpy())
    rows = np.flatnonzero((screen.sites["control"] == "negative") & (screen.sites["plate"] == "Week4_27481"))
    shown = np.stack([(cache.field(row) - offset[row][:, None, None]) / scale[row][:, None, None] for row in rows])
    np.testing.assert_allclose(shown.mean(axis=(0, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(shown.std(axis=(0, 2, 3)), 1, rtol=1e-4)
