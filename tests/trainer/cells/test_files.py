"""cells.parquet: what is written comes back, also to a screen whose rows were sorted anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cells import Cells, read_cells, read_cells_file, write_cells
from cdcl.errors import ScreenError
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen


@pytest.fixture
def cells(true_cells: pd.DataFrame) -> Cells:
    return Cells.of(true_cells[["row", "y", "x"]].assign(area=80.0, border=true_cells["x"] > 80), "nuclei")


def test_cells_come_back_as_they_were(cells: Cells, cell_screen: Screen, tmp_path: Path) -> None:
    write_cells(cells, cell_screen, tmp_path / "cells.parquet")
    again = read_cells_file(tmp_path / "cells.parquet", cell_screen)
    assert again is not None
    pd.testing.assert_frame_equal(again.table, cells.table)
    assert again.origin == "nuclei"


def test_a_csv_comes_back_by_way_of_the_reader_for_tables(cells: Cells, cell_screen: Screen, tmp_path: Path) -> None:
    write_cells(cells, cell_screen, tmp_path / "cells.csv")
    again = finish(read_cells(tmp_path / "cells.csv", cell_screen))
    np.testing.assert_allclose(again.centres, cells.centres)
    assert again.rows.tolist() == cells.rows.tolist()


def test_cells_follow_their_fields_to_other_rows(cells: Cells, cell_screen: Screen, tmp_path: Path) -> None:
    write_cells(cells, cell_screen, tmp_path / "cells.parquet")
    backwards = read_cells_file(tmp_path / "cells.parquet", cell_screen.take(np.arange(12)[::-1]))
    fewer = read_cells_file(tmp_path / "cells.parquet", cell_screen.take(np.array([7])))
    assert backwards is not None
    assert fewer is not None
    first = cells.table[cells.rows == 0]
    pd.testing.assert_frame_equal(
        backwards.table[backwards.rows == 11].drop(columns="row").reset_index(drop=True), first.drop(columns="row")
    )
    assert len(fewer) == 6


def test_crops_that_share_a_site_are_told_apart_by_their_image_id(
    cells: Cells, cell_screen: Screen, tmp_path: Path
) -> None:
    sites = cell_screen.sites.assign(site="1", well="A01", image_id=[f"i{row}" for row in range(12)])
    crops = replace(cell_screen, sites=sites)
    write_cells(cells, crops, tmp_path / "cells.parquet")
    again = read_cells_file(tmp_path / "cells.parquet", crops)
    assert again is not None
    pd.testing.assert_frame_equal(again.table, cells.table)


def test_crops_that_are_told_apart_by_a_cell_keep_it(cell_screen: Screen, tmp_path: Path) -> None:
    sites = cell_screen.sites.assign(well="A01", cell=[f"c{row}" for row in range(12)])
    crops = replace(cell_screen, sites=sites)
    one = Cells.of(pd.DataFrame({"row": range(12), "y": 30.0, "x": 40.0}), "images")
    write_cells(one, crops, tmp_path / "cells.parquet")
    again = read_cells_file(tmp_path / "cells.parquet", crops)
    assert again is not None
    assert again.table["cell"].tolist() == sites["cell"].tolist()
    assert again.rows.tolist() == list(range(12))


def test_another_tools_file_is_not_ours(cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path) -> None:
    true_cells.to_parquet(tmp_path / "theirs.parquet")
    assert read_cells_file(tmp_path / "theirs.parquet", cell_screen) is None


def test_other_suffixes_are_refused(cells: Cells, cell_screen: Screen, tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match=r"written as .parquet or .csv"):
        write_cells(cells, cell_screen, tmp_path / "cells.xlsx")
