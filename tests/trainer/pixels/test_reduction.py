"""Images that are read smaller than they lie on disk: in what is shown, cached, written, and where cells are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from cdcl.cells import Cells, read_cells, write_cells
from cdcl.cli import main
from cdcl.errors import ImageError, ScreenError
from cdcl.images.reduction import WHOLE, Reduction
from cdcl.pixels.cache import fill_cache
from cdcl.readers import read_screen
from cdcl.screen.tables import read_screen_table, write_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen


@given(st.integers(1, 4), st.sampled_from([0.0, 1000.0]), st.integers(0, 2**31))
def test_a_block_becomes_its_mean(side: int, full: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 1500, (2, 9, 11)).astype(np.uint16)
    found = Reduction(side, full).apply(pixels, "here")
    assert found.shape == (2, 9 // side, 11 // side)
    y, x = rng.integers(found.shape[1]), rng.integers(found.shape[2])
    slow = pixels[1, y * side : (y + 1) * side, x * side : (x + 1) * side].mean()
    slow = min(slow * 255 / full, 255) if full else slow
    assert abs(float(found[1, y, x]) - slow) <= 0.5 + 1e-3
    assert found.dtype == (np.uint8 if full else np.uint16)


def test_floats_stay_floats_and_a_small_field_is_named() -> None:
    assert Reduction(2).apply(np.full((1, 4, 4), 0.25, np.float32), "here").dtype == np.float32
    with pytest.raises(ImageError, match="here is 3 x 9 pixels, less than one block of 4"):
        Reduction(4).apply(np.zeros((1, 3, 9), np.uint16), "here")


@pytest.mark.parametrize("columns", [{"binning": "0"}, {"binning": "two"}, {"full_scale": "-1"}, {"full_scale": "inf"}])
def test_a_reduction_that_is_none_is_refused(columns: dict[str, str]) -> None:
    with pytest.raises(ScreenError, match="binning"):
        Reduction.read(columns, "screen.csv")


@pytest.mark.parametrize("name", ["screen.csv", "screen.parquet"])
def test_a_reduced_screen_is_written_and_read_again(name: str, cell_screen: Screen, tmp_path: Path) -> None:
    small = cell_screen.reduced(Reduction(2, 2000.0))
    assert small.pixel_size == 1.0
    write_screen(small, tmp_path / name)
    again = read_screen_table(tmp_path / name)
    assert (again.reduction, again.pixel_size) == (Reduction(2, 2000.0), 1.0)
    np.testing.assert_array_equal(again.image(3), small.image(3))
    assert again.reduced(WHOLE).pixel_size == 0.5


def test_a_cache_is_a_sixth_and_no_other_is_taken_for_it(cell_screen: Screen, tmp_path: Path) -> None:
    whole = finish(fill_cache(cell_screen, tmp_path))
    small = finish(fill_cache(cell_screen.reduced(Reduction(2, 2000.0)), tmp_path))
    assert whole.field(0).nbytes == 8 * small.field(0).nbytes
    sizes = [sum(path.stat().st_size for path in place.glob("shard-*")) for place in tmp_path.iterdir()]
    # Pixels are an eighth; levels, a third of them in uint16, stay uint16.
    assert max(sizes) / min(sizes) == pytest.approx(8 * (4 / 3) / (5 / 3), rel=0.02)


def test_cells_are_kept_in_pixels_of_the_files(cell_screen: Screen, tmp_path: Path) -> None:
    small = cell_screen.reduced(Reduction(2))
    table = pd.DataFrame({"row": [3], "y": [5.0], "x": [10.0], "area": [20.0]})
    write_cells(Cells.of(table, "points"), small, tmp_path / "cells.parquet")
    for screen, y, area in ((cell_screen, 10.5, 80.0), (small, 5.0, 20.0)):
        cells = finish(read_cells(tmp_path / "cells.parquet", screen)).table
        assert (cells["y"].iat[0], cells["area"].iat[0]) == (y, area)
    place = cell_screen.sites.loc[3, ["plate", "well", "site"]].to_dict()
    pd.DataFrame([{**place, "y": 10.5, "x": 20.5}]).to_csv(tmp_path / "theirs.csv", index=False)
    assert finish(read_cells(tmp_path / "theirs.csv", small)).centres.tolist() == [[5.0, 10.0]]


def test_labels_of_the_files_fit_a_binned_screen(cell_screen: Screen, tmp_path: Path) -> None:
    small = cell_screen.reduced(Reduction(3))
    cache = finish(fill_cache(small, tmp_path / "cache"))
    labels = np.zeros((64, 100), np.uint16)
    labels[10:15, 20:25] = 1
    (tmp_path / "masks").mkdir()
    tifffile.imwrite(tmp_path / "masks" / "0_masks.tif", labels)
    cells = finish(read_cells(tmp_path / "masks", small, cache))
    np.testing.assert_allclose(cells.centres, [[12.5 / 3 - 0.5, 22.5 / 3 - 0.5]])


def test_scan_offers_it(cell_screen: Screen, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_screen(cell_screen, tmp_path / "screen.csv")
    out = tmp_path / "small.csv"
    assert main(["scan", str(tmp_path / "screen.csv"), "--bin", "2", "--uint8", "4095", "-o", str(out)]) == 0
    assert "binning 2, full scale 4095" in capsys.readouterr().out
    assert read_screen(out).image(0).shape == (2, 32, 50)
    assert main(["scan", str(out), "--bin", "0"]) == 2
    assert "--bin takes a whole number from 1" in capsys.readouterr().err
