"""`cdcl cells`: where the single cells of a screen are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.cells import CELLS_NAME, LabelForm, draw_cells, gather_cells, label_numbers, write_cells, write_ome_labels
from cdcl.cells.ome_labels import split_name
from cdcl.cells.windows import crop_side
from cdcl.cli.progress import run_task
from cdcl.config.cells import CellsConfig
from cdcl.errors import ConfigError, ScreenError
from cdcl.events import Said, Wrote
from cdcl.images.remote import is_remote, remote_url
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles.cell_columns import join_cell_columns
from cdcl.readers import read_screen

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.cells import Cells
    from cdcl.screen import Screen
    from cdcl.tasks import Task

FOUND = ("auto", "nuclei", "tiles", "images")
"""What `--from` may say besides a path."""

CROP_DIAMETERS = 2.5
"""So many nuclei wide is a usual crop; where nobody says how wide a cell is, it is drawn by that."""

_SIDE = re.compile(r"(\d+(?:\.\d+)?)\s*(um|µm|px)?")


def perform(args: Namespace) -> None:
    """Read or find the cells of a screen, and keep them beside its table or where asked."""
    if args.out is None and is_remote(args.source):
        raise ScreenError(f"say where the cells of {remote_url(args.source)} go with -o FILE.")
    out = args.out or beside(args.source)
    if out.suffix.lower() not in (".parquet", ".csv"):
        raise ScreenError(f"{out}: cells are written as .parquet or .csv.")
    run_task(_cells(args, out), args)


def beside(source: Path) -> Path:
    """Give where a screen's cells are kept: beside its table, in its folder, or beside its OME-Zarr."""
    if source.is_dir() and source.suffix.lower() == ".zarr":
        return source.with_name(f"{source.stem}.{CELLS_NAME}")
    return (source if source.is_dir() else source.parent) / CELLS_NAME


def cells_for(given: Path | None, source: Path | None) -> Path | None:
    """Give the file of cells that was named, else the one beside the screen, if there is one.

    Raises
    ------
    ScreenError
        If the named one does not exist.
    """
    if given is not None and not split_name(given)[0].exists():
        raise ScreenError(f"there are no cells at {given}: no such file or folder.")
    if given is not None or source is None or is_remote(source):
        return given
    return beside(source) if beside(source).is_file() else None


def _cells(args: Namespace, out: Path) -> Task[None]:
    screen, config = read_screen(args.source), _config(args)
    path = None if args.origin in FOUND else Path(args.origin)
    if path is not None and not split_name(path)[0].exists():
        raise ScreenError(f"--from {path}: no such file or folder; else say {', '.join(FOUND[:-1])} or {FOUND[-1]}.")
    cache = yield from fill_cache(screen, args.cache or default_cache_folder())
    cells = yield from gather_cells(screen, cache, config, path=path)
    cells = cells.capped(args.most, args.seed)
    yield Said(in_words(cells, screen))
    for known in args.known:
        cells = yield from join_cell_columns(cells, screen, known)
    write_cells(cells, screen, out)
    yield Wrote(f"{len(cells):,} cells", str(out))
    if args.labels is not None:
        diameter = args.diameter or crop_side(config, screen.pixel_size) / CROP_DIAMETERS
        images = draw_cells(cells, cache.sizes, diameter)
        form = LabelForm(args.name, args.ome_version, cells.table.assign(cell=label_numbers(cells)))
        yield from write_ome_labels(images, screen, args.labels, form)


def in_words(cells: Cells, screen: Screen) -> str:
    """Sum up how many cells there are, where, and how many crops would leave their field."""
    counts = np.bincount(cells.rows, minlength=len(screen))
    most = counts[counts > 0]
    spread = f"{most.min()} to {most.max()} a field, {np.median(most):.0f} in the middle"
    return (
        f"{len(cells):,} cells in {len(most):,} of {len(screen):,} fields: {spread}; "
        f"{int(cells.border.sum()):,} at the edge of their field"
    )


def _config(args: Namespace) -> CellsConfig:
    side = _SIDE.fullmatch(args.crop)
    if side is None or float(side[1]) <= 0 or (side[2] in (None, "px") and not side[1].isdigit()):
        raise ConfigError(f"--crop {args.crop}: give a number of pixels, such as 96, or of micrometres, such as 60um.")
    crop: dict[str, Any] = {"crop_um": float(side[1])} if side[2] in ("um", "µm") else {"crop": int(side[1])}
    source = args.origin if args.origin in FOUND else "auto"
    return CellsConfig(source=source, nuclei_channel=args.channel, nucleus_diameter=args.diameter, **crop)
