"""Views from levels against views from all pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import ndimage

from cdcl.config import CropConfig, ViewConfig
from cdcl.data.crops import CropDrawer, Crops
from cdcl.data.cutting import ViewCutter
from cdcl.data.full_resolution import copy_windows, resized
from cdcl.pixels.levels import FieldLevels

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 0.05
"""Root mean square difference of a view from antialiased resizing at full resolution, in spreads of the image.

Measured on the real images of BBBC021: at most 0.043.
"""
WORST = 0.15
"""The same where a field is nothing but white noise, which no lens gives."""


def make_field(side: int, dtype: Any) -> NDArray[Any]:
    """Spots of several sizes on a background, with the noise of photons: as sharp as a microscope gives them."""
    rng = np.random.default_rng(side)
    spots = sum(ndimage.gaussian_filter(rng.random((2, side, side)) ** 40, (0, s, s)) * s**2 for s in (1.5, 4, 12))
    field = rng.poisson(300 + 20000 * spots / spots.max())
    return (field / 64).clip(0, 255).astype(dtype) if dtype == np.uint8 else field.astype(dtype)


def draw(side: int, size: int) -> Crops:
    config = ViewConfig(aspect=1.333)
    drawer = CropDrawer(config, np.array([[0, 0, side, side]]), 2)
    rng, rows = np.random.default_rng(0), np.zeros(24, np.int64)
    return drawer.draw(rows, drawer.draw_windows(rows, rng), CropConfig(count=1, size=size, scale=(0.05, 1.0)), rng)


def measured(field: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give mean and spread of each channel, for 24 crops."""
    numbers = (field.mean(axis=(1, 2), dtype=np.float64), field.std(axis=(1, 2), dtype=np.float64))
    return tuple(np.tile(number, (24, 1)).astype(np.float32) for number in numbers)  # type: ignore[return-value]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(("side", "size"), [(520, 96), (520, 224), (1080, 64)])
def test_views_from_levels_are_those_from_all_pixels_to_within_the_tolerance(side: int, size: int, dtype: Any) -> None:
    field = make_field(side, dtype)
    crops, levels = draw(side, size), FieldLevels.of(field)
    affine = measured(field)
    ours = ViewCutter(lambda _row: levels).cut(crops, size, affine).astype(np.float32)
    theirs = resized(copy_windows(lambda _row: field, crops, affine), size)
    assert np.sqrt(np.square(ours - theirs).mean(axis=(1, 2, 3))).max() < TOLERANCE
    assert np.abs((ours - theirs).mean(axis=(1, 2, 3))).max() < TOLERANCE / 10, "no shift in brightness"


def test_even_pure_noise_is_seen_nearly_as_it_was() -> None:
    field = np.random.default_rng(0).poisson(400, (2, 520, 520)).astype(np.uint16)
    crops, levels = draw(520, 64), FieldLevels.of(field)
    ours = ViewCutter(lambda _row: levels).cut(crops, 64, measured(field)).astype(np.float32)
    theirs = resized(copy_windows(lambda _row: field, crops, measured(field)), 64)
    assert np.sqrt(np.square(ours - theirs).mean(axis=(1, 2, 3))).max() < WORST


def test_views_are_not_shifted_by_their_level() -> None:
    # A blob in the middle of a crop has its centre of mass in the middle of the view, at whatever level it is read.
    y, x = np.mgrid[:1024, :1024]
    field = (4000 * np.exp(-((y - 500) ** 2 + (x - 500) ** 2) / (2 * 60.0**2)))[None].astype(np.uint16)
    levels = FieldLevels.of(field)
    for side in (200, 401, 802, 998):
        view = np.empty((1, 100, 100), np.float32)
        levels.cut((500 - side // 2, 500 - side // 2, side, side), view)
        centre = ndimage.center_of_mass(view[0])
        middle = (side // 2 + 0.5) * 100 / side - 0.5
        reach = side / 2 / 60  # in sigmas: of a blob that is cut off unevenly, the centre of mass is elsewhere
        assert centre == pytest.approx((middle, middle), abs=0.02 if reach > 3 else 0.3)


def test_threads_and_channel_order_change_nothing_else() -> None:
    field = make_field(260, np.uint16)
    crops, levels = draw(260, 32), FieldLevels.of(field)
    offset, scale = measured(field)
    alone = ViewCutter(lambda _row: levels).cut(crops, 32, (offset, scale))
    with ThreadPoolExecutor(3) as pool:
        cutter = ViewCutter(lambda _row: levels, order=[1, 0], pool=pool)
        swapped = cutter.cut(crops, 32, (offset[:, ::-1], scale[:, ::-1]))
    np.testing.assert_array_equal(swapped[:, ::-1], alone)
    assert alone.shape == (24, 2, 32, 32)


def test_no_count_becomes_infinite() -> None:
    levels = FieldLevels.of(np.full((2, 16, 16), 65535, np.uint16))
    crops = draw(16, 8)
    affine = (np.zeros((24, 2), np.float32), np.full((24, 2), 0.1, np.float32))
    assert np.isfinite(ViewCutter(lambda _row: levels).cut(crops, 8, affine)).all()


def test_what_a_mask_marks_becomes_zero_and_is_in_no_mean() -> None:
    field = np.full((1, 64, 64), 1000, np.uint16)
    field[:, :, 32:] = 60000
    crops = draw(64, 16).take(np.array([0]))
    boxes = np.array([[0, 0, 64, 64]])
    mask = np.zeros((64, 64), bool)
    mask[:, 32:] = True
    one = Crops(*(boxes if name == "boxes" else getattr(crops, name) for name in Crops.__slots__))
    affine = (np.full((1, 1), 1000, np.float32), np.ones((1, 1), np.float32))
    assert not ViewCutter(lambda _row: FieldLevels.of(field)).cut(one, 16, affine, [mask]).any()
