"""A screen as a trained model wants to see it: its channels in order, its plates normalised as in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.cutting import ViewCutter
from cdcl.data.tiles import plain_crops
from cdcl.events import Warned
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.pixels.illumination import FieldLight, Illumination
from cdcl.pixels.intensities import measure_intensities
from cdcl.pixels.measuring_illumination import measure_illumination
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
    """Cached pixels and the numbers that normalise them, in the model's channel order.

    Attributes
    ----------
    cache
        Decoded pixels of the screen.
    order
        Places of the model's C channels among the screen's.
    offset, scale
        (rows, C) what is taken off and what it is then divided by, from each field's plate.
    light
        Over each row's field, in the model's channel order; None where the model was trained on fields as they are.
    """

    cache: PixelCache
    order: list[int]
    offset: NDArray[np.float32]
    scale: NDArray[np.float32]
    light: FieldLight | None = None

    def field(self, row: int) -> NDArray[np.generic]:
        """Give the pixels of a row, (C, Y, X), as counts; corrected for illumination where the model was so trained."""
        pixels = self.cache.field(row)[self.order]
        return pixels if self.light is None else self.light.whole(row, pixels)

    def cut(
        self,
        rows: NDArray[np.int64],
        boxes: NDArray[np.int64],
        size: int,
        masks: Sequence[NDArray[np.bool_]] | None = None,
    ) -> tuple[NDArray[np.float16], Crops]:
        """Cut boxes (n, 4) out of fields as views of `size` pixels, not augmented. What `masks` mark is blanked."""
        crops = plain_crops(rows, boxes, len(self.order))
        affine = (self.offset[rows], self.scale[rows])  # (n, C) each
        return ViewCutter(self.cache.levels, self.order, light=self.light).cut(crops, size, affine, masks), crops


def prepare_fields(model: TrainedModel, screen: Screen, cache_folder: Path | None) -> Task[PreparedFields]:
    """Decode the screen and put its plates on the model's scale.

    Plates that the model was trained with are normalised by the numbers that it keeps, so that a field's profile never
    depends on what else is embedded. A plate or channel it has not seen brings its own: they are measured as in
    training, and where the images of a known plate do not look like those of training, it is said.

    Parameters
    ----------
    cache_folder
        Where decoded pixels are kept; None takes the usual folder.

    Returns
    -------
    PreparedFields
        In the model's channel order.
    """
    order = model.channel_order(screen)
    workers = max(model.config.workers, 1)
    cache = yield from fill_cache(screen, cache_folder or default_cache_folder(), workers=workers)
    names, keys = [screen.channels[number] for number in order], plate_keys(screen.sites).to_numpy()
    illumination = yield from _illumination(model, screen, cache)
    light = None if illumination is None else FieldLight.of(illumination.of_channels(names), keys, cache.sizes)
    known = model.intensities.known(keys)
    if not model.intensities.of_each_plate and known.all() and set(names) <= set(model.intensities.channels):
        offset, scale = (_of_channels(model.intensities, numbers, names) for numbers in model.intensities.affine(keys))
        return PreparedFields(cache, order, offset, scale, light)
    all_channels = None if illumination is None else FieldLight.of(illumination, keys, cache.sizes)
    measured = yield from measure_intensities(screen, cache, model.config.intensities, all_channels)
    strange = _strange_plates(model.intensities, measured)
    if strange:
        yield Warned(
            f"the intensities of {len(strange)} plates ({', '.join(strange[:3])}) are not those the model was trained "
            "with; are these the same images? They are normalised as in training; if these are other plates, give them "
            "other names in the columns plate and batch."
        )
    offset, scale = (_of_channels(measured, numbers, names) for numbers in measured.affine(keys))
    common = [name for name in names if name in model.intensities.channels]
    places = np.ix_(np.flatnonzero(known), np.array([names.index(name) for name in common], dtype=np.int64))
    for numbers, stored in zip((offset, scale), model.intensities.affine(keys[known]), strict=True):
        numbers[places] = _of_channels(model.intensities, stored, common)
    return PreparedFields(cache, order, offset, scale, light)


def _illumination(model: TrainedModel, screen: Screen, cache: PixelCache) -> Task[Illumination | None]:
    """Give the light of the screen's plates: as the model keeps it, and as measured where it has not seen a plate."""
    stored, keys = model.illumination, plate_keys(screen.sites).to_numpy()
    if stored is not None and stored.known(keys).all() and set(screen.channels) <= set(stored.channels):
        return stored.of_channels(screen.channels)
    measured = yield from measure_illumination(screen, cache, model.config.intensities)
    return measured if measured is None or stored is None else measured.known_from(stored)


def _strange_plates(known: Intensities, measured: Intensities) -> list[str]:
    """Name the plates that both know but on whose numbers, in the channels that both know, they differ."""
    common = [plate for plate in measured.plates if plate in known.plates]
    channels = [name for name in known.channels if name in measured.channels]
    if not common or not channels:
        return []
    old_offset, old_scale = (_of_channels(known, numbers, channels) for numbers in known.affine(np.array(common)))
    offset, scale = (_of_channels(measured, numbers, channels) for numbers in measured.affine(np.array(common)))
    change = np.maximum(np.abs(offset - old_offset), np.abs(scale - old_scale)) / old_scale  # (plates, channels)
    return [plate for plate, worst in zip(common, change.max(axis=1), strict=True) if worst > TOLERANCE]


def _of_channels(of: Intensities, numbers: NDArray[np.float32], names: list[str]) -> NDArray[np.float32]:
    return numbers[:, [of.channels.index(name) for name in names]]
