"""Get the cells of a screen from wherever the config says, or from the best there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.cells.axes import check_axes
from cdcl.cells.centroids import read_centroids
from cdcl.cells.files import read_cells_file
from cdcl.cells.finding import find_all_nuclei
from cdcl.cells.labels import SUFFIXES, read_label_images
from cdcl.cells.matching import PLACE
from cdcl.cells.nuclei import nuclear_channel
from cdcl.cells.ome_labels import holds_ome_labels, read_ome_labels, split_name
from cdcl.cells.tiling import lay_tiles, whole_images
from cdcl.cells.windows import crop_side, flag_border
from cdcl.errors import ConfigError, ScreenError
from cdcl.events import Said, Warned

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.cells.cell_table import Cells
    from cdcl.config.cells import CellsConfig
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen
    from cdcl.tasks import Task

NARROWEST, WIDEST = 1.2, 6.0
"""So many nuclei wide is a crop of one cell."""


def gather_cells(
    screen: Screen, cache: PixelCache, config: CellsConfig, *, path: Path | None = None, workers: int = 2
) -> Task[Cells]:
    """Read the cells at `path`, or find them as `config.source` says, and mark those at the border.

    With "auto" and no path, each image is one cell if images are no larger than a crop; nuclei are found if a channel
    shows them; else tiles are laid out. An event says which.

    Parameters
    ----------
    screen
        The fields to look in.
    cache
        Its decoded pixels: fields' sizes, and the images in which nuclei are found.
    config
        Source, diameter and crop.
    path
        What `read_cells` reads; None finds the cells.
    workers
        Threads that look for nuclei.

    Returns
    -------
    Cells
        In pixels of `screen.image`, with `border` true where a crop would leave its field.

    Raises
    ------
    ConfigError
        If `config.source` is "table" and there is no path.
    ScreenError
        If there are no cells.
    """
    side = crop_side(config, screen.pixel_size)
    if path is not None:
        cells = yield from check_axes((yield from read_cells(path, screen, cache)), cache)
    else:
        cells = yield from _find(screen, cache, config, side, workers)
    if not len(cells):
        raise ScreenError(f"no cells were found ({cells.origin}); try cells.source = 'tiles'.")
    return flag_border(cells, cache.sizes, side)


def read_cells(path: Path, screen: Screen, cache: PixelCache | None = None) -> Task[Cells]:
    """Read cells from our own file, a table of centroids, a database, or a folder of label images or tables.

    Coordinates in these files are in pixels of the image files; they are converted to pixels of `screen.image`, which
    may be binned. Of an OME-Zarr the labels are read.

    Parameters
    ----------
    path
        A file or folder; `plate.zarr#nuclei` names one of several labels.
    cache
        Of the screen; where it is given, the size of a label image is compared with its field's.

    Returns
    -------
    Cells
        In pixels of `screen.image`.

    Raises
    ------
    ScreenError
        If nothing of that kind is there, or it does not belong to the screen.
    """
    sizes = None if cache is None else cache.sizes
    path, name = split_name(path)
    if not path.exists():
        raise ScreenError(f"there are no cells at {path}: no such file or folder.")
    if name or holds_ome_labels(path):
        found = yield from read_ome_labels(path, screen, sizes, name=name)
        return found.binned(screen.reduction.binning)
    if path.is_dir() and any(file.suffix.lower() in SUFFIXES for file in path.rglob("*")):
        found = yield from read_label_images(path, screen, sizes)
        return found.binned(screen.reduction.binning)
    own = read_cells_file(path, screen)
    if own is not None:
        yield Said(f"{len(own):,} cells from {path.name} ({own.origin})")
        return own
    found = yield from read_centroids(path, screen)
    return found.binned(screen.reduction.binning)


def _find(screen: Screen, cache: PixelCache, config: CellsConfig, side: int, workers: int) -> Task[Cells]:
    if config.source == "table":
        raise ConfigError("cells.source = 'table', but there is no cells.parquet beside the screen; name a file.")
    if config.source == "images" or (config.source == "auto" and _are_crops(screen, cache, side)):
        yield Said("each image is taken for one cell")
        return whole_images(cache.sizes)
    if config.source in ("auto", "nuclei"):
        cells = yield from _find_nuclei(screen, cache, config, workers)
        if cells is not None:
            return cells
    tiles = lay_tiles(cache.sizes, side)
    yield Said(f"tiles of {side} pixels in place of cells: {len(tiles):,} in {int(cache.readable.sum()):,} fields")
    return tiles


def _find_nuclei(screen: Screen, cache: PixelCache, config: CellsConfig, workers: int) -> Task[Cells | None]:
    """Find nuclei; None where tiles do better: no channel that shows them, or less than one a field."""
    channel = nuclear_channel(screen.channels, config.nuclei_channel)
    if channel is None:
        named = ", ".join(screen.channels)
        if config.source == "nuclei":
            raise ConfigError(f"which channel shows nuclei? Set cells.nuclei_channel to one of {named}.")
        yield Said(f"no channel is named after nuclei ({named}): set cells.nuclei_channel to have them found")
        return None
    name, fields = screen.channels[channel], int(cache.readable.sum())
    cells = yield from find_all_nuclei(cache, channel, diameter=config.nucleus_diameter, workers=workers)
    if len(cells) < fields and config.source == "auto":
        yield Said(f"only {len(cells):,} nuclei were found in {name} of {fields:,} fields")
        return None
    yield from _compare_sizes(cells, crop_side(config, screen.pixel_size))
    empty = fields - len(np.unique(cells.rows))
    yield Said(f"{len(cells):,} nuclei found in {name} of {fields:,} fields ({empty:,} without any)")
    return cells


def _compare_sizes(cells: Cells, side: int) -> Task[None]:
    """Warn of crops that hold a dozen cells, or less than one."""
    width = float(np.sqrt(4 / np.pi * cells.table["area"].median()))
    if not NARROWEST <= side / width <= WIDEST:
        yield Warned(
            f"crops of {side} pixels are {side / width:.1f} nuclei wide; set cells.crop to about {2.5 * width:.0f}"
        )


def _are_crops(screen: Screen, cache: PixelCache, side: int) -> bool:
    """Tell whether the images are crops of single cells: no larger than a crop, or several of one site."""
    sizes = cache.sizes[cache.readable]
    place = [name for name in PLACE if name in screen.sites]
    several = bool(screen.sites.duplicated(place).any())
    return several or "cell" in screen.sites or bool(np.median(sizes.min(axis=1)) <= side)
