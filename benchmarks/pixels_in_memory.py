"""Whether a copy of the pixels in memory would feed a run faster than the system's page cache does.

    python benchmarks/pixels_in_memory.py [--fields 96] [--images 32] [--rounds 5]

Views of cdcl-small from simulated fields of 1080 x 1080 pixels and five channels: the files of the cache (mapped,
warm), the same levels copied into memory of our own, and the files after the system was told to forget them. Reads are
at random, as in training; each road cuts the same views, in turns, and they are compared to the bit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from feeding import CHANNELS, affine
from machine import describe_machine, write_result

from cdcl.config.recipes import load_config
from cdcl.data.crops import CropDrawer
from cdcl.data.cutting import ViewCutter
from cdcl.data.views import ViewPlan, draw_views
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.levels import FieldLevels
from cdcl.screen import Screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops

SIDE = 1080

Took = tuple[float, float]
"""Wall and processor seconds."""


def make_screen(folder: Path, num_fields: int) -> Screen:
    import pandas as pd

    rng, rows = np.random.default_rng(0), []
    for number in range(num_fields):
        np.save(folder / f"{number}.npy", rng.poisson(300, (CHANNELS, SIDE, SIDE)).astype(np.uint16))
        rows.append({"plate": "P1", "well": f"A{number + 1:02d}", "site": "1", "path": f"{number}.npy"})
    return Screen(pd.DataFrame(rows), ("DNA", "ER", "RNA", "AGP", "Mito"), folder)


def draw(num_fields: int, images: int, seed: int) -> list[tuple[Crops, int]]:
    config = load_config("cdcl-small")
    frames = np.tile([0, 0, SIDE, SIDE], (num_fields, 1))
    rng = np.random.default_rng(seed)
    rows, partners = rng.permutation(num_fields)[:images], rng.permutation(num_fields)[:images]
    plan, drawer = ViewPlan.of(config.views, config.pairing.partner_views), CropDrawer(config.views, frames, CHANNELS)
    drawn = draw_views(rows, partners, plan, drawer, rng)
    return list(zip(drawn, (config.views.global_crops.size, config.views.local_crops.size), strict=True))


def cut(kinds: list[tuple[Crops, int]], levels: Callable[[int], FieldLevels]) -> list[NDArray[np.float16]]:
    return [ViewCutter(levels).cut(crops, size, affine(crops)) for crops, size in kinds]


def forget(folder: Path) -> None:
    """Tell the system that the files' pages are not needed; those that are mapped by nobody go."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def copy_of(levels: FieldLevels) -> FieldLevels:
    """Hold all levels of a field in memory of our own."""
    held = tuple(np.array(levels.read(level)) for level in range(levels.count))
    return FieldLevels(held.__getitem__, levels.dtype, CHANNELS)


def measure(screen: Screen, folder: Path, images: int, rounds: int) -> tuple[dict[str, list[Took]], int]:
    """Cut the same views by each road, in turns; give wall and processor seconds per round, and views a round."""
    num_fields = len(screen.sites)
    took: dict[str, list[Took]] = {"files, warm": [], "copied into memory": [], "files, forgotten": []}
    cache = finish(fill_cache(screen, folder))
    copied, num_views = [copy_of(cache.levels(row)) for row in range(num_fields)], 0
    for number in range(rounds):
        del cache  # else its pages are mapped, and the system keeps them
        forget(folder)
        cache = finish(fill_cache(screen, folder))
        mapped = [cache.levels(row) for row in range(num_fields)]
        kinds, found = draw(num_fields, images, number), []
        for name, levels in (("files, forgotten", mapped), ("files, warm", mapped), ("copied into memory", copied)):
            began, used = time.perf_counter(), time.process_time()
            found.append(cut(kinds, levels.__getitem__))
            took[name].append((time.perf_counter() - began, time.process_time() - used))
        del mapped
        for views in zip(*found, strict=True):
            assert all(np.array_equal(views[0], other) for other in views[1:])
        num_views = sum(len(crops.rows) for crops, _ in kinds)
    return took, num_views


def table_of(took: dict[str, list[Took]], num_views: int) -> list[str]:
    """Write a line a road: medians per 1000 views, and the median of the ratios within a round."""
    lines = ["| road | s per 1000 views | CPU s per 1000 views | CPU of files, warm, over this |", "|---|---|---|---|"]
    for name, pairs in took.items():
        wall, used = (statistics.median(pair[kind] for pair in pairs) / num_views * 1000 for kind in (0, 1))
        ratio = statistics.median(warm[1] / own[1] for warm, own in zip(took["files, warm"], pairs, strict=True))
        lines.append(f"| {name} | {wall:.2f} | {used:.2f} | {ratio:.2f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=96)
    parser.add_argument("--images", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    wish = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        screen = make_screen(Path(place), wish.fields)
        took, num_views = measure(screen, Path(place) / "cache", wish.images, wish.rounds)
    told = f"{wish.fields} fields of {CHANNELS} x {SIDE}²; one thread; {wish.images} images a round, medians of "
    told += f"{wish.rounds} rounds. The views are equal to the bit."
    write_result("pixels-in-memory", "\n".join([*table_of(took, num_views), "", told, describe_machine()]))


if __name__ == "__main__":
    main()
