"""Which cells a screen gets where nobody says, and that it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cdcl.cells import gather_cells, write_cells
from cdcl.config import CellsConfig
from cdcl.errors import ConfigError
from cdcl.events import Said, Warned
from cdcl.pixels.cache import fill_cache
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.cells import Cells
    from cdcl.events import Event
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen


def gathered(screen: Screen, cache: PixelCache, path: Path | None = None, **settings: Any) -> tuple[Cells, str]:
    events: list[Event] = []
    config = CellsConfig(**{"source": "auto", "crop": 24, **settings})
    cells = finish(gather_cells(screen, cache, config, path=path), events.append)
    return cells, " | ".join(event.message for event in events if isinstance(event, Said | Warned))


def test_nuclei_are_found_where_a_channel_is_named_after_them(cell_screen: Screen, cell_cache: PixelCache) -> None:
    cells, said = gathered(cell_screen, cell_cache)
    assert cells.origin == "nuclei"
    assert "72 nuclei found in DNA of 12 fields (0 without any)" in said
    assert 0 < cells.border.sum() < len(cells)


def test_tiles_are_laid_where_none_is(cell_screen: Screen, cell_cache: PixelCache) -> None:
    nameless = replace(cell_screen, channels=("w1", "w2"))
    cells, said = gathered(nameless, cell_cache)
    assert cells.origin == "tiles"
    assert "no channel is named after nuclei (w1, w2)" in said
    assert f"tiles of 24 pixels in place of cells: {len(cells)} in 12 fields" in said
    assert gathered(nameless, cell_cache, nuclei_channel="w1")[0].origin == "nuclei"


def test_tiles_are_laid_where_no_nuclei_are_to_be_seen(tiny_screen: Screen, tmp_path: Path) -> None:
    cells, said = gathered(tiny_screen, finish(fill_cache(tiny_screen, tmp_path)), crop=20)
    assert cells.origin == "tiles"
    assert "only 0 nuclei were found in DNA of 24 fields" in said


def test_images_no_larger_than_a_crop_are_cells(cell_screen: Screen, cell_cache: PixelCache) -> None:
    cells, said = gathered(cell_screen, cell_cache, crop=64)
    assert cells.origin == "images"
    assert "each image is taken for one cell" in said
    assert len(cells) == 12
    assert not cells.border.any()


@pytest.mark.parametrize("change", [{"cell": [str(row) for row in range(12)]}, {"well": "A01", "plate": "P"}])
def test_images_that_share_a_site_are_cells(
    change: dict[str, Any], cell_screen: Screen, cell_cache: PixelCache
) -> None:
    crops = replace(cell_screen, sites=cell_screen.sites.assign(**change))
    assert gathered(crops, cell_cache)[0].origin == "images"


@pytest.mark.parametrize("source", ["nuclei", "tiles", "images"])
def test_what_is_asked_for_is_done(source: Any, cell_screen: Screen, cell_cache: PixelCache) -> None:
    assert gathered(cell_screen, cell_cache, source=source)[0].origin == source


def test_a_file_comes_first_and_gets_border_flags_for_this_crop(
    cell_screen: Screen, cell_cache: PixelCache, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    true_cells.drop(columns="row").to_csv(tmp_path / "cells.csv", index=False)
    small, said = gathered(cell_screen, cell_cache, tmp_path / "cells.csv", crop=8)
    large, _ = gathered(cell_screen, cell_cache, tmp_path / "cells.csv", crop=40)
    assert "72 cells in 12 of 12 fields, from cells.csv" in said
    assert small.border.sum() == 0
    assert large.border.sum() > 40
    write_cells(large, cell_screen, tmp_path / "cells.parquet")
    assert gathered(cell_screen, cell_cache, tmp_path / "cells.parquet", crop=8)[0].border.sum() == 0


def test_a_crop_of_many_nuclei_or_less_than_one_is_remarked_upon(cell_screen: Screen, cell_cache: PixelCache) -> None:
    assert "set cells.crop to about" in gathered(cell_screen, cell_cache, crop=8)[1]
    assert "set cells.crop" not in gathered(cell_screen, cell_cache, crop=24)[1]


def test_a_table_that_nobody_named_is_asked_for(cell_screen: Screen, cell_cache: PixelCache) -> None:
    with pytest.raises(ConfigError, match=r"cells.source = 'table', but there is no cells.parquet"):
        gathered(cell_screen, cell_cache, source="table")


def test_nuclei_without_a_channel_ask_for_it(cell_screen: Screen, cell_cache: PixelCache) -> None:
    with pytest.raises(ConfigError, match=r"which channel shows nuclei\? Set cells.nuclei_channel to one of w1, w2"):
        gathered(replace(cell_screen, channels=("w1", "w2")), cell_cache, source="nuclei")
