"""Find the nuclei of a whole screen in its decoded pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.cells.cell_table import Cells
from cdcl.cells.nuclei import find_nuclei, measure_diameter
from cdcl.events import Advanced, Began, Ended, Said

if TYPE_CHECKING:
    from cdcl.pixels.cache import PixelCache
    from cdcl.tasks import Task

MEASURED_FIELDS = 24
"""So many fields, evenly spread, tell how wide a nucleus is."""

CHUNK = 16
"""Fields a thread is given at a time."""


def find_all_nuclei(cache: PixelCache, channel: int, *, diameter: float = 0.0, workers: int = 2) -> Task[Cells]:
    """Find the nuclei of every readable field.

    Parameters
    ----------
    channel
        Which channel shows them.
    diameter
        In pixels; 0 measures it.

    Returns
    -------
    Cells
        With their `area` in pixels; none where nothing stands out.
    """
    rows = np.flatnonzero(cache.readable)
    diameter = diameter or usual_diameter(cache, channel)
    if not diameter:
        yield Said("no bright round spots that could be nuclei")
        return Cells.of(pd.DataFrame({"row": [], "y": [], "x": [], "area": []}), "nuclei")
    yield Said(f"nuclei are about {diameter:.0f} pixels wide")
    yield Began("finding nuclei", total=len(rows), unit="field")
    tables: list[pd.DataFrame] = []
    with ThreadPoolExecutor(max(workers, 1), thread_name_prefix="nuclei") as pool:
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK].tolist()
            found = pool.map(lambda row: find_nuclei(cache.field(row)[channel], diameter).assign(row=row), chunk)
            tables.extend(found)
            yield Advanced(len(tables))
    yield Ended()
    return Cells.of(pd.concat(tables, ignore_index=True), "nuclei")


def usual_diameter(cache: PixelCache, channel: int) -> float:
    """Measure how wide nuclei are on fields that are evenly spread, in pixels; 0 where nothing looks like one."""
    rows = np.flatnonzero(cache.readable)
    chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MEASURED_FIELDS)).astype(np.int64)]
    return measure_diameter(cache.field(int(row))[channel] for row in chosen) or 0.0
