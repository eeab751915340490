"""Where the network looks: the class token's attention over a field, head by head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from cdcl.errors import ImageError
from cdcl.events import Began, Ended
from cdcl.inference.fields import prepare_fields
from cdcl.models.attention import attention_of, class_token_maps

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Attention:
    """Attention maps at patch resolution and where they lie on the field.

    Attributes
    ----------
    maps
        (heads, h, w) float32; each head's share of attention a patch, at most 1 in sum.
    scale
        Height and width of a patch in pixels of the field.
    translate
        Centre of the first patch in pixels of the field.
    """

    maps: NDArray[np.float32]
    scale: tuple[float, float]
    translate: tuple[float, float]


def attend(
    model: TrainedModel, screen: Screen, row: int, *, block: int = -1, cache_folder: Path | None = None
) -> Task[Attention]:
    """Compute the attention of one field, whole and at the magnification of training.

    Parameters
    ----------
    model
        From `load_model`.
    row
        Which field of the screen.
    block
        Which block of the network; -1 is the last.

    Raises
    ------
    ModelError
        If the screen's channels are not the model's.
    ImageError
        If the field cannot be read.
    """
    fields = yield from prepare_fields(model, screen, cache_folder)
    if not fields.cache.readable[row]:
        raise ImageError(f"{screen.paths(row)[0]} could not be read; there is nothing to attend to.")
    yield Began("attend", total=1, unit="field")
    height, width = (int(side) for side in fields.cache.sizes[row])
    grid = _grid(model, height, width)
    images = _whole_field(model, fields.field(row), (fields.offset[row], fields.scale[row]), grid)
    attention = attention_of(model.encoder, images, block)
    maps = class_token_maps(attention, grid, int(model.encoder.num_prefix_tokens))[0].cpu().numpy()  # type: ignore[arg-type]
    yield Ended()
    scale = (height / grid[0], width / grid[1])
    return Attention(maps, scale, ((scale[0] - 1) / 2, (scale[1] - 1) / 2))


def _grid(model: TrainedModel, height: int, width: int) -> tuple[int, int]:
    """Count the patches down and across that keep the magnification of training."""
    per_pixel = model.view_size / model.tile / model.patch
    return max(1, round(height * per_pixel)), max(1, round(width * per_pixel))


def _whole_field(
    model: TrainedModel,
    pixels: NDArray[np.generic],
    affine: tuple[NDArray[np.float32], NDArray[np.float32]],
    grid: tuple[int, int],
) -> torch.Tensor:
    """Normalise a field and resize it to whole patches, (1, C, h, w)."""
    offset, scale = (numbers[:, None, None] for numbers in affine)
    image = torch.from_numpy((pixels.astype(np.float32) - offset) / scale)[None]
    size = (grid[0] * model.patch, grid[1] * model.patch)
    resized = torch.nn.functional.interpolate(image, size=size, mode="bilinear", antialias=True, align_corners=False)
    return resized.to(model.device)
