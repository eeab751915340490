"""A regular grid of tiles over a field, at the scale the encoder was trained at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.crops import Crops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config import RunConfig


def mean_tile(config: RunConfig, field_side: int) -> int:
    """Give the side of the square of the field that a global view covers on average."""
    window = min(config.views.window or field_side, field_side)
    mean_share = sum(config.views.global_crops.scale) / 2
    return max(1, round(window * math.sqrt(mean_share)))


def tile_boxes(height: int, width: int, side: int) -> NDArray[np.int64]:
    """Cover a field with as few equal squares as it takes, evenly spread; (n, 4) top, left, height, width."""
    side = min(side, height, width)
    tops, lefts = _starts(height, side), _starts(width, side)
    corners = np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.concatenate([corners, np.full_like(corners, side)], axis=1)


def plain_crops(rows: NDArray[np.int64], boxes: NDArray[np.int64], num_channels: int) -> Crops:
    """Make crops that disturb nothing."""
    n, c = len(rows), num_channels
    zeros, ones = np.zeros((n, c), np.float32), np.ones((n, c), np.float32)
    flat = np.zeros(n, np.float32)
    mirror, shading = np.zeros((n, 3), bool), np.zeros((n, 2), np.float32)
    return Crops(rows, boxes, mirror, ones, zeros, ones, shading, flat, flat)


def _starts(length: int, side: int) -> NDArray[np.int64]:
    count = -(-length // side)
    return np.linspace(0, length - side, count).round().astype(np.int64)
