"""Profiles of fields: the encoder's CLS token, averaged over tiles of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.prefetch import ahead
from cdcl.data.rendering import render
from cdcl.data.tiles import tile_boxes
from cdcl.events import Advanced, Began, Ended, Said
from cdcl.inference.fields import prepare_fields
from cdcl.inference.models import on_screen
from cdcl.inference.resumable_sums import kept_sums, name_sums
from cdcl.models.encoding import encode
from cdcl.profiles import Profiles
from cdcl.training.devices import use_bf16

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops
    from cdcl.inference.fields import PreparedFields
    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def embed(model: TrainedModel, screen: Screen, *, cache_folder: Path | None = None) -> Task[Profiles]:
    """Embed every readable field of a screen.

    Parameters
    ----------
    model
        From `load_model`.
    screen
        The fields; its channels are matched to the model's by name.
    cache_folder
        Where decoded pixels are kept; by default the user's cache.

    Returns
    -------
    Profiles
        One profile a site, in the order of the screen.

    Raises
    ------
    ModelError
        If the screen's channels are not the model's.
    """
    model = on_screen(model, screen)
    fields = yield from prepare_fields(model, screen, cache_folder)
    rows = np.flatnonzero(fields.cache.readable)
    boxes, owners = _lay_tiles(model, fields, rows)
    yield Began("embed", total=len(rows), unit="field")
    half = use_bf16(model.config.precision, model.device)
    shape = (len(rows), int(model.encoder.num_features))  # type: ignore[arg-type]
    with kept_sums(name_sums(model, screen, fields, boxes, cache_folder), shape) as kept:
        chunks = list(_chunks(boxes, model.config.embedding.batch_size))[kept.done :]
        if kept.done:
            left = len(np.unique(owners[np.concatenate(chunks)])) if chunks else 0
            yield Said(f"{len(rows) - left} of {len(rows)} fields were embedded before")
        ready = len(boxes) - sum(map(len, chunks))

        def cut_tiles(chosen: NDArray[np.int64]) -> tuple[NDArray[np.float16], Crops]:
            return fields.cut(rows[owners[chosen]], boxes[chosen], _view_side(model, boxes[chosen]))

        for chosen, (cut, crops) in zip(chunks, ahead(cut_tiles, chunks, workers=2), strict=True):
            views = render(cut, crops, model.device)
            kept.add(owners[chosen], encode(model.encoder, views, in_bf16=half))
            ready += len(chosen)
            yield Advanced(len(rows) * ready // len(boxes))
    yield Ended()
    if len(rows) < len(screen):
        yield Said(f"{len(screen) - len(rows)} unreadable fields have no profile")
    values = kept.sums / np.bincount(owners, minlength=len(rows))[:, None]
    return Profiles(values.astype(np.float32), screen.take(rows).sites, "site", model.features)


def _lay_tiles(
    model: TrainedModel, fields: PreparedFields, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give all boxes (n, 4) and for each the position in `rows` of its field; whole fields are one box each."""
    whole = model.config.embedding.mode == "field"
    sizes = fields.cache.sizes[rows]
    grids = [tile_boxes(h, w, min(h, w) if whole else model.tile) for h, w in sizes.tolist()]
    owners = np.repeat(np.arange(len(rows)), [len(grid) for grid in grids])
    return np.concatenate(grids), owners


def _view_side(model: TrainedModel, boxes: NDArray[np.int64]) -> int:
    """Give the side in network pixels at which these boxes have the magnification of training."""
    if model.config.embedding.mode == "tiles":
        return model.view_size
    return max(1, round(int(boxes[0, 2]) * model.view_size / model.tile / model.patch)) * model.patch


def _chunks(boxes: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Split boxes (n, 4) into batches of one side each: no field's profile may depend on who else is in its batch."""
    order = np.argsort(boxes[:, 2], kind="stable")
    for alike in np.split(order, np.flatnonzero(np.diff(boxes[order, 2])) + 1):
        for start in range(0, len(alike), size):
            yield alike[start : start + size]
