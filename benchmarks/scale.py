"""Ten million cells through `embed_cells`: planning, writing, memory, and going on after kill -9.

    python benchmarks/scale.py [--cells 10000000] [--plates 300] [--width 64]

The network is left out: random features come in its place, so that what is measured is all else. What a network takes
for a cell, benchmarks/embedding.py and cells.py measure. Memory is the peak of the whole process, libraries included.
"""

from __future__ import annotations

import argparse
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS, SIDE = 8, 128
"""Of each plate, and pixels of a field's side; a cell's crop has 16."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=10_000_000)
    parser.add_argument("--plates", type=int, default=300)
    parser.add_argument("--width", type=int, default=64, help="features of a cell")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        embed(arguments.child)
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        began = time.perf_counter()
        prepare(place, arguments.cells, arguments.plates, arguments.width)
        lines = [f"| a screen and its cells are written | {time.perf_counter() - began:.0f} s | |"]
        done = killed(place, arguments.plates // 3)
        lines.append(f"| killed after | {done} of {arguments.plates} plates | |")
        lines += [f"| {' | '.join(line.split(chr(9)))} |" for line in child(place).splitlines() if "\t" in line]
        parts = sorted((place / "out").glob("*.parquet"))
        size = sum(part.stat().st_size for part in parts) / 1e9
        lines.append(f"| {len(parts)} files, one a plate | {size:.2f} GB | |")
    head = f"{arguments.cells:,} cells on {arguments.plates} plates, {arguments.width} features\n\n"
    head += "| what | time or size | peak memory, GB |\n|---|---|---|\n"
    write_result("scale", head + "\n".join(lines) + f"\n\n{describe_machine()}")


def prepare(place: Path, num_cells: int, num_plates: int, width: int) -> None:
    """Write small fields, the coordinates, and a network of one step."""
    import tifffile

    from cdcl.cells import Cells, write_cells
    from cdcl.config.recipes import check_config
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.screen.tables import write_screen
    from cdcl.tasks import finish
    from cdcl.training import train

    rng, count = np.random.default_rng(0), FIELDS * num_plates
    number = np.arange(count)
    for field in number.tolist():
        tifffile.imwrite(place / f"{field}.tif", rng.poisson(200, (2, SIDE, SIDE)).astype(np.uint16))
    sites = {
        "plate": [f"P{n // FIELDS:04d}" for n in number],
        "well": [f"A{n % FIELDS + 1:02d}" for n in number],
        "site": "1",
        "treatment": [f"T{n % FIELDS}" for n in number],
        "path": [f"{n}.tif" for n in number],
    }
    screen = Screen(pd.DataFrame(sites), ("DNA", "Actin"), place)
    write_screen(screen, place / "screen.parquet")
    rows = np.sort(rng.integers(0, count, num_cells))
    table = pd.DataFrame({"row": rows, **{axis: rng.uniform(10, SIDE - 10, num_cells) for axis in ("y", "x")}})
    write_cells(Cells.of(table, "points"), screen, place / "cells.parquet")
    shape = {"backbone": "vit_tiny_patch16_224", "patch": 8, "width": width, "depth": 1, "heads": 2}
    views = {"global_crops": {"count": 2, "size": 16}, "local_crops": {"count": 0}}
    config: dict[str, Any] = {"steps": 1, "batch_size": 4, "views": views, "model": shape, "precision": "fp32"}
    config |= {"cells": {"source": "tiles", "crop": 16}, "method": {"name": "simclr"}, "device": "cpu"}
    few = screen.take(np.arange(FIELDS))
    run = Run(place / "run")
    run.folder.mkdir()
    finish(train(check_config(config, "benchmark"), few, run, cache_folder=place / "cache"))


def embed(place: Path) -> None:
    """Embed with features out of a hat, and say what each stage took."""
    import cdcl.inference.cell_profiles as module
    from cdcl.events import Began, Ended, Said
    from cdcl.inference import load_model
    from cdcl.screen.tables import read_screen_table

    def encode(self: Any, chosen: np.ndarray) -> Iterator[np.ndarray]:
        rng = np.random.default_rng(int(chosen[0]))
        yield rng.normal(size=(len(chosen), int(self.model.encoder.num_features))).astype(np.float32)

    module._Work.encode = encode  # type: ignore[method-assign]
    began = time.perf_counter()
    task = module.embed_cells(
        load_model(place / "run"),
        read_screen_table(place / "screen.parquet"),
        place / "out",
        path=place / "cells.parquet",
        cache_folder=place / "cache",
    )
    for event in task:
        if isinstance(event, Began | Ended | Said):
            what = getattr(event, "task", "") or getattr(event, "message", "") or "over"
            print(f"{what}\tat {time.perf_counter() - began:.0f} s\t{peak():.2f}", flush=True)
    print(f"sites and wells pooled, all in place\tat {time.perf_counter() - began:.0f} s\t{peak():.2f}", flush=True)


def child(place: Path) -> str:
    command = [sys.executable, __file__, "--child", str(place)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def killed(place: Path, plates: int) -> int:
    """Embed until so many plates are there, and kill the process without a word."""
    command = [sys.executable, __file__, "--child", str(place)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and len(done := list(place.glob(".out.*/0*.parquet"))) < plates:
            time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    return len(done)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
