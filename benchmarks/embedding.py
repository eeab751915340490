"""Embedding a screen against the bare forward pass of the same network on tensors that lie ready, field by field.

    python benchmarks/embedding.py [--backbone vit_small_patch16_224] [--fields 64] [--rounds 5] [--side 448 --tile 224]

The bare forward sees each field as the fewest views of training's magnification that cover it: one, where the field is
no more than a quarter larger than what a view shows.

Both run in bf16 where the processor has it, in turns; the cache is warm. The bare forward takes the very batches that
`embed` takes, and, beside it, batches of 64. Two clocks are read: the one on the wall, and the processor time of the
thread that the network runs in. Where nobody else works on the machine they say the same; where others do, the second
one says what `embed` costs the network, as long as a core is left for the threads that feed it.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import tifffile
import torch
from machine import describe_machine, write_result
from safetensors.torch import save_file

from cdcl.config import RunConfig
from cdcl.inference import TrainedModel, embed
from cdcl.inference.tile_plan import most_at_once
from cdcl.models.backbones import build_backbone
from cdcl.models.encoding import encode
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training.checkpoints import WEIGHTS
from cdcl.training.devices import use_bf16

if TYPE_CHECKING:
    from collections.abc import Callable

CHANNELS = ("DNA", "ER", "RNA", "AGP", "Mito")


def make_screen(folder: Path, num_fields: int, side: int) -> Screen:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(num_fields):
        tifffile.imwrite(folder / f"{number}.tif", rng.poisson(300, (5, side, side)).astype(np.uint16))
        rows.append({"plate": "P1", "well": f"A{number + 1:02d}", "site": "1", "path": f"{number}.tif"})
    return Screen(pd.DataFrame(rows), CHANNELS, folder)


def make_model(screen: Screen, folder: Path, backbone: str, tile: int) -> TrainedModel:
    config = RunConfig.model_validate(
        {
            "model": {"backbone": backbone},
            "views": {"window": 224, "global_crops": {"scale": [1.0, 1.0]}},
            "intensities": {"method": "plate"},
        }
    )
    cache = finish(fill_cache(screen, folder / "cache"))
    intensities = finish(measure_intensities(screen, cache, config.intensities))
    encoder = build_backbone(config.model, len(CHANNELS), 224).eval()
    save_file(encoder.state_dict(), folder / WEIGHTS)
    return TrainedModel(encoder, config, CHANNELS, intensities, tile=tile, folder=folder)


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Time some work by the clock on the wall and by the processor time of this thread."""
    began = time.perf_counter(), time.thread_time()
    work()
    return time.perf_counter() - began[0], time.thread_time() - began[1]


def forward(model: TrainedModel, views: torch.Tensor, num_tiles: int, size: int) -> None:
    """Run the network alone over so many tiles, `size` at a time; each batch is another part of `views`."""
    half = use_bf16("auto", torch.device("cpu"))
    for start in range(0, num_tiles, size):
        place = start % len(views)
        encode(model.encoder, views[place : place + min(size, num_tiles - start)], in_bf16=half)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="vit_small_patch16_224")
    parser.add_argument("--fields", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=448)
    parser.add_argument("--tile", type=int, default=224)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        screen = make_screen(folder, arguments.fields, arguments.side)
        model = make_model(screen, folder, arguments.backbone, arguments.tile)
        views = torch.randn(64, len(CHANNELS), 224, 224)
        num_tiles = math.ceil(arguments.side / arguments.tile / 1.25) ** 2 * arguments.fields
        size = min(most_at_once(model, 224), len(views))
        works: dict[str, Callable[[], object]] = {
            "bare forward, batches of 64": lambda: forward(model, views, num_tiles, len(views)),
            f"bare forward, batches of {size} as `embed`": lambda: forward(model, views, num_tiles, size),
            f"`embed` of {arguments.fields} fields": lambda: finish(
                embed(model, screen, cache_folder=folder / "cache")
            ),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
        for _ in range(arguments.rounds):
            for name, work in works.items():
                took[name].append(seconds(work))
    what = f"{arguments.backbone}, {arguments.fields} fields of 5 x {arguments.side}² in {num_tiles} tiles"
    write_result("embedding", "\n".join([*table(what, took, num_tiles), "", f"{said(took)} {describe_machine()}"]))


def table(what: str, took: dict[str, list[tuple[float, float]]], num_tiles: int) -> list[str]:
    lines = [f"| {what} | wall s, median | thread s, median | tiles a thread s |", "|---|---|---|---|"]
    for name, rounds in took.items():
        wall, thread = (statistics.median(clock) for clock in zip(*rounds, strict=True))
        lines.append(f"| {name} | {wall:.2f} | {thread:.2f} | {num_tiles / thread:.1f} |")
    return lines


def said(took: dict[str, list[tuple[float, float]]]) -> str:
    """Say the ratio of `embed` to the bare forward in the same batches, by both clocks: medians of paired rounds."""
    _, bare, ours = took.values()
    wall, thread = (
        100 * statistics.median(a[clock] / b[clock] for a, b in zip(bare, ours, strict=True)) for clock in (0, 1)
    )
    return (
        f"`embed` runs at {wall:.0f} % of the bare forward by the clock on the wall, {thread:.0f} % by the thread's "
        f"(medians of {len(ours)} rounds)."
    )


if __name__ == "__main__":
    main()
