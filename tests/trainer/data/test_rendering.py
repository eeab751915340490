"""From windows to views."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cdcl.config import CropConfig, ViewConfig
from cdcl.data.crops import CropDrawer, Crops
from cdcl.data.cutting import ViewCutter
from cdcl.data.full_resolution import resize_matrices
from cdcl.data.rendering import render
from cdcl.data.tiles import plain_crops
from cdcl.pixels.levels import FieldLevels

CPU = torch.device("cpu")


def whole(images: np.ndarray, side: int) -> Crops:
    boxes = np.tile([0, 0, side, side], (len(images), 1)).astype(np.int64)
    return plain_crops(np.arange(len(images)), boxes, images.shape[1])


def render_plainly(images: np.ndarray, crops: Crops, size: int) -> torch.Tensor:
    n, c = len(crops.rows), images.shape[1]
    affine = (np.zeros((n, c), np.float32), np.ones((n, c), np.float32))
    return render(ViewCutter(lambda row: FieldLevels.alone(images[row])).cut(crops, size, affine), crops, CPU)


@pytest.mark.parametrize(("side", "size"), [(48, 16), (31, 16), (16, 16), (10, 16), (100, 37)])
def test_resizing_equals_torch_interpolate(side: int, size: int) -> None:
    images = np.random.default_rng(0).integers(0, 65535, (3, 2, side, side)).astype(np.uint16)
    ours = render_plainly(images, whole(images, side), size)
    theirs = F.interpolate(torch.from_numpy(images.astype(np.float32)), (size, size), mode="bilinear", antialias=True)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=20)  # half precision


def test_crops_of_different_sizes_in_one_batch_equal_each_alone() -> None:
    image = np.random.default_rng(0).integers(0, 4000, (1, 2, 40, 40)).astype(np.uint16)
    boxes = np.array([[3, 5, 20, 20], [0, 0, 40, 40], [10, 2, 8, 12]])
    crops = plain_crops(np.zeros(3, np.int64), boxes, 2)
    views = render_plainly(image, crops, 16)
    for view, (top, left, height, width) in zip(views, boxes, strict=True):
        part = torch.from_numpy(image[:, :, top : top + height, left : left + width].astype(np.float32))
        alone = F.interpolate(part, (16, 16), mode="bilinear", antialias=True)[0]
        torch.testing.assert_close(view, alone, rtol=1e-4, atol=1.1)  # half precision


def test_counts_above_the_signed_range_survive() -> None:
    images = np.full((1, 1, 4, 4), 65535, np.uint16)
    assert (render_plainly(images, whole(images, 4), 4) == 65504).all(), "the largest number of half precision"


def test_intensities_are_normalised_by_offset_and_scale() -> None:
    images = np.full((1, 2, 4, 4), 30, np.uint8)
    crops = whole(images, 4)
    affine = (np.array([[10, 20]], np.float32), np.array([[2, 5]], np.float32))
    views = render(ViewCutter(lambda row: FieldLevels.alone(images[row])).cut(crops, 4, affine), crops, CPU)
    assert (views[0, 0] == 10).all()
    assert (views[0, 1] == 2).all()


def test_mirrors_are_the_eight_symmetries_of_the_square() -> None:
    images = np.arange(9, dtype=np.uint8).reshape(1, 1, 3, 3).repeat(8, axis=0)
    flags = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=bool)
    views = render_plainly(images, replace(whole(images, 3), mirror=flags), 3)[:, 0].numpy()
    image = images[0, 0]
    expected = {np.rot90(np.flipud(image) if flip else image, k).tobytes() for flip in (0, 1) for k in range(4)}
    assert {view.astype(np.uint8).tobytes() for view in views} == expected


def test_blur_keeps_the_mean_and_spreads_a_point() -> None:
    image = np.zeros((1, 1, 33, 33), np.uint16)
    image[0, 0, 16, 16] = 1000
    view = render_plainly(image, replace(whole(image, 33), blur=np.array([2.0], np.float32)), 33)[0, 0]
    assert view.sum() == pytest.approx(1000, rel=1e-3)
    distance = torch.arange(33.0) - 16
    assert (view.sum(0) * distance.square()).sum() / view.sum() == pytest.approx(4.0, rel=0.02)


def test_resize_weights_sum_to_one() -> None:
    weights = resize_matrices(torch.tensor([7, 20]), 24, 12)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 12))


def test_crops_stay_inside_their_image_and_cover_the_asked_share() -> None:
    config = ViewConfig(window=30, aspect=1.5)
    sizes = np.array([[40, 64], [30, 30]])
    drawer = CropDrawer(config, np.concatenate([0 * sizes, sizes], axis=1), 3)
    rng = np.random.default_rng(0)
    rows = np.array([0, 1] * 200)
    windows = drawer.draw_windows(rows, rng)
    crops = drawer.draw(rows, windows, CropConfig(count=1, size=16, scale=(0.25, 0.5)), rng)
    top, left, height, width = crops.boxes.T
    assert (top >= windows[:, 0]).all()
    assert (left >= windows[:, 1]).all()
    assert (top + height <= sizes[rows, 0]).all()
    assert (left + width <= sizes[rows, 1]).all()
    share = height * width / 900
    assert 0.22 < share.min() < 0.3
    assert 0.44 < share.max() < 0.56


def test_settings_at_zero_disturb_nothing() -> None:
    drawer = CropDrawer(ViewConfig(), np.array([[0, 0, 32, 32]]), 2)
    rows = np.zeros(5, np.int64)
    crops = drawer.draw(
        rows, drawer.draw_windows(rows, np.random.default_rng(0)), CropConfig(), np.random.default_rng(0)
    )
    assert (crops.gain == 1).all()
    assert (crops.gamma == 1).all()
    assert not (crops.offset.any() or crops.blur.any() or crops.noise.any() or crops.shading.any())
