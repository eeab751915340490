"""A screen as a trained model wants to see it: its channels in order, its plates normalised as in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.cutting import ViewCutter
from cdcl.data.tiles import plain_crops
from cdcl.events import Warned
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops
    from cdcl.inference.models import TrainedModel
    from cdcl.pixels.cache import PixelCache
    from cdcl.pixels.intensities import Intensities
    from cdcl.screen import Screen
    from cdcl.tasks import Task

TOLERANCE = 0.05
"""A known plate whose intensities differ by more than this share of the stored scale is reported."""


@dataclass(frozen=True)
class PreparedFields:
    """Cached pixels and the numbers that normalise them, in the model's channel order."""

    cache: PixelCache
    order: list[int]
    offset: NDArray[np.float32]
    scale: NDArray[np.float32]

    def field(self, row: int) -> NDArray[np.generic]:
        """Give the raw pixels of a row, (C, Y, X)."""
        return self.cache.field(row)[self.order]

    def cut(
        self,
        rows: NDArray[np.int64],
        boxes: NDArray[np.int64],
        size: int,
        masks: Sequence[NDArray[np.bool_]] | None = None,
    ) -> tuple[NDArray[np.float16], Crops]:
        """Cut boxes (n, 4) out of fields as views of `size` pixels, not augmented. What `masks` mark is blanked."""
        crops = plain_crops(rows, boxes, len(self.order))
        affine = (self.offset[rows], self.scale[rows])
        return ViewCutter(self.cache.levels, self.order).cut(crops, size, affine, masks), crops


def prepare_fields(model: TrainedModel, screen: Screen, cache_folder: Path | None) -> Task[PreparedFields]:
    """Decode the screen, measure its plates the way the model's were, and check both against the model."""
    order = model.channel_order(screen)
    workers = max(model.config.workers, 1)
    cache = yield from fill_cache(screen, cache_folder or default_cache_folder(), workers=workers)
    intensities = yield from measure_intensities(screen, cache, model.config.intensities)
    strange = _strange_plates(model.intensities, intensities)
    if strange:
        yield Warned(
            f"the intensities of {len(strange)} plates ({', '.join(strange[:3])}) are not those the model was trained "
            "with; are these the same images?"
        )
    offset, scale = intensities.affine(plate_keys(screen.sites).to_numpy())
    return PreparedFields(cache, order, offset[:, order], scale[:, order])


def _strange_plates(known: Intensities, measured: Intensities) -> list[str]:
    """Name the plates that both know but on whose numbers, in the channels that both know, they differ."""
    common = [plate for plate in measured.plates if plate in known.plates]
    channels = [name for name in known.channels if name in measured.channels]
    if not common or not channels:
        return []
    old_offset, old_scale = (_of_channels(known, numbers, channels) for numbers in known.affine(np.array(common)))
    offset, scale = (_of_channels(measured, numbers, channels) for numbers in measured.affine(np.array(common)))
    change = np.maximum(np.abs(offset - old_offset), np.abs(scale - old_scale)) / old_scale
    return [plate for plate, worst in zip(common, change.max(axis=1), strict=True) if worst > TOLERANCE]


def _of_channels(of: Intensities, numbers: NDArray[np.float32], names: list[str]) -> NDArray[np.float32]:
    return numbers[:, [of.channels.index(name) for name in names]]
