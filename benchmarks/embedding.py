"""Embedding a screen against the bare forward pass of the same network on tensors that lie ready, field by field.

    python benchmarks/embedding.py [--backbone vit_small_patch16_224] [--fields 64] [--rounds 5] [--side 448 --tile 224]

The bare forward sees each field as the fewest views of training's magnification that cover it: one, where the field is
no more than a quarter larger than what a view shows.

Both run in bf16 where the processor has it, batch by batch, in turns; the ratio is of wall time, the cache is warm.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
import torch
from machine import describe_machine, write_result
from safetensors.torch import save_file

from cdcl.config import RunConfig
from cdcl.inference import TrainedModel, embed
from cdcl.models.backbones import build_backbone
from cdcl.models.encoding import encode
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training.checkpoints import WEIGHTS
from cdcl.training.devices import use_bf16

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
            "embedding": {"batch_size": 64},
        }
    )
    cache = finish(fill_cache(screen, folder / "cache"))
    intensities = finish(measure_intensities(screen, cache, config.intensities))
    encoder = build_backbone(config.model, len(CHANNELS), 224).eval()
    save_file(encoder.state_dict(), folder / WEIGHTS)
    return TrainedModel(encoder, config, CHANNELS, intensities, tile=tile, folder=folder)


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
        half = use_bf16("auto", torch.device("cpu"))
        views = torch.randn(64, len(CHANNELS), 224, 224)
        num_tiles = math.ceil(arguments.side / arguments.tile / 1.25) ** 2 * arguments.fields
        bare, ours = [], []
        for _ in range(arguments.rounds):
            began = time.perf_counter()
            for start in range(0, num_tiles, 64):
                encode(model.encoder, views[: num_tiles - start], in_bf16=half)
            bare.append(time.perf_counter() - began)
            began = time.perf_counter()
            finish(embed(model, screen, cache_folder=folder / "cache"))
            ours.append(time.perf_counter() - began)
    ratio = statistics.median(a / b for a, b in zip(bare, ours, strict=True))
    write_result(
        "embedding",
        f"| {arguments.backbone}, {arguments.fields} fields of 5 x {arguments.side}² in {num_tiles} tiles "
        "| s, median | tiles/s |\n|---|---|---|\n"
        f"| bare forward | {statistics.median(bare):.2f} | {num_tiles / statistics.median(bare):.1f} |\n"
        f"| `embed` of {arguments.fields} fields | {statistics.median(ours):.2f} "
        f"| {num_tiles / statistics.median(ours):.1f} |\n\n"
        f"`embed` runs at {100 * ratio:.0f} % of the bare forward (median of {arguments.rounds} rounds). "
        f"{describe_machine()}",
    )


if __name__ == "__main__":
    main()
