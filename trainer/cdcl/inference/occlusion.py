"""Profiles of fields with one channel hidden: what a difference between two groups owes to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.events import Advanced, Began, Ended
from cdcl.inference.fields import prepare_fields
from cdcl.inference.models import on_screen
from cdcl.inference.ready_views import ready_views
from cdcl.inference.tile_plan import TilePlan
from cdcl.models.encoding import encode
from cdcl.training.devices import use_bf16

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops
    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Occluded:
    """Profiles of some fields, whole and with each channel hidden.

    Attributes
    ----------
    rows
        (n,) of the screen.
    channels
        Names of the C channels, in the order of `hidden`.
    whole
        (n, D) as `embed` makes them.
    hidden
        (C, n, D) with one channel at its plate's offset everywhere: the mean of controls or plate, no picture.
    """

    rows: NDArray[np.int64]
    channels: tuple[str, ...]
    whole: NDArray[np.float32]
    hidden: NDArray[np.float32]


def occlude(
    model: TrainedModel, screen: Screen, rows: NDArray[np.int64], *, cache_folder: Path | None = None
) -> Task[Occluded]:
    """Embed some fields of a screen once whole, and once for each channel that is hidden.

    Parameters
    ----------
    model
        From `load_model`.
    rows
        Of the fields; those that cannot be read are left out.

    Raises
    ------
    ModelError
        If the screen's channels are not the model's.
    """
    model = on_screen(model, screen)
    fields = yield from prepare_fields(model, screen, cache_folder)
    wanted = np.zeros(len(screen), dtype=np.bool_)
    wanted[rows] = True
    plan = TilePlan.of(model, replace(fields, cache=replace(fields.cache, readable=fields.cache.readable & wanted)))
    num_channels, num = len(model.channels), len(plan.rows)
    sums = np.zeros((1 + num_channels, num, int(model.encoder.num_features)))  # type: ignore[arg-type]
    half = use_bf16(model.config.precision, model.device)

    def cut(batch: tuple[NDArray[np.int64], int]) -> tuple[NDArray[np.float16], Crops]:
        chosen, side = batch
        return fields.cut(plan.rows[plan.owners[chosen]], plan.boxes[chosen], side)

    batches = list(zip(plan.chunks, plan.sides, strict=True))
    yield Began("hiding channels", total=len(plan.boxes), unit="tile")
    done = 0
    for (chosen, _), views in zip(batches, ready_views(cut, batches, model.device), strict=True):  # (n, C, h, h)
        for number in range(1 + num_channels):
            shown = views.clone()
            if number:
                shown[:, number - 1] = 0  # normalised: what the plate has on average
            np.add.at(sums[number], plan.owners[chosen], encode(model.encoder, shown, in_bf16=half))
        done += len(chosen)
        yield Advanced(done)
    yield Ended()
    order = np.argsort(plan.rows)
    means = (sums / np.bincount(plan.owners, minlength=num)[None, :, None])[:, order].astype(np.float32)
    return Occluded(plan.rows[order], tuple(model.channels), means[0], means[1:])
