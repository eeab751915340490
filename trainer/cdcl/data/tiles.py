"""Tiles of a field at the scale the encoder was trained at, and crops without augmentation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cdcl.cells.tiling import tile_boxes
from cdcl.data.crops import Crops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config import RunConfig


__all__ = ["mean_tile", "plain_crops", "tile_boxes", "usual_side"]


def mean_tile(config: RunConfig, field_side: int) -> int:
    """Give the side of the square of the field that a global view covers on average.

    Parameters
    ----------
    field_side
        Shorter side of a field in pixels.

    Returns
    -------
    int
        Pixels of the field, 1 or more: the window's side times the root of the mean share (`views.global_crops.scale`).
    """
    window = min(config.views.window or field_side, field_side)
    mean_share = sum(config.views.global_crops.scale) / 2
    return max(1, round(window * math.sqrt(mean_share)))


def usual_side(frames: NDArray[np.int64]) -> int:
    """Give the shorter side that fields (N, 4: top, left, height, width) usually have: the lower median.

    One thumbnail or cut image among many must not set the magnification at which all are embedded.
    """
    sides = np.sort(frames[:, 2:].min(axis=1))
    return int(sides[(len(sides) - 1) // 2])


def plain_crops(rows: NDArray[np.int64], boxes: NDArray[np.int64], num_channels: int) -> Crops:
    """Make crops without augmentation.

    Parameters
    ----------
    rows
        (n,) of the training set.
    boxes
        (n, 4) top, left, height, width in pixels of the field.
    num_channels
        C.
    """
    n, c = len(rows), num_channels
    zeros, ones = np.zeros((n, c), np.float32), np.ones((n, c), np.float32)
    flat = np.zeros(n, np.float32)
    mirror, shading = np.zeros((n, 3), bool), np.zeros((n, 2), np.float32)
    return Crops(rows, boxes, mirror, ones, zeros, ones, shading, flat, flat)
