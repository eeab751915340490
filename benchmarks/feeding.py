"""What feeding the network costs, on fields as microscopes make them: bytes, memory and seconds, before and after.

    python benchmarks/feeding.py [--recipes dino cdcl-small ...] [--sides 520 1080 2160] [--images 16]

Before: crops are copied at full resolution, padded to the largest of the batch, and resized by the network's device.
Now: each is read from the level it needs and resized on its way out of the cache. Bytes are counted on the arrays of a
step of the recipe's own batch. Seconds are the processor's, of one thread, on `--images` images, both roads in turns in
the same run; both end with normalised float32 views in memory.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass

import numpy as np
import torch
from machine import describe_machine, write_result

from cdcl.config.recipes import list_recipes, load_config
from cdcl.data.crops import CropDrawer, Crops
from cdcl.data.cutting import ViewCutter
from cdcl.data.full_resolution import copy_windows, resized
from cdcl.data.loader import prefetched_steps
from cdcl.data.rendering import render
from cdcl.data.views import ViewPlan, draw_views
from cdcl.pixels.levels import FieldLevels, level_shape

CHANNELS, FIELDS = 5, 4
CPU = torch.device("cpu")


@dataclass
class Step:
    """The crops of a step, of each kind of view with its size."""

    kinds: list[tuple[Crops, int]]
    workers: int

    @classmethod
    def draw(cls, recipe: str, side: int, images: int | None = None) -> Step:
        config = load_config(recipe)
        size = config.batch_size if images is None else images
        window = config.cells.crop if config.cells.source != "none" else side
        frames = np.tile([0, 0, window, window], (FIELDS, 1))
        drawer = CropDrawer(config.views, frames, CHANNELS)
        plan = ViewPlan.of(config.views, config.pairing.partner_views)
        anchors = np.arange(size) % FIELDS
        drawn = draw_views(anchors, (anchors + 1) % FIELDS, plan, drawer, np.random.default_rng(0))
        sizes = (config.views.global_crops.size, config.views.local_crops.size)
        return cls([pair for pair in zip(drawn, sizes, strict=True) if len(pair[0].rows)], config.workers)

    def bytes_of_views(self) -> int:
        return sum(len(crops.rows) * CHANNELS * size**2 * 2 for crops, size in self.kinds)

    def bytes_before(self) -> int:
        return sum(len(crops.rows) * CHANNELS * int(crops.boxes[:, 2:].max()) ** 2 * 2 for crops, _ in self.kinds)

    def bytes_read(self, levels: FieldLevels) -> int:
        """Pixels that are read out of the cache's levels."""
        total = 0
        for crops, size in self.kinds:
            for box in crops.boxes.tolist():
                height, width = level_shape(box[2], box[3], levels.level_for(box, size))
                total += CHANNELS * height * width * 2
        return total

    def num_views(self) -> int:
        return sum(len(crops.rows) for crops, _ in self.kinds)


def affine(crops: Crops) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(crops.rows), CHANNELS)
    return np.full(shape, 300, np.float32), np.full(shape, 50, np.float32)


def before(step: Step, fields: list[FieldLevels]) -> None:
    for crops, size in step.kinds:
        windows = copy_windows(lambda row: fields[row].read(0), crops, affine(crops))
        render(resized(windows, size), crops, CPU)


def now(step: Step, fields: list[FieldLevels]) -> None:
    cutter = ViewCutter(lambda row: fields[row])
    for crops, size in step.kinds:
        render(cutter.cut(crops, size, affine(crops)), crops, CPU)


def seconds(road: object, step: Step, fields: list[FieldLevels]) -> float:
    began = time.process_time()
    road(step, fields)  # type: ignore[operator]
    return (time.process_time() - began) / step.num_views() * 1000


def alike(recipes: list[str]) -> dict[str, list[str]]:
    """Put recipes whose steps have the same views under the first of them."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for recipe in recipes:
        config = load_config(recipe)
        window = config.cells.crop if config.cells.source != "none" else 0
        views = config.views
        key = (config.batch_size, window, views.global_crops, views.local_crops, views.aspect, views.blur > 0)
        groups.setdefault(key, []).append(recipe)
    return {names[0]: names for names in groups.values()}


def measure(recipe: str, side: int, fields: list[FieldLevels], images: int) -> str:
    step, few = Step.draw(recipe, side), Step.draw(recipe, side, images)
    views = step.bytes_of_views()
    # As the loader does: those that are prepared, and the one that is worked on.
    held = (min(step.workers, prefetched_steps(views)) + 1) * views / 1e9
    was_held = (step.workers + 1) * step.bytes_before() / 1e9
    pairs = [(seconds(before, few, fields), seconds(now, few, fields)) for _ in range(3)]
    old, new = (statistics.median(pair[road] for pair in pairs) for road in (0, 1))
    return (
        f"| {recipe} | {side}² | {views / 1e9:.3f} | {step.bytes_before() / views:.1f} | "
        f"{step.bytes_read(fields[0]) / views:.2f} | 1.00 | {was_held:.1f} | {held:.2f} | {old:.2f} | {new:.2f} | "
        f"{old / new:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=list(list_recipes()))
    parser.add_argument("--sides", nargs="+", type=int, default=[520, 1080, 2160])
    parser.add_argument("--images", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lines = [
        (
            "| recipe | fields | GB of views a step | bytes / bytes of views: before | read now | handed over now "
            "| GB held before | GB held now | s per 1000 views before | now | ratio |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rng, groups = np.random.default_rng(0), alike(arguments.recipes)
    for side in arguments.sides:
        fields = [FieldLevels.of(rng.poisson(300, (CHANNELS, side, side)).astype(np.uint16)) for _ in range(FIELDS)]
        for recipe in groups:
            lines.append(measure(recipe, side, fields, arguments.images))
            print(lines[-1], flush=True)
    same = [f"{first} stands for {', '.join(rest)}" for first, *rest in groups.values() if rest]
    note = f"Recipes whose views are alike have one row: {'; '.join(same)}. " * bool(same)
    note += f"5 channels of uint16, one thread, {arguments.images} images a round, medians of 3 rounds."
    write_result("feeding", "\n".join([*lines, "", note, describe_machine()]))


if __name__ == "__main__":
    main()
