"""Profiles of single cells, written as they come: however many there are, few are in memory.

Plates are embedded one after the other into parts, which are joined at the end. Whoever is interrupted finds the parts
again; of several processes that torchrun started, each takes its share of the plates.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.cells import gather_cells
from cdcl.cells.windows import crop_side
from cdcl.data.cell_masks import Neighbourhood
from cdcl.data.cell_positions import CellPositions
from cdcl.errors import DiskError, ProfilesError, ScreenError
from cdcl.events import Advanced, Began, Ended, Said, Warned
from cdcl.inference.fields import prepare_fields
from cdcl.inference.models import on_screen
from cdcl.inference.pooling import Pooled, pool_cells
from cdcl.inference.ready_views import ready_views
from cdcl.inference.tile_plan import most_at_once
from cdcl.models.encoding import encode
from cdcl.pixels.filling import WORTH_SAYING, format_bytes
from cdcl.profiles import Profiles
from cdcl.profiles.parts import PIECE, join_parts, keep_plates, written_part
from cdcl.screen.plates import plate_keys
from cdcl.training.checkpoints import WEIGHTS
from cdcl.training.devices import use_bf16

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.cells import Cells
    from cdcl.config import CellsConfig
    from cdcl.data.crops import Crops
    from cdcl.inference.fields import PreparedFields
    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task

_POLL_SECONDS = 1.0
"""Between two looks at whether another process has finished its part."""

TABLE_BYTES = 150
"""Of a cell's row beside its features, about."""


def embed_cells(
    model: TrainedModel, screen: Screen, out: Path, *, path: Path | None = None, cache_folder: Path | None = None
) -> Task[Pooled | None]:
    """Embed the cells of every readable field and write a profile of each to `out`.

    That is one .parquet file, or, where `out` does not end so, a folder with one file a plate: these are never joined,
    which halves the room on disk.

    A model that was trained on cells sees crops of the size it was trained on; one that was trained on fields sees
    each cell in a window of the scale of its training.

    Parameters
    ----------
    path
        Where the coordinates are; without it, the cells are found as in training, or as `cells.source` = "auto" does.

    Returns
    -------
    Pooled
        Profiles of sites and wells, as means over their cells; None in a process that is not the first.

    Raises
    ------
    ModelError
        If the screen's channels are not the model's.
    ScreenError
        If there are no cells.
    ProfilesError
        If `out` is a folder that exists.
    DiskError
        If the profiles will not fit on the disk.
    """
    joined = _check_new(out)
    model = on_screen(model, screen)
    fields = yield from prepare_fields(model, screen, cache_folder)
    settings = cell_settings(model)
    cells = yield from gather_cells(screen, fields.cache, settings, path=path, workers=max(model.config.workers, 1))
    work = _lay_out(model, screen, fields, cells, settings)
    yield from _tell_used(work.cells, cells)
    folder = out.with_name(f".{out.name}.{work.digest()}")
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if not rank:
        yield from _check_room(work, folder, copies=2 if joined else 1)
    yield from _embed_plates(work, folder, range(rank, len(work.plates), size))
    if rank:
        return None
    parts = [folder / _part(plate) for plate in range(len(work.plates))]
    yield from _wait_for(parts)
    pooled = pool_cells(parts, [work.cells.rows[plate] for plate in work.plates], screen, model.config.embedding.cells)
    _keep(parts, work.plate_names(), out)
    return Pooled(_of_model(model, pooled.sites), _of_model(model, pooled.wells))


def _of_model(model: TrainedModel, profiles: Profiles) -> Profiles:
    """Let profiles say whose network they are of, and on what terms, as those of single cells do."""
    return replace(profiles, provenance={**model.provenance, **profiles.provenance})


def _keep(parts: list[Path], names: list[str], out: Path) -> None:
    if out.suffix.lower() == ".parquet":
        join_parts(parts, out)
        shutil.rmtree(parts[0].parent, ignore_errors=True)
    else:
        keep_plates(parts, names, out)


def _check_new(out: Path) -> bool:
    """Give whether `out` is one file; a folder must not exist yet."""
    joined = out.suffix.lower() == ".parquet"
    if not joined and out.exists():
        raise ProfilesError(f"{out} exists, and nothing is written over; name a folder that does not exist yet.")
    return joined


def cell_settings(model: TrainedModel) -> CellsConfig:
    """Give how the model's cells are cut: as in training, or, after training on fields, at the scale of training."""
    settings = model.config.cells
    if settings.source != "none":
        return settings.model_copy(update={"source": "auto" if settings.source == "table" else settings.source})
    return settings.model_copy(update={"source": "auto", "crop": model.tile, "crop_um": 0.0})


@dataclass(frozen=True)
class _Work:
    """What is to be embedded: cells, where they lie, and which of them are on which plate."""

    model: TrainedModel
    screen: Screen
    fields: PreparedFields
    cells: Cells
    positions: CellPositions
    plates: list[NDArray[np.int64]]

    def digest(self) -> str:
        """Name the work, so that parts of other work are never taken for its own."""
        digest = hashlib.sha1((self.model.folder / WEIGHTS).read_bytes(), usedforsecurity=False)
        digest.update(pd.util.hash_pandas_object(self.cells.table[["row", "y", "x"]]).to_numpy().tobytes())
        digest.update(repr((self.positions.boxes[:, 2:].max(initial=0), self.screen.image_files()[:1])).encode())
        return digest.hexdigest()[:12]

    def plate_names(self) -> list[str]:
        """Give the name of each plate, with its batch where it has one."""
        keys = plate_keys(self.screen.sites)
        return [str(keys.iat[int(self.cells.rows[plate[0]])]) for plate in self.plates]

    def encode(self, chosen: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        """Give the features of some cells, batch by batch."""
        model, size = self.model, most_at_once(self.model, self.model.view_size)
        half = use_bf16(model.config.precision, model.device)
        chunks = [chosen[start : start + size] for start in range(0, len(chosen), size)]
        for views in ready_views(self._cut, chunks, model.device):
            yield encode(model.encoder, views, in_bf16=half)

    def profiles(self, chosen: NDArray[np.int64], values: list[NDArray[np.float32]]) -> Profiles:
        """Put features beside what is known of their cells."""
        table = self.cells.take(chosen).with_sites(self.screen)
        return Profiles(np.concatenate(values), table, "cell", self.model.features, self.model.provenance)

    def _cut(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.float16], Crops]:
        rows, boxes = self.cells.rows[chosen], self.positions.boxes[chosen]
        return self.fields.cut(rows, boxes, self.model.view_size, self.positions.masks(rows, chosen, boxes))


def _lay_out(model: TrainedModel, screen: Screen, fields: PreparedFields, cells: Cells, settings: CellsConfig) -> _Work:
    kept = cells if settings.border else cells.take(~cells.border)
    if not len(kept):
        raise ScreenError(f"all {len(cells):,} cells are at the edge of their field; set cells.border = true to train.")
    positions = CellPositions.of(kept, fields.cache.sizes, crop_side(settings, screen.pixel_size))
    if settings.mask_neighbours:
        positions = CellPositions(positions.boxes, positions.centres, Neighbourhood.of(cells, len(screen)))
    codes = pd.factorize(plate_keys(screen.sites))[0][kept.rows]
    # One sort, not a look through all cells for each of a thousand plates.
    order = np.argsort(codes, kind="stable")
    plates = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return _Work(model, screen, fields, kept, positions, plates)


def _tell_used(kept: Cells, found: Cells) -> Task[None]:
    """Say how many cells are embedded, why not all, and which fields have none left."""
    edge = len(found) - len(kept)
    if not edge:
        yield Said(f"{len(kept):,} cells are embedded")
        return
    yield Said(
        f"{len(kept):,} of {len(found):,} cells are embedded; not {edge:,} so near to the edge of their field that "
        "their crop would leave it"
    )
    if lost := len(np.unique(found.rows)) - len(np.unique(kept.rows)):
        fields = "1 field has" if lost == 1 else f"{lost:,} fields have"
        yield Warned(f"{fields} no cell left and no profile: all that were found there are at the edge.")


def _check_room(work: _Work, folder: Path, *, copies: int) -> Task[None]:
    """Estimate what is to be written of plates that are not there yet, before any is embedded."""
    there = [(folder / _part(plate)).exists() for plate in range(len(work.plates))]
    left = sum(len(plate) for plate, done in zip(work.plates, there, strict=True) if not done)
    width = 4 * int(work.model.encoder.num_features) + TABLE_BYTES  # type: ignore[arg-type]
    needed = width * (left + (copies - 1) * len(work.cells))
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free
    if needed > free:
        less = ", or write a folder of plates with -o FOLDER, which takes half" if copies > 1 else ""
        raise DiskError(
            f"{folder.parent} needs {format_bytes(needed)} for the profiles of {len(work.cells):,} cells, but "
            f"{format_bytes(free)} are free; free some space{less}."
        )
    if needed > WORTH_SAYING:
        yield Said(f"profiles of {len(work.cells):,} cells take {format_bytes(needed)} of {format_bytes(free)} free")


def _embed_plates(work: _Work, folder: Path, mine: range) -> Task[None]:
    """Write the part of each plate that has none yet."""
    missing = [plate for plate in mine if not (folder / _part(plate)).exists()]
    if len(missing) < len(mine):
        yield Said(f"{len(mine) - len(missing)} of {len(mine)} plates were embedded before")
    yield Began("embed", total=sum(len(work.plates[plate]) for plate in missing), unit="cell")
    done = 0
    for plate in missing:
        with written_part(folder / _part(plate)) as append:
            for piece in _pieces(work.plates[plate]):
                values: list[NDArray[np.float32]] = []
                for block in work.encode(piece):
                    values.append(block)
                    done += len(block)
                    yield Advanced(done)
                append(work.profiles(piece, values))
    yield Ended()


def _pieces(cells: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [cells[start : start + PIECE] for start in range(0, len(cells), PIECE)]


def _part(plate: int) -> str:
    return f"{plate:06d}.parquet"


def _wait_for(parts: list[Path]) -> Task[None]:
    """Wait until the other processes have written theirs."""
    if all(part.exists() for part in parts):
        return
    yield Began("waiting for the other processes", total=len(parts), unit="plate")
    while (there := sum(part.exists() for part in parts)) < len(parts):
        yield Advanced(there)
        time.sleep(_POLL_SECONDS)
    yield Ended()
