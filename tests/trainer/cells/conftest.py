"""The decoded pixels of the screen with cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.pixels.cache import fill_cache
from cdcl.tasks import finish

if TYPE_CHECKING:
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen

NUCLEI = ((12, 24), (12, 52), (30, 44), (46, 18), (50, 62), (30, 88))


@pytest.fixture(scope="session")
def cell_cache(cell_screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> PixelCache:
    return finish(fill_cache(cell_screen, tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def true_cells(cell_screen: Screen) -> pd.DataFrame:
    """Where the nuclei are, with the place of their field as strings."""
    rows = [
        {"row": row, "y": float(y + row % 3), "x": float(x - row % 2), **cell_screen.sites.loc[row].to_dict()}
        for row in range(len(cell_screen))
        for y, x in NUCLEI
    ]
    return pd.DataFrame(rows).drop(columns=["path", "treatment", "compound", "control"])
