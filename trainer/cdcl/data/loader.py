"""The data loader: turns step numbers into batches; threads prefetch the crops of the next steps meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from cdcl.data.batches import Batch
from cdcl.data.crops import CropDrawer
from cdcl.data.cutting import ViewCutter
from cdcl.data.device_feed import feed
from cdcl.data.prefetch import prefetched
from cdcl.data.rendering import render
from cdcl.data.sampling import NOISE, PARTNERS, VIEWS, BalancedSampler, PlainSampler, rng_for
from cdcl.data.views import ViewPlan, draw_views
from cdcl.pairing.pairer import Pairer
from cdcl.pixels.illumination import FieldLight
from cdcl.screen.guide_columns import guide_columns
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numpy.typing import NDArray

    from cdcl.config import RunConfig
    from cdcl.data.cell_positions import CellPositions
    from cdcl.data.crops import Crops
    from cdcl.data.sampling import Sampler
    from cdcl.pixels.cache import PixelCache
    from cdcl.pixels.illumination import Illumination
    from cdcl.pixels.intensities import Intensities
    from cdcl.pixels.levels import FieldLevels
    from cdcl.screen import Screen


PREPARED_BYTES = 10**9
"""Memory of the steps that are prepared, the one that is worked on included: two of 256 images, 2 x 224 + 8 x 96."""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows of a screen with their pixels and intensities; the rows are fields, or single cells.

    Attributes
    ----------
    screen
        The table, N rows.
    cache
        Decoded pixels of the whole screen.
    intensities
        Offset and scale of each plate and channel.
    cache_rows
        (N,) where each row of `screen` lies in the cache.
    positions
        Where in their fields the rows are, if they are cells.
    illumination
        Light of each plate and channel that views are corrected by; None leaves them as they are.
    """

    screen: Screen
    cache: PixelCache
    intensities: Intensities
    cache_rows: NDArray[np.int64]
    positions: CellPositions | None = None
    illumination: Illumination | None = None

    @property
    def frames(self) -> NDArray[np.int64]:
        """What may be seen of each row's field, (N, 4) top, left, height, width: all of it, or the cell's crop."""
        if self.positions is not None:
            return self.positions.boxes
        sizes = self.cache.sizes[self.cache_rows]
        return np.concatenate([np.zeros_like(sizes), sizes], axis=1)  # (N, 2) twice to (N, 4)

    def levels(self, row: int) -> FieldLevels:
        """Give the raw pixels of a row and their levels."""
        return self.cache.levels(int(self.cache_rows[row]))

    def light(self) -> FieldLight | None:
        """Look up the light over each row's field."""
        if self.illumination is None:
            return None
        keys = plate_keys(self.screen.sites).to_numpy()
        return FieldLight.of(self.illumination, keys, self.cache.sizes[self.cache_rows])

    def masks(self, crops: Crops) -> list[NDArray[np.bool_]] | None:
        """Mark the pixels of crops that are another cell's, where they are to be blanked."""
        return (
            None
            if self.positions is None
            else self.positions.masks(self.cache_rows[crops.rows], crops.rows, crops.boxes)
        )

    def part(self, split: str) -> TrainingSet:
        """Keep the rows of one part of the split: "train" or "validation"."""
        rows = np.flatnonzero((self.screen.sites["split"] == split).to_numpy())
        positions = None if self.positions is None else self.positions.take(rows)
        return replace(self, screen=self.screen.take(rows), cache_rows=self.cache_rows[rows], positions=positions)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a thread hands over: everything of a step but the work of the device."""

    rows: NDArray[np.int64]
    partners: NDArray[np.int64]
    crops: tuple[Crops, ...]
    views: tuple[NDArray[np.float16], ...]


class Loader:
    """Batches by step number; the same step always gives the same batch.

    Parameters
    ----------
    data
        What is trained on.
    config
        Batch size, sampler, pairing, views, seed, workers.
    share
        (rank, number of processes): each process cuts only its part of the global batch.
    """

    def __init__(self, data: TrainingSet, config: RunConfig, *, share: tuple[int, int] = (0, 1)) -> None:
        sites = data.screen.sites
        self.pairer = Pairer(sites, config.pairing)
        self._data = data
        self._config = config
        self._sampler = _make_sampler(data.screen, config)
        self._plan = ViewPlan.of(config.views, config.pairing.partner_views)
        self._drawer = CropDrawer(config.views, data.frames, len(data.screen.channels))
        self._light = data.light()
        self._affine = data.intensities.affine(plate_keys(sites).to_numpy())
        self.labels = _codes(data.screen, config.method.label_column)
        self.domains = _known(_codes(data.screen, config.method.domain_column))
        self.guides = guide_columns(sites, config)
        self._share = share

    def batches(self, start: int, stop: int, device: torch.device) -> Iterator[Batch]:
        """Make the batches of some steps, in order; threads prefetch the views of the next ones.

        Parameters
        ----------
        start, stop
            Steps from `start` to before `stop`.
        device
            Where the views go.

        Yields
        ------
        Batch
            This process's share of the global batch.
        """
        workers = self._config.workers
        with _threads(workers) as pool:
            # On a processor steps lie ready in single precision: twice the half that others are sent.
            held = self.bytes_per_step * (2 if device.type == "cpu" else 1)
            depth = min(workers, prefetched_steps(held))
            cut = partial(self._prepare, pool, device.type == "cuda")
            with closing(self._fed(cut, range(start, stop), depth, device)) as batches:
                for step, batch in enumerate(batches, start):
                    torch.manual_seed(self._seeds(step)[1])
                    yield batch

    def _fed(self, cut: Callable[[int], _Prepared], steps: range, depth: int, device: torch.device) -> Generator[Batch]:
        """Give the batches of the steps; on a processor threads make them whole, or the one that trains would wait."""
        finish = partial(self._finish, device=device)
        if device.type == "cpu":
            with closing(prefetched(lambda step: finish((step, cut(step))), steps, depth)) as ready:
                yield from ready
            return
        with closing(prefetched(cut, steps, depth)) as prepared:
            yield from feed(enumerate(prepared, steps.start), finish, device)

    def _seeds(self, step: int) -> list[int]:
        """Seed noise here and drop path in the network: functions of (seed, step) and of the process alone."""
        rank = self._share[0]
        number = (step,) if not rank else (step, rank)
        seeds: list[int] = rng_for(self._config.seed, NOISE, *number).integers(2**63, size=2).tolist()
        return seeds

    @property
    def images_per_step(self) -> int:
        """Images of a step that this process sees."""
        return len(range(self._config.batch_size)[self._slice(self._config.batch_size)])

    @property
    def bytes_per_step(self) -> int:
        """Memory of the views of a step before they go to the device: this process's share."""
        kinds = (self._config.views.global_crops, self._config.views.local_crops)
        pixels = sum(kind.count * kind.size**2 for kind in kinds)
        each = pixels * self._data.cache.num_channels * np.dtype(np.float16).itemsize
        return each * self.images_per_step

    def _prepare(self, pool: ThreadPoolExecutor | None, pinned: bool, step: int) -> _Prepared:
        seed = self._config.seed
        rows = self._sampler.rows(step)
        partners = self.pairer.draw(rows, rng_for(seed, PARTNERS, step))
        # Everything is drawn for the global batch and then shared out, so that the number of processes changes nothing.
        drawn = draw_views(rows, partners, self._plan, self._drawer, rng_for(seed, VIEWS, step))
        mine = np.arange(len(rows))[self._slice(len(rows))]
        crops = tuple(crops.take(_of_each_view(mine, len(rows), len(crops.rows))) for crops in drawn)
        kinds = (self._config.views.global_crops, self._config.views.local_crops)
        wanted = [(part, kind.size) for part, kind in zip(crops, kinds, strict=True) if len(part.rows)]
        cutter = ViewCutter(self._data.levels, pool=pool, pinned=pinned, light=self._light)
        views = tuple(self._cut(part, size, cutter) for part, size in wanted)
        return _Prepared(rows[mine], partners[mine], crops[: len(views)], views)

    def _slice(self, num_rows: int) -> slice:
        rank, world = self._share
        return slice(rank * num_rows // world, (rank + 1) * num_rows // world)

    def _cut(self, crops: Crops, size: int, cutter: ViewCutter) -> NDArray[np.float16]:
        offset, scale = self._affine
        affine = (offset[crops.rows], scale[crops.rows])
        return cutter.cut(crops, size, affine, self._data.masks(crops))

    def _finish(self, numbered: tuple[int, _Prepared], device: torch.device) -> Batch:
        step, prepared = numbered
        views = self._config.views
        noise = torch.Generator(device).manual_seed(self._seeds(step)[0])
        pairs = zip(prepared.views, prepared.crops, strict=True)
        rendered = tuple(render(cut, crops, device, noise) for cut, crops in pairs)  # (V * B, C, h, h) a resolution
        sources = (prepared.rows, prepared.partners)

        def of_globals(codes: NDArray[Any]) -> torch.Tensor:
            return send(np.stack([codes[sources[partner]] for partner in self._plan.global_from_partner]))  # (U, B)

        def send(array: NDArray[Any]) -> torch.Tensor:
            return torch.from_numpy(array).to(device, non_blocking=True)

        return Batch(
            views=rendered,
            num_globals=views.global_crops.count,
            num_locals=views.local_crops.count,
            rows=send(prepared.rows),
            partners=send(prepared.partners),
            domains=of_globals(self.domains),
            labels=send(self.labels[prepared.rows]),
            guides=tuple(of_globals(column.values) for column in self.guides),
            view_labels=of_globals(self.labels),
            from_partner=(*self._plan.global_from_partner, *self._plan.local_from_partner),
        )


def prefetched_steps(bytes_per_step: int) -> int:
    """Count the steps that may be prepared while one is worked on: at least one, all within `PREPARED_BYTES`."""
    return max(1, PREPARED_BYTES // max(bytes_per_step, 1) - 1)


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor | None]:
    """Give threads that cut views; None for no threads."""
    if not count:
        yield None
        return
    with ThreadPoolExecutor(count, thread_name_prefix="cut") as pool:
        yield pool


def _make_sampler(screen: Screen, config: RunConfig) -> Sampler:
    if config.sampler == "balanced":
        groups = screen.codes(config.pairing.sameby[0] if config.pairing.sameby else "treatment")
        return BalancedSampler(groups, config.batch_size, config.per_group, config.seed)
    return PlainSampler(len(screen), config.batch_size, config.seed)


def _codes(screen: Screen, column: str) -> NDArray[np.int64]:
    """Number a column's values; with no column named, all rows are of one kind, 0."""
    return screen.codes(column) if column else np.zeros(len(screen), dtype=np.int64)


def _known(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the rows whose value is unknown (-1) a number of their own."""
    return np.where(codes < 0, codes.max(initial=-1) + 1, codes)


def _of_each_view(mine: NDArray[np.int64], num_rows: int, num_crops: int) -> NDArray[np.int64]:
    """Give the positions of `mine` within every view of a view-by-view list of crops."""
    starts = np.arange(0, num_crops, num_rows)  # (V,), of each view's stretch
    return (starts[:, None] + mine).ravel()  # (V * mine,), views first
