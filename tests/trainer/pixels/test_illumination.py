"""Planes of light beside the pixels: where they come from, and that views of any size are corrected by the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cdcl.cli import main
from cdcl.config.intensities import IntensityConfig
from cdcl.data.cutting import ViewCutter
from cdcl.data.tiles import plain_crops
from cdcl.errors import ImageError, ScreenError
from cdcl.events import Event, Warned
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.illumination import FLAT, TABLE, FieldLight, Illumination
from cdcl.pixels.intensities import measure_intensities
from cdcl.pixels.measuring_illumination import measure_illumination
from cdcl.readers import read_screen
from cdcl.screen.plates import plate_keys
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen

    Make = Callable[..., Screen]

SHAPE = (48, 60)
AUTO = IntensityConfig(illumination="auto")


def lamp(shape: tuple[int, int] = SHAPE, slope: float = 0.6) -> NDArray[np.float64]:
    y, x = (np.linspace(-1, 1, length) for length in shape)
    return np.asarray(1.0 + slope * y[:, None] / 2 + 0.1 * x[None] ** 2)


def lit_screen(make: Make, folder: Path, num: int = 4, function: NDArray[Any] | None = None) -> Screen:
    """Fields of even counts under the lamp, which the table names for DNA."""
    images = [np.stack([1000 * (row + 1) * lamp(), np.full(SHAPE, 500.0)]).astype(np.float32) for row in range(num)]
    np.save(folder / "lamp.npy", lamp() * 7 if function is None else function)
    return make(images, illum_DNA=str(folder / "lamp.npy"), control=["negative"] * num)


def measured(screen: Screen, cache: PixelCache, config: IntensityConfig = AUTO) -> tuple[Illumination, list[str]]:
    events: list[Event] = []
    found = finish(measure_illumination(screen, cache, config), events.append)
    assert found is not None
    return found, [event.message for event in events if isinstance(event, Warned)]


def light_of(screen: Screen, cache: PixelCache) -> FieldLight:
    return FieldLight.of(measured(screen, cache)[0], plate_keys(screen.sites).to_numpy(), cache.sizes)


def test_none_is_measured_where_none_is_asked_for(make_screen: Make, tmp_path: Path, cache_folder: Path) -> None:
    screen = lit_screen(make_screen, tmp_path)
    cache = finish(fill_cache(screen, cache_folder))
    assert finish(measure_illumination(screen, cache, IntensityConfig())) is None


def test_a_function_of_the_table_is_applied_and_a_channel_without_one_told_from_its_fields(
    make_screen: Make, tmp_path: Path, cache_folder: Path
) -> None:
    screen = lit_screen(make_screen, tmp_path)
    cache = finish(fill_cache(screen, cache_folder))
    found, _ = measured(screen, cache)
    assert found.origins.tolist() == [[TABLE, FLAT]]
    light = light_of(screen, cache)
    for row in range(len(screen)):
        corrected = light.whole(row, cache.field(row))
        np.testing.assert_allclose(corrected[0], 1000 * (row + 1) * lamp().mean(), rtol=2e-3)
        np.testing.assert_array_equal(corrected[1], 500)
    np.testing.assert_array_equal(cache.field(0)[0], (1000 * lamp()).astype(np.float32))  # never baked in


@pytest.mark.parametrize("masked", [False, True])
def test_views_of_any_crop_and_size_are_corrected(
    make_screen: Make, tmp_path: Path, cache_folder: Path, *, masked: bool
) -> None:
    screen = lit_screen(make_screen, tmp_path)
    cache = finish(fill_cache(screen, cache_folder))
    boxes = np.array([[0, 0, 48, 48], [13, 7, 20, 20], [40, 52, 8, 8]])
    crops = plain_crops(np.array([0, 1, 2]), boxes, 2)
    affine = (np.zeros((3, 2), np.float32), np.ones((3, 2), np.float32))
    masks = [np.zeros(tuple(box[2:]), bool) for box in boxes] if masked else None
    views = ViewCutter(cache.levels, light=light_of(screen, cache)).cut(crops, 16, affine, masks)
    for row, view in enumerate(views):
        # Resizing weighs pixels on one side only at a view's edge: up to a third of the 3 % between two of its pixels.
        np.testing.assert_allclose(view[0].astype(float), 1000 * (row + 1) * lamp().mean(), rtol=1e-2)
    reordered = FieldLight.of(
        measured(screen, cache)[0].of_channels(["Actin", "DNA"]), np.array(["P1"] * 4), cache.sizes
    )
    swapped = ViewCutter(cache.levels, [1, 0], light=reordered).cut(crops, 16, affine, masks)
    np.testing.assert_array_equal(swapped[:, ::-1], views)


def test_intensities_are_those_of_corrected_pixels(make_screen: Make, tmp_path: Path, cache_folder: Path) -> None:
    screen = lit_screen(make_screen, tmp_path, num=1)
    cache = finish(fill_cache(screen, cache_folder))
    plain = finish(measure_intensities(screen, cache, AUTO))
    corrected = finish(measure_intensities(screen, cache, AUTO, light_of(screen, cache)))
    assert corrected.scale[0, 0] < 0.01 * plain.scale[0, 0]
    np.testing.assert_allclose(corrected.offset, [[1000 * lamp().mean(), 500]], rtol=1e-3)


def test_planes_are_read_back_as_they_were_used(make_screen: Make, tmp_path: Path, cache_folder: Path) -> None:
    screen = lit_screen(make_screen, tmp_path)
    found, _ = measured(screen, finish(fill_cache(screen, cache_folder)))
    again = Illumination.from_dict(json.loads(json.dumps(found.to_dict())))
    for name in ("planes", "dark", "errors", "origins"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    broken = found.to_dict() | {"planes": Illumination.to_dict(found)["planes"][:-8]}
    with pytest.raises(ValueError, match="reshape"):
        Illumination.from_dict(broken)
    with pytest.raises(ScreenError, match="no illumination is known for this plate: "):
        found.places(np.array(["P9"]))


def test_known_plates_keep_their_planes_and_new_ones_bring_their_own(
    make_screen: Make, tmp_path: Path, cache_folder: Path
) -> None:
    screen = lit_screen(make_screen, tmp_path)
    found, _ = measured(screen, finish(fill_cache(screen, cache_folder)))
    other = Illumination(("Actin",), ("P1",), found.planes[:, :1] ** 2, found.dark[:, :1] + 1, *_rest(found))
    mixed = found.known_from(other)
    np.testing.assert_array_equal(mixed.planes[0, 0], found.planes[0, 0])
    np.testing.assert_array_equal(mixed.planes[0, 1], other.planes[0, 0])
    assert mixed.dark.tolist() == [[0, 1]]


def _rest(found: Illumination) -> tuple[Any, Any]:
    return found.errors[:, :1], found.origins[:, :1]


def test_a_function_that_is_nowhere_is_said_and_told_from_the_fields(
    make_screen: Make, tmp_path: Path, cache_folder: Path
) -> None:
    screen = lit_screen(make_screen, tmp_path)
    cache = finish(fill_cache(screen, cache_folder))
    (tmp_path / "lamp.npy").unlink()
    found, warned = measured(screen, cache)
    assert (found.planes == 1).all()
    assert "1 illumination functions that the table names are not there" in warned[0]
    assert "fewer than 12 fields" in warned[1]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lamp((24, 60)), "of 24 x 60 pixels, but the fields are 48 x 60"),
        (np.where(lamp() < 0.8, 0, lamp()), "with .* pixels of 0 or less"),
        (np.full(SHAPE, np.nan), "NaN"),
    ],
)
def test_a_wrong_function_is_refused_in_one_line(
    make_screen: Make, tmp_path: Path, cache_folder: Path, function: NDArray[Any], said: str
) -> None:
    screen = lit_screen(make_screen, tmp_path, function=function)
    with pytest.raises(ImageError, match=said):
        measured(screen, finish(fill_cache(screen, cache_folder)))


def test_two_functions_on_one_plate_are_refused(make_screen: Make, tmp_path: Path, cache_folder: Path) -> None:
    screen = lit_screen(make_screen, tmp_path)
    screen.sites.loc[0, "illum_DNA"] = "other.npy"
    with pytest.raises(ScreenError, match="names 2 illumination functions on one plate"):
        measured(screen, finish(fill_cache(screen, cache_folder)))


def test_the_offset_of_8_bit_fields_is_in_counts_though_their_levels_are_not(
    make_screen: Make, cache_folder: Path
) -> None:
    rng = np.random.default_rng(0)
    fall = 1 - 0.5 * np.linspace(0, 1, 128)[None]
    spots = [np.kron(rng.random((16, 16)) < 0.2, np.ones((8, 8))) for _ in range(40)]
    images = [np.stack([20 + (10 + 150 * each) * fall] * 2).astype(np.uint8) for each in spots]
    screen = make_screen(images, well=[f"{'ABCD'[row // 10]}{row % 10 + 1:02d}" for row in range(40)])
    cache = finish(fill_cache(screen, cache_folder))
    found, _ = measured(screen, cache)
    assert found.loss()[0] == pytest.approx(0.5, abs=0.08)
    assert found.dark[0] == pytest.approx(20, abs=5)
    corrected = light_of(screen, cache).whole(0, cache.field(0))[0]
    dim = corrected[spots[0] == 0]
    assert np.ptp(dim) < 12  # 10 counts lost a half of themselves before; the offset is not lit


def test_a_binned_screen_takes_the_function_of_its_files(make_screen: Make, tmp_path: Path, cache_folder: Path) -> None:
    from cdcl.images.reduction import Reduction

    screen = lit_screen(make_screen, tmp_path).reduced(Reduction(4))
    cache = finish(fill_cache(screen, cache_folder))
    corrected = light_of(screen, cache).whole(0, cache.field(0))
    np.testing.assert_allclose(corrected[0], 1000 * lamp().mean(), rtol=5e-3)


def test_the_verb_refuses_in_one_line_and_shows_what_it_found(
    make_screen: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = lit_screen(make_screen, tmp_path)
    write_screen(screen, tmp_path / "screen.csv")
    cache = ["--cache", str(tmp_path / "cache")]
    assert main(["illumination", str(tmp_path / "screen.csv"), *cache]) == 2
    assert "say where the illumination of" in capsys.readouterr().err
    assert main(["illumination", str(tmp_path / "screen.csv"), "-o", str(tmp_path / "light"), *cache]) == 0
    assert "1 named by the table, 1 not told from flat" in capsys.readouterr().err
    assert (tmp_path / "light" / "illumination.png").stat().st_size > 1000
    np.save(tmp_path / "lamp.npy", np.ones((5, 5)))
    assert main(["illumination", str(tmp_path / "screen.csv"), "-o", str(tmp_path / "other"), *cache]) == 2
    assert capsys.readouterr().err.count("error:") == 1
    assert read_screen(tmp_path / "screen.csv").sites["illum_DNA"].iloc[0] == "lamp.npy"
