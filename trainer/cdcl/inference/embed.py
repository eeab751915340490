"""Profiles of fields: the encoder's class token, averaged over tiles of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.events import Advanced, Began, Ended, Said
from cdcl.inference.fields import prepare_fields
from cdcl.inference.models import on_screen
from cdcl.inference.ready_views import ready_views
from cdcl.inference.resumable_sums import name_sums, resumable_sums
from cdcl.inference.tile_plan import TilePlan
from cdcl.models.encoding import fetch, launch
from cdcl.profiles import Profiles
from cdcl.training.devices import use_bf16

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

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
    plan = TilePlan.of(model, fields)
    total = len(plan.rows)
    yield Began("embed", total=total, unit="field")
    shape = (total, int(model.encoder.num_features))  # type: ignore[arg-type]
    with resumable_sums(name_sums(model, screen, fields, plan, cache_folder), shape) as kept:
        if kept.done:
            before = int(plan.owners[plan.chunks[kept.done][0]]) if kept.done < len(plan.chunks) else total
            yield Said(f"{before} of {total} fields were embedded before")
        for chosen, features in _encoded(model, fields, plan, kept.done):
            kept.add(plan.owners[chosen], features)
            yield Advanced(int(plan.owners[chosen[-1]]) + 1)
    yield Ended()
    if total < len(screen):
        yield Said(f"{len(screen) - total} unreadable fields have no profile")
    values = kept.sums / np.bincount(plan.owners, minlength=total)[:, None]  # (fields, D), means over tiles
    order = np.argsort(plan.rows)
    return Profiles(
        values[order].astype(np.float32), screen.take(plan.rows[order]).sites, "site", model.features, model.provenance
    )


def _encoded(
    model: TrainedModel, fields: PreparedFields, plan: TilePlan, start: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Give the features of each batch of tiles from the `start`th on."""
    half = use_bf16(model.config.precision, model.device)
    batches = list(zip(plan.chunks, plan.sides, strict=True))[start:]

    def cut(batch: tuple[NDArray[np.int64], int]) -> tuple[NDArray[np.float16], Crops]:
        chosen, side = batch
        return fields.cut(plan.rows[plan.owners[chosen]], plan.boxes[chosen], side)

    # Fetched one batch late, so that a device has its next work before the last is asked for.
    waiting: tuple[NDArray[np.int64], Tensor] | None = None
    for (chosen, _), views in zip(batches, ready_views(cut, batches, model.device), strict=True):
        features = launch(model.encoder, views, in_bf16=half)
        if waiting is not None:
            yield waiting[0], fetch(waiting[1])
        waiting = chosen, features
    if waiting is not None:
        yield waiting[0], fetch(waiting[1])
