"""Reading crops from the pixel cache against decoding the files each time.

    python benchmarks/cache.py [--fields 40]

Fields of 5 x 1080 x 1080, 16 bit; crops of 5 x 448 x 448; the page cache is warm; medians per field or crop.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from machine import describe_machine, write_result

from cdcl.pixels.cache import fill_cache
from cdcl.screen import Screen
from cdcl.tasks import finish

SIDE, CROP = 1080, 448


def make_screen(folder: Path, num_fields: int, compression: str | None) -> Screen:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(num_fields):
        name = f"{compression}_{number}.tif"
        tifffile.imwrite(folder / name, rng.poisson(300, (5, SIDE, SIDE)).astype(np.uint16), compression=compression)
        rows.append({"plate": "P1", "well": f"A{number + 1:02d}", "site": "1", "path": name})
    return Screen(pd.DataFrame(rows), ("DNA", "ER", "RNA", "AGP", "Mito"), folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=40)
    arguments = parser.parse_args()
    lines = [
        "| files | decode a field, ms | fill the cache, ms a field | crop from the cache, ms | ratio |",
        "|---|---|---|---|---|",
    ]
    for compression in (None, "lzw", "zlib"):
        with tempfile.TemporaryDirectory() as place:
            lines.append(measure(Path(place), arguments.fields, compression))
    write_result("cache", "\n".join([*lines, "", describe_machine()]))


def measure(folder: Path, num_fields: int, compression: str | None) -> str:
    screen = make_screen(folder, num_fields, compression)
    decode = [timed(lambda row=row: screen.image(row)) for row in range(num_fields)]
    began = time.perf_counter()
    cache = finish(fill_cache(screen, folder / "cache"))
    filled = (time.perf_counter() - began) / num_fields * 1e3
    rng = np.random.default_rng(0)
    crops = [timed(lambda: crop(cache, rng)) for _ in range(50 * num_fields)]
    decoded, cut = statistics.median(decode), statistics.median(crops)
    return f"| {compression or 'uncompressed'} | {decoded:.1f} | {filled:.1f} | {cut:.3f} | {decoded / cut:.0f} |"


def crop(cache: object, rng: np.random.Generator) -> np.ndarray:
    row, top, left = rng.integers(0, len(cache)), *rng.integers(0, SIDE - CROP, 2)  # type: ignore[arg-type]
    field = cache.field(int(row))  # type: ignore[attr-defined]
    return np.ascontiguousarray(field[:, top : top + CROP, left : left + CROP])


def timed(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
