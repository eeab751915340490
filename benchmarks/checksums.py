"""What the checksums of the pixel cache cost, beside the reading that they guard.

    python benchmarks/checksums.py [--fields 40]

Fields of 5 x 1080 x 1080, 16 bit. A field is summed up once when it is decoded, and once in a run, when it is first
read; a run reads crops of it in every epoch. "From the disk": the field's pages were dropped from the page cache
(`posix_fadvise`), which on a virtual machine its host may undo. Least of five per field, medians of fields.
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
from cache import crop, make_screen
from machine import describe_machine, write_result

from cdcl.pixels.cache import fill_cache
from cdcl.pixels.shards import checksum, shard_files
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.pixels.cache import PixelCache

EPOCHS = 100
"""Of a usual run; every epoch takes a crop of each field twice, one for each global view."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        write_result("checksums", "\n".join([*measure(Path(place), arguments.fields), "", describe_machine()]))


def measure(folder: Path, num_fields: int) -> list[str]:
    screen = make_screen(folder, num_fields, "zlib")
    rows = range(num_fields)
    cache = finish(fill_cache(screen, folder / "cache"))
    (place,) = (folder / "cache").iterdir()
    summed = median_of(rows, lambda row: checksum(cache.field(row)))
    decoded = median_of(rows, screen.image)
    cold = read_cold(cache, place, rows)
    rng = np.random.default_rng(0)
    cropped = statistics.median(least(lambda: crop(cache, rng)) for _ in range(10 * num_fields))
    run = 2 * EPOCHS * cropped
    return [
        f"The checksum of a field takes {summed:.2f} ms ({5 * 1080 * 1080 * 2 / summed / 1e6:.1f} GB/s).",
        "",
        "| what is read | ms a field | checksum's share, % |",
        "|---|---|---|",
        f"| decoded from a TIFF (zlib) | {decoded:.1f} | {100 * summed / decoded:.1f} |",
        f"| the field from the disk | {cold:.1f} | {100 * summed / cold:.1f} |",
        f"| {2 * EPOCHS} crops of 5 x 448 x 448, from memory | {run:.1f} | {100 * summed / run:.1f} |",
        f"| a run: decoded, then {EPOCHS} epochs | {decoded + run:.1f} | {100 * 2 * summed / (decoded + run):.1f} |",
    ]


def read_cold(cache: PixelCache, place: Path, rows: range) -> float:
    """Time a copy of each field whose pages are not in memory."""
    times = []
    for row in rows:
        for path in shard_files(place):
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        times.append(timed(lambda row=row: np.array(cache.field(row))))
    return statistics.median(times)


def median_of(rows: range, work: Callable[[int], object]) -> float:
    return statistics.median(least(lambda row=row: work(row)) for row in rows)


def least(work: Callable[[], object]) -> float:
    return min(timed(work) for _ in range(5))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
