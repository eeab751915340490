"""Levels beside the pixels: means of blocks, and crops that are read from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.pixels.levels import FACTORS, FieldLevels, block_means, level_bytes, units_per_count


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_level_is_the_mean_of_each_block(dtype: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 250, (2, 48, 64)).astype(dtype)
    for factor, level in zip(FACTORS, block_means(pixels), strict=True):
        blocks = pixels.reshape(2, 48 // factor, factor, 64 // factor, factor).astype(np.float64)
        rounding = 0.5 if np.dtype(dtype).kind == "u" else 1e-3
        expected = blocks.mean(axis=(2, 4)) * units_per_count(np.dtype(dtype))
        np.testing.assert_allclose(level, expected, atol=rounding, rtol=0)


def test_means_of_dim_bytes_keep_their_digits() -> None:
    pixels = np.tile(np.array([[1, 2], [2, 2]], np.uint8), (1, 8, 8))
    assert (block_means(pixels)[0] == 1.75 * 256).all()


def test_the_brightest_pixels_do_not_run_over() -> None:
    assert all((level == 65535).all() for level in block_means(np.full((1, 17, 9), 65535, np.uint16)))
    assert all((level == 255 * 256).all() for level in block_means(np.full((1, 17, 9), 255, np.uint8)))


@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_fields_of_any_size_have_levels_and_partial_blocks_are_means_of_what_is_there(height: int, width: int) -> None:
    pixels = np.full((1, height, width), 7, np.uint16)
    levels = block_means(pixels)
    assert all((level == 7).all() for level in levels)
    assert sum(level.nbytes for level in levels) == level_bytes(pixels.shape, pixels.dtype)


@pytest.mark.parametrize(
    ("side", "size", "factor"), [(64, 32, 2), (63, 32, 1), (128, 32, 4), (999, 32, 8), (20, 32, 1)]
)
def test_the_coarsest_level_that_is_not_smaller_than_the_view_is_read(side: int, size: int, factor: int) -> None:
    levels = FieldLevels.of(np.zeros((1, 8, 8), np.uint16))
    assert 2 ** levels.level_for((0, 0, side, side + 5), size) == factor


def test_a_crop_of_whole_blocks_that_needs_no_resizing_is_the_level_itself() -> None:
    pixels = np.random.default_rng(1).integers(0, 4000, (3, 64, 64)).astype(np.uint16)
    view = np.empty((2, 8, 8), np.float32)
    FieldLevels.of(pixels).cut((16, 32, 32, 32), view, order=[2, 0])
    expected = pixels[[2, 0], 16:48, 32:64].reshape(2, 8, 4, 8, 4).mean(axis=(2, 4))
    assert np.abs(view - expected).max() <= 0.5
