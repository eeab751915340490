"""Training on single cells: which cells a run has, and its training set with a row a cell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.cells import gather_cells, write_cells
from cdcl.cells.windows import crop_side
from cdcl.data.cell_masks import Neighbourhood
from cdcl.data.cell_positions import CellPositions
from cdcl.errors import ConfigError
from cdcl.events import Said
from cdcl.pixels.locks import FillLock

if TYPE_CHECKING:
    from cdcl.cells import Cells
    from cdcl.config import RunConfig
    from cdcl.data.loader import TrainingSet
    from cdcl.pixels.cache import PixelCache
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def cells_of_run(config: RunConfig, screen: Screen, run: Run, cache: PixelCache) -> Task[Cells]:
    """Give the cells that the run keeps; where it has none yet, gather them as its config says, and keep them.

    Of several processes, the first does the work and the others read what it wrote.
    """
    lock = FillLock(run.folder / "cells.lock")
    yield from lock.acquire()
    try:
        kept = run.cells if run.cells.exists() else None
        workers = max(config.workers, 1)
        cells = yield from gather_cells(screen, cache, config.cells, path=kept, workers=workers)
        if kept is None:
            write_cells(cells, screen, run.cells)
    finally:
        lock.release()
    return cells


def on_cells(data: TrainingSet, cells: Cells, config: RunConfig) -> Task[TrainingSet]:
    """Turn a training set of fields into one of cells: a row a cell, with its field's columns and its own.

    Raises
    ------
    ConfigError
        If no cell is left to train on.
    """
    settings, side = config.cells, crop_side(config.cells, data.screen.pixel_size)
    here = cells.in_fields(data.cache_rows)
    used = here if settings.border else here.take(~here.border)
    kept = used.capped(settings.most_per_field, config.seed)
    if not len(kept):
        raise ConfigError(
            f"all {len(here):,} cells are too near to the edge of their field for a crop of {side} pixels; make "
            "cells.crop smaller, or set cells.border = true."
        )
    yield Said(_in_words(kept, used, here))
    screen = replace(data.screen, sites=kept.with_sites(data.screen))
    positions = CellPositions.of(kept, data.cache.sizes[data.cache_rows], side)
    if settings.mask_neighbours:
        positions = replace(positions, neighbourhood=Neighbourhood.of(cells, len(data.cache)))
    return replace(data, screen=screen, cache_rows=data.cache_rows[kept.rows], positions=positions)


def _in_words(kept: Cells, used: Cells, here: Cells) -> str:
    """Say how many cells are used, and why not all: `here` without those at the border is `used`, capped `kept`."""
    border, capped = len(here) - len(used), len(used) - len(kept)
    reasons = [f"{border:,} at the edge of their field"] if border else []
    reasons += [f"{capped:,} beyond the most a field"] if capped else []
    return f"{len(kept):,} of {len(here):,} cells are used" + (f"; not {' and '.join(reasons)}" if reasons else "")
