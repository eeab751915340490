"""Before training: the views as the network will see them, and what the run will take, measured on a sample."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from cdcl.config import SplitConfig
from cdcl.data.loader import Loader
from cdcl.data.sampling import PARTNERS, rng_for
from cdcl.data.views import ViewPlan
from cdcl.events import Advanced, Ended, Said, Warned
from cdcl.pairing.pairer import Pairer
from cdcl.screen.controls import negative_controls
from cdcl.screen.plates import plate_keys
from cdcl.screen.splits import assign_split
from cdcl.training.devices import pick_device
from cdcl.training.distributed import Team
from cdcl.training.loop import Workplace
from cdcl.training.memory import fits, free, largest_fitting, peak_bytes, trial
from cdcl.training.preparation import prepare, ready_network
from cdcl.training.setup import num_steps

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from numpy.typing import NDArray

    from cdcl.config import RunConfig
    from cdcl.data.loader import TrainingSet
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

ANCHORS = 4
"""Images whose views are drawn."""
PER_PLATE, PLATES = 3, 12
"""Images of each of so many plates that are decoded besides, controls first: intensities are measured on them."""
_DRAWN = "drawn"
STEPS = 5
"""Steps that are timed."""
SLOW = 20.0
"""Seconds; after a step as slow as that no further one is measured."""


@dataclass(frozen=True)
class Shown:
    """A view, as the network will see one.

    Attributes
    ----------
    pixels
        (C, side, side), normalised and augmented as in training.
    kind
        global or local.
    partner
        Whether it is cut from the partner.
    anchor
        Which of the anchors it belongs to, from 0.
    place
        plate, well, site, batch and treatment of its image, as far as known.
    """

    pixels: NDArray[np.float32]
    kind: str
    partner: bool
    anchor: int
    place: dict[str, str]


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes
    ----------
    images, steps
        Images that are trained on, and steps.
    seconds_per_step
        Median of a few real ones; NaN where none were measured.
    cache_bytes
        Disk for the decoded pixels of the whole screen.
    memory_bytes
        Most memory in use during these steps, on the GPU, else of the process; 0 where the system does not count it.
    largest_batch
        The largest that fits on the device; 0 where it was not looked for, or the device does not count memory.
    """

    images: int
    steps: int
    batch_size: int
    device: str
    seconds_per_step: float
    cache_bytes: int
    memory_bytes: int
    largest_batch: int = 0


def preview(
    config: RunConfig, screen: Screen, run: Run, *, steps: bool = True, largest: bool = False
) -> Task[tuple[list[Shown], Estimate]]:
    """Draw views of a few images and measure a few steps on them.

    Parameters
    ----------
    run
        A scratch folder; it holds the cache of the sample, too.
    steps, largest
        Whether steps are measured, and whether the largest batch is looked for.

    Raises
    ------
    ConfigError
        If the config and the screen do not go together.
    """
    device = pick_device(config.device)
    config = yield from ready_network(config, screen.channels)
    whole = assign_split(screen, config.split)
    whole = whole.take(np.flatnonzero((whole.sites["split"] == "train").to_numpy()))
    rows, first = choose_rows(whole.sites, config)
    small = config.model_copy(update={"split": SplitConfig()})
    if config.cells.source == "table":
        small = small.model_copy(update={"cells": config.cells.model_copy(update={"source": "tiles"})})
        yield Warned("coordinates of cells are not read for a preview: the views are cut from tiles of that size.")
    sample = whole.take(rows)
    sample = replace(sample, sites=sample.sites.assign(**{_DRAWN: np.isin(rows, first)}))
    data = yield from prepare(small, sample, run, cache_folder=run.folder / "cache")
    shown = draw(small, data, device)
    images = round(len(whole) * len(data.part("train").screen) / len(rows))
    seconds = (yield from _time_steps(small, data, Workplace(run, device, Team()))) if steps else float("nan")
    batch = (yield from _find_largest(small, data, device)) if largest else 0
    cache = int(np.mean([data.cache.num_bytes(row) for row in np.flatnonzero(data.cache.readable).tolist()]))
    return shown, Estimate(
        images, num_steps(config, images), config.batch_size, str(device), seconds, cache * len(screen),
        peak_bytes(device) if steps else 0, batch,
    )  # fmt: skip


def choose_rows(sites: pd.DataFrame, config: RunConfig) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose anchors with their partners, and with these some images of each plate that they lie on, controls first.

    Returns
    -------
    rows, first
        All rows, and those that are anchors and partners.
    """
    pairer = Pairer(sites, config.pairing)
    best = np.flatnonzero(pairer.rung_of_row == pairer.rung_of_row.min())
    anchors = best[np.linspace(0, len(best) - 1, min(ANCHORS, len(best))).round().astype(np.int64)]
    partners = pairer.draw(anchors, rng_for(config.seed, PARTNERS, 0))
    first = np.unique(np.concatenate([anchors, partners]))
    plates = plate_keys(sites).to_numpy(dtype=str)
    controls = negative_controls(sites)
    order = np.argsort(~controls, kind="stable")
    others = [order[plates[order] == plate][:PER_PLATE] for plate in np.unique(plates[first])[:PLATES]]
    return np.unique(np.concatenate([first, *others])).astype(np.int64), first


def draw(config: RunConfig, data: TrainingSet, device: torch.device) -> list[Shown]:
    """Draw the views of the first images of a run on this sample."""
    few = config.model_copy(update={"batch_size": ANCHORS, "sampler": "plain", "workers": 0})
    train = _drawn_only(data.part("train"))
    loader = Loader(train, few)
    with closing(loader.batches(0, 1, device)) as batches:  # type: ignore[type-var]
        batch = next(batches)
    plan = ViewPlan.of(config.views, config.pairing.partner_views)
    sources = (batch.rows.cpu().numpy(), batch.partners.cpu().numpy())
    shown: list[Shown] = []
    for kind, flags, views in zip(("global", "local"), _flags(plan), batch.views, strict=False):
        # (V * B, C, side, side) to (V, B, C, side, side)
        pixels = views.float().cpu().numpy().reshape(len(flags), len(batch), *views.shape[1:])
        for view, partner in enumerate(flags):
            for anchor in range(len(batch)):
                place = _name(train.screen.sites.iloc[int(sources[partner][anchor])])
                shown.append(Shown(pixels[view, anchor], kind, bool(partner), anchor, place))
    return shown


def _drawn_only(data: TrainingSet) -> TrainingSet:
    rows = np.flatnonzero(data.screen.sites[_DRAWN].to_numpy(dtype=bool))
    positions = None if data.positions is None else data.positions.take(rows)
    return replace(data, screen=data.screen.take(rows), cache_rows=data.cache_rows[rows], positions=positions)


def _flags(plan: ViewPlan) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    return plan.global_from_partner, plan.local_from_partner


def _name(site: pd.Series) -> dict[str, str]:
    names = ("plate", "well", "site", "batch", "treatment")
    return {name: str(site[name]) for name in names if name in site and str(site[name])}


def _time_steps(config: RunConfig, data: TrainingSet, place: Workplace) -> Task[float]:
    """Give the median seconds of a step after the first, which warms up; of the first where it is very slow."""
    moments = []
    with closing(trial(config, data, place, STEPS)) as task:
        for event in task:
            if isinstance(event, Advanced):
                moments.append(time.perf_counter())
            if isinstance(event, Ended):
                break
            yield event if not isinstance(event, Warned) else Said(event.message)
            if not moments:
                began = time.perf_counter()
            elif moments[-1] - began > SLOW:
                break
    free(place.device)
    gaps = np.diff(moments).tolist()
    return median(gaps) if gaps else moments[0] - began


def _find_largest(config: RunConfig, data: TrainingSet, device: torch.device) -> Task[int]:
    if device.type != "cuda":
        yield Said("the largest batch is looked for on GPUs only: elsewhere memory is not what limits it.")
        return 0
    tried: list[int] = []

    def fits_with(size: int) -> bool:
        tried.append(size)
        return fits(config.model_copy(update={"batch_size": size}), data, device)

    step = config.per_group if config.sampler == "balanced" else 2
    found = largest_fitting(fits_with, config.batch_size, multiple=step)
    yield Said(f"tried batches of {', '.join(map(str, tried))}: {found} is the largest that fits.")
    return found
