"""Single cells: how many nuclei the finder finds, and what a million coordinates cost.

python benchmarks/cells.py [--cells 1000000] [--embed 20000 100000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

from cdcl.cells import Cells, read_cells_file, write_cells
from cdcl.cells.nuclei import find_nuclei, measure_diameter
from cdcl.screen import Screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE, RADIUS = 1080, 12
FIELDS = 9 * 384


def paint(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Nuclei of different brightness anywhere, overlapping by chance, on a sloping background with photon noise."""
    y, x = np.mgrid[:SIDE, :SIDE]
    image, centres = 200.0 + 150.0 * y / SIDE, rng.uniform(RADIUS, SIDE - RADIUS, (count, 2))
    for top, left in centres:
        image += rng.uniform(200, 1000) * (np.square(y - top) + np.square(x - left) <= RADIUS**2)
    return rng.poisson(image).astype(np.uint16), centres


def finder_table() -> str:
    from scipy.spatial import cKDTree

    rng, lines = np.random.default_rng(0), []
    for count in (60, 150, 300, 600):
        recalls, precisions, seconds = [], [], []
        for _field in range(3):
            image, truth = paint(count, rng)
            diameter = measure_diameter([image]) or 2.0 * RADIUS
            began = time.perf_counter()
            found = find_nuclei(image, diameter)[["y", "x"]].to_numpy()
            seconds.append(time.perf_counter() - began)
            recalls.append((cKDTree(found).query(truth)[0] < RADIUS).mean())
            precisions.append((cKDTree(truth).query(found)[0] < RADIUS).mean())
        values = (np.mean(recalls), np.mean(precisions), np.median(seconds))
        lines.append(f"| {count} | {values[0]:.2f} | {values[1]:.2f} | {values[2]:.2f} |")
    header = f"| nuclei in {SIDE} x {SIDE} | found | right | seconds a field |\n|---|---|---|---|\n"
    return header + "\n".join(lines)


def screen_of(num_fields: int) -> Screen:
    place = np.arange(num_fields)
    table = {
        "plate": [f"P{n // FIELDS}" for n in place],
        "well": [f"{'ABCDEFGHIJKLMNOP'[n // 9 % 16]}{n // 144 % 24 + 1:02d}" for n in place],
        "site": (place % 9 + 1).astype(str),
        "treatment": [f"T{n // 9 % 384}" for n in place],
        "path": [f"{n}.tif" for n in place],
    }
    return Screen(pd.DataFrame(table), ("DNA", "Actin"), Path(tempfile.gettempdir()))


def table_costs(num_cells: int) -> dict[str, float]:
    """Write, read and expand the coordinates of `num_cells` cells, 100 a field."""
    screen, rng = screen_of(num_cells // 100), np.random.default_rng(0)
    rows = np.repeat(np.arange(len(screen)), 100)
    table = pd.DataFrame({"row": rows, "y": rng.uniform(0, 1000, num_cells), "x": rng.uniform(0, 1000, num_cells)})
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.parquet"
        began = time.perf_counter()
        write_cells(Cells.of(table, "nuclei"), screen, path)
        found["write"] = time.perf_counter() - began
        found["file, MB"] = path.stat().st_size / 1e6
        began = time.perf_counter()
        cells = read_cells_file(path, screen)
        found["read and match"] = time.perf_counter() - began
        assert cells is not None
        began = time.perf_counter()
        cells.capped(50, 0).with_sites(screen)
        found["cap at 50 a field and give each its field's columns"] = time.perf_counter() - began
    return {**found, "peak memory, GB": peak_gigabytes()}


def embed_costs(num_cells: int) -> dict[str, float]:
    """Embed `num_cells` cells of 24 small fields with a tiny network."""
    import tifffile

    from cdcl.config.recipes import check_config
    from cdcl.inference import embed_cells, load_model
    from cdcl.runs import Run
    from cdcl.training import train

    rng = np.random.default_rng(0)
    screen = screen_of(24)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for row in range(24):
            tifffile.imwrite(folder / f"{row}.tif", rng.poisson(200, (2, 256, 256)).astype(np.uint16))
        screen = Screen(screen.sites, screen.channels, folder)
        shape = {"backbone": "vit_tiny_patch16_224", "patch": 8, "width": 384, "depth": 1, "heads": 2}
        views = {"global_crops": {"count": 2, "size": 16}, "local_crops": {"count": 0}}
        config: dict[str, Any] = {"steps": 1, "batch_size": 4, "views": views, "model": shape, "precision": "fp32"}
        config |= {"cells": {"source": "auto", "crop": 16}, "method": {"name": "simclr"}, "device": "cpu"}
        run = Run(folder / "run")
        run.folder.mkdir()
        spread = {axis: rng.uniform(10, 245, num_cells) for axis in ("y", "x")}
        write_cells(Cells.of(pd.DataFrame({"row": rng.integers(0, 24, num_cells), **spread}), "x"), screen, run.cells)
        finish(train(check_config(config, "benchmark"), screen, run, cache_folder=folder / "cache"))
        before, began = peak_gigabytes(), time.perf_counter()
        out = folder / "cells.parquet"
        model = load_model(run.folder)
        finish(embed_cells(model, screen, out, path=run.cells, cache_folder=folder / "cache"))
        seconds = time.perf_counter() - began
        size = out.stat().st_size / 1e6
    grown = peak_gigabytes() - before
    return {"cells a second": num_cells / seconds, "file, MB": size, "peak memory above training, GB": grown}


def peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def alone(work: Callable[[int], dict[str, float]], number: int) -> dict[str, float]:
    """Do it in a process of its own, so that memory is its own too."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (number,))


def rows(title: str, costs: dict[str, float]) -> str:
    return "\n".join(f"| {title}: {name} | {value:.2f} |" for name, value in costs.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--embed", type=int, nargs="*", default=[20_000, 100_000])
    arguments = parser.parse_args()
    tables = [rows(f"{arguments.cells:,} cells", alone(table_costs, arguments.cells))]
    tables += [rows(f"embedding {number:,} cells, D = 384", alone(embed_costs, number)) for number in arguments.embed]
    header = "| what | seconds, or as named |\n|---|---|\n"
    write_result("cells", f"{finder_table()}\n\n{header}" + "\n".join(tables) + f"\n\n{describe_machine()}")


if __name__ == "__main__":
    main()
