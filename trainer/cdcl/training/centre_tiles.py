"""Profiles of the middles of fields: quick, always of the same pixels, and without a trace in the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.cutting import ViewCutter
from cdcl.data.rendering import render
from cdcl.data.tiles import plain_crops
from cdcl.models.encoding import encode
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from cdcl.data.loader import TrainingSet

CHUNK = 128
"""Fields embedded at a time; 128 views of 224 pixels and five channels in float32 are 128 MB."""


@dataclass(frozen=True)
class CentreTiles:
    """The middle of some rows of a training set.

    Attributes
    ----------
    rows
        (N,) rows of `data`.
    tile, view_size
        Side of the square that is cut from the middle of a field, and of the view that it becomes.
    """

    data: TrainingSet
    rows: NDArray[np.int64]
    tile: int
    view_size: int

    def embed(self, encoder: nn.Module, device: torch.device, *, in_bf16: bool) -> NDArray[np.float32]:
        """Give features (N, D). The encoder is left as it was, and no random number is drawn."""
        modes = [(module, module.training) for module in encoder.modules()]
        encoder.eval()  # with BatchNorm, a field's features must not depend on its neighbours
        chunks = [self.rows[start : start + CHUNK] for start in range(0, len(self.rows), CHUNK)]
        values = [encode(encoder, self._views(chunk, device), in_bf16=in_bf16) for chunk in chunks]
        for module, training in modes:
            module.training = training
        return np.concatenate(values).astype(np.float32, copy=False)

    def _views(self, rows: NDArray[np.int64], device: torch.device) -> torch.Tensor:
        frames, num_channels = self.data.frames[rows], len(self.data.screen.channels)
        extents = np.minimum(self.tile, frames[:, 2:].min(axis=1))[:, None].repeat(2, axis=1)  # a field may be small
        corners = frames[:, :2] + (frames[:, 2:] - extents) // 2  # (n, 2)
        crops = plain_crops(rows, np.concatenate([corners, extents], axis=1), num_channels)
        affine = self.data.intensities.affine(plate_keys(self.data.screen.sites).to_numpy()[rows])
        cut = ViewCutter(self.data.levels, light=self.data.light()).cut(
            crops, self.view_size, affine, self.data.masks(crops)
        )
        return render(cut, crops, device)
