"""Which tiles a screen is embedded by, and in which batches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from cdcl.data.tiles import tile_boxes
from cdcl.models.channelwise import passes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.inference.fields import PreparedFields
    from cdcl.inference.models import TrainedModel

BATCH_BYTES = 2**27
"""Views of a batch in float32: 134 of 224 pixels and five channels; fewer where fields go through whole."""

BATCH_WORK = 5e11
"""Floating-point operations of a batch on a processor: five seconds of two cores that do 5e10 a second each.

So progress is shown, and a wish to stop is heard, though the network is large; GPUs are given full batches.
"""

BATCH_PIXELS = 16 * 224**2
"""Pixels of a batch on a processor, a thread: what lies between two layers then stays in its caches.

Of networks from ViT-Ti to ViT-B and ResNet-50, a core took 8 to 16 views of 224 pixels fastest; 64 took it 5 to 30 %
longer a view, 128 a ViT-Ti 40 % (benchmarks/results/embedding-2026-11-28.md).
"""

MERGED = 1.25
"""Tiles grow by up to this where fewer then cover the field: the magnification falls by a fifth at most.

A field of 1.25 tiles is one tile (two would have three quarters of their side in common), one of 2.3 tiles is 2 x 2
that hardly overlap, where 3 x 3 would look at two thirds of the field twice.
"""


@dataclass(frozen=True, slots=True)
class TilePlan:
    """Tiles in the order they are embedded: those whose views are of one size together.

    Attributes
    ----------
    rows
        (F,) rows of the cache; each stands once.
    boxes
        (n, 4) top, left, height, width.
    owners
        (n,) position in `rows` of each box's field.
    chunks
        Positions of the boxes of each batch; all of a batch become views of one size.
    sides
        Side of the views of each batch, in pixels of the network.
    """

    rows: NDArray[np.int64]
    boxes: NDArray[np.int64]
    owners: NDArray[np.int64]
    chunks: tuple[NDArray[np.int64], ...]
    sides: tuple[int, ...]

    @classmethod
    def of(cls, model: TrainedModel, fields: PreparedFields) -> TilePlan:
        """Lay tiles over every readable field."""
        rows = np.flatnonzero(fields.cache.readable)
        tiles = np.array([tile_side(model, h, w) for h, w in fields.cache.sizes[rows].tolist()], dtype=np.int64)
        views = np.array([view_side(model, side) for side in tiles.tolist()], dtype=np.int64)
        order = np.argsort(views, kind="stable")
        rows, tiles, views = rows[order], tiles[order], views[order]
        grids = [tile_boxes(h, w, side) for (h, w), side in zip(fields.cache.sizes[rows], tiles.tolist(), strict=True)]
        owners = np.repeat(np.arange(len(rows)), [len(grid) for grid in grids])
        chunks = _chunks(views[owners], len(fields.order), partial(most_at_once, model))
        sides = tuple(int(views[owners[chunk[0]]]) for chunk in chunks)
        return cls(rows, np.concatenate([*grids, np.zeros((0, 4), np.int64)]), owners, tuple(chunks), sides)


def tile_side(model: TrainedModel, height: int, width: int) -> int:
    """Give the side of a field's tiles: that of training, or as much larger as lets fewer tiles cover the field."""
    short = min(height, width)
    if model.config.embedding.mode == "field":
        return short
    count = math.ceil(short / (MERGED * model.tile))
    return min(short, max(model.tile, math.ceil(short / count)))


def view_side(model: TrainedModel, tile: int) -> int:
    """Give the side in network pixels at which a tile has the magnification of training."""
    if model.config.embedding.mode == "tiles":
        return model.view_size
    return max(1, round(tile * model.view_size / model.tile / model.patch)) * model.patch


def most_at_once(model: TrainedModel, side: int) -> int:
    """Give how many views of a side make a batch: what the config allows, on a processor no more than runs fastest."""
    most = model.config.embedding.batch_size
    if model.device.type != "cpu":
        return most
    # Each weight multiplies and adds once a patch; one of a ResNet about as often as if it had patches of 16.
    patch = model.patch if model.patch > 1 else 16
    weights = sum(weight.numel() for weight in model.encoder.parameters())
    passes = passes_of(model.encoder)
    work = 2.0 * weights * (side / patch) ** 2 * passes
    fastest = torch.get_num_threads() * BATCH_PIXELS / (side**2 * passes)
    return int(np.clip(min(BATCH_WORK / work, fastest), 1, most))


def _chunks(views: NDArray[np.int64], num_channels: int, most_at_once: Callable[[int], int]) -> list[NDArray[np.int64]]:
    """Cut sorted view sides (n,) into batches of one size each, of at most so many views and `BATCH_BYTES`."""
    chunks = []
    for side in np.unique(views).tolist():
        places = np.flatnonzero(views == side)
        size = int(np.clip(BATCH_BYTES // (4 * num_channels * side**2), 1, most_at_once(side)))
        chunks += [places[start : start + size] for start in range(0, len(places), size)]
    return chunks
