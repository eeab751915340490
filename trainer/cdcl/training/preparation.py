"""From a screen to a training set: split, decoded pixels, intensities, and pairing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import write_text
from cdcl.bounded import read_json
from cdcl.data.loader import TrainingSet
from cdcl.data.tiles import usual_side
from cdcl.errors import ConfigError, RunError
from cdcl.events import Said, Warned
from cdcl.models.channel_names import match_channels
from cdcl.models.checking import check_network
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.pixels.illumination import FieldLight, Illumination
from cdcl.pixels.intensities import Intensities, measure_intensities
from cdcl.pixels.measuring_illumination import measure_illumination
from cdcl.screen.plates import plate_keys
from cdcl.screen.requirements import check_columns, check_labels
from cdcl.screen.splits import assign_split
from cdcl.screen.tables import write_screen
from cdcl.training.cell_rows import cells_of_run, on_cells
from cdcl.training.same_images import check_same_images, keep_sums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.pixels.cache import PixelCache
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


SMALL = 0.5
"""Fields whose side is below this share of the usual one are named in a warning."""


def prepare(
    config: RunConfig, screen: Screen, run: Run, *, cache_folder: Path | None, leads: bool = True
) -> Task[TrainingSet]:
    """Decode the screen once, measure its plates, and keep the readable rows of training and validation.

    Parameters
    ----------
    run
        Its intensities and checksums are kept, or compared where it goes on.
    cache_folder
        Where decoded pixels are kept; None takes the usual folder.
    leads
        Whether this process writes the run's table and intensities.

    Returns
    -------
    TrainingSet
        Rows of training and validation that can be read, in the screen's order.

    Raises
    ------
    RunError
        If the images are not those that the run was trained on so far.
    ConfigError
        If the split leaves too little to train on.
    """
    screen = assign_split(screen, config.split)
    of_cells = config.cells.source != "none"
    if not of_cells:  # cells may bring columns of their own
        _check(screen, config)
    cache = yield from fill_cache(screen, cache_folder or default_cache_folder(), workers=max(config.workers, 1))
    if run.checkpoint_steps():
        check_same_images(screen, cache, run)
    illumination = yield from _illumination(config, screen, run, cache)
    intensities = yield from _intensities(config, screen, run, cache, illumination)
    if leads:
        write_screen(screen, run.screen)
        write_text(run.intensities, json.dumps(intensities.to_dict()))
        if illumination is not None:
            write_text(run.illumination, json.dumps(illumination.to_dict()))
        if not run.checkpoint_steps() or not run.checksums.exists():
            keep_sums(cache, run)
    rows = np.flatnonzero((screen.sites["split"] != "test").to_numpy() & cache.readable)
    data = TrainingSet(screen.take(rows), cache, intensities, rows, illumination=illumination)
    unit, total = "images", len(screen)
    yield from _tell_sizes(data)
    if of_cells:
        cells = yield from cells_of_run(config, screen, run, cache)
        data = yield from on_cells(data, cells, config)
        _check(data.screen, config)
        unit, total = "cells", len(cells)
    num_trained = len(data.part("train").screen)
    if num_trained < 2:
        raise ConfigError(f"{num_trained} {unit} are left to train on; check the settings under [split].")
    yield Said(f"training on {num_trained} of {total} {unit}, {len(screen.channels)} channels")
    return data


def _tell_sizes(data: TrainingSet) -> Task[None]:
    """Warn of fields much smaller than usual: what is cut from them is magnified more."""
    usual, sides = usual_side(data.frames), data.frames[:, 2:].min(axis=1)
    small = np.flatnonzero(sides < SMALL * usual)
    if len(small):
        first = int(small[0])
        yield Warned(
            f"{len(small)} of {len(sides)} images are much smaller than the usual {usual} pixels, such as "
            f"{data.screen.paths(first)[0]} ({sides[first]} pixels): they are magnified more than the others. "
            "Leave them out of the screen if they are thumbnails or cut short."
        )


def ready_network(config: RunConfig, channels: Sequence[str]) -> Task[RunConfig]:
    """Match pretrained weights to the channels by name, and find faults of the network before images are decoded.

    Raises
    ------
    ConfigError
        If the network cannot be built, or does not take such views.
    ModelError
        If its pretrained weights cannot be found or fetched, or do not fit.
    """
    config = yield from match_channels(config, channels)
    check_network(config, len(channels))
    return config


def check_screen(screen: Screen, config: RunConfig) -> None:
    """Find faults of the split, and columns and labels that are missing, before anything is written.

    Raises
    ------
    ConfigError
        If the split names what the screen has not, or a column or labels that are needed are missing.
    """
    if config.cells.source != "none":  # cells may bring columns of their own
        assign_split(screen, config.split)
        return
    check_columns(screen.sites, config)
    _check(assign_split(screen, config.split), config)


def _check(screen: Screen, config: RunConfig) -> None:
    check_columns(screen.sites, config)
    check_labels(screen.sites[screen.sites["split"] == "train"], config)


def _illumination(config: RunConfig, screen: Screen, run: Run, cache: PixelCache) -> Task[Illumination | None]:
    """Take the run's own planes where it has them."""
    if config.intensities.illumination == "none" or not run.illumination.exists():
        return (yield from measure_illumination(screen, cache, config.intensities))
    try:
        return Illumination.from_dict(read_json(run.illumination, RunError))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{run.illumination} is damaged; delete it and it is measured again.") from error


def _intensities(
    config: RunConfig, screen: Screen, run: Run, cache: PixelCache, illumination: Illumination | None
) -> Task[Intensities]:
    """Take the run's own numbers where it has them, so that a resumed run sees the same pixels."""
    if not run.intensities.exists():
        keys = plate_keys(screen.sites).to_numpy()
        light = None if illumination is None else FieldLight.of(illumination, keys, cache.sizes)
        return (yield from measure_intensities(screen, cache, config.intensities, light))
    try:
        return Intensities.from_dict(read_json(run.intensities, RunError))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{run.intensities} is damaged; delete it and it is measured again.") from error
