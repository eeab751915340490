"""Crops are cut where cells are, and pictures are averaged, not thinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_cdcl.models.crops import SIDE, CropPlan, Crops, cut_square, shrink, trained_side
from napari_cdcl.models.items import Items

if TYPE_CHECKING:
    from cdcl.runs import Run
    from cdcl.screen import Screen


def test_a_crop_is_centred_and_moved_inside_at_an_edge() -> None:
    field = np.arange(100).reshape(1, 10, 10)
    assert cut_square(field, np.array([5.0, 5.0]), 4)[0].tolist() == field[0, 3:7, 3:7].tolist()
    assert cut_square(field, np.array([0.0, 9.6]), 4)[0].tolist() == field[0, :4, 6:].tolist()
    assert cut_square(field, np.array([5.0, 5.0]), 40).shape == (1, 10, 10)


def test_large_pictures_are_averaged_in_blocks() -> None:
    pixels = np.random.default_rng(0).integers(0, 100, (2, 250, 240)).astype(np.uint16)
    small = shrink(pixels, 100)
    assert small.shape == (2, 83, 80)
    np.testing.assert_allclose(small[1, 2, 3], pixels[1, 6:9, 9:12].mean(), rtol=1e-6)
    np.testing.assert_array_equal(shrink(pixels[:, :90, :90], 100), pixels[:, :90, :90])


def test_cells_show_their_crop_and_sites_their_field(small_screen: Screen) -> None:
    table = pd.DataFrame({"y": [20.0], "x": [20.0], "plate": ["P1"], "well": ["B02"], "site": ["1"], "batch": ["B1"]})
    cells = Items(table, "cell", np.array([3]))
    crops = Crops(small_screen, CropPlan(cells.rows, table[["y", "x"]].to_numpy(np.float32), 16))
    np.testing.assert_array_equal(crops.cut(0), small_screen.image(3)[:, 12:28, 12:28])
    sites = Items.of_screen(small_screen)
    whole = Crops(small_screen, CropPlan.of(sites, None, small_screen))
    np.testing.assert_array_equal(whole.cut(5), small_screen.image(5))


def test_what_has_no_image_has_no_crop(small_screen: Screen) -> None:
    lost = small_screen.take([0])
    lost.sites["path"] = "gone.tif"
    assert Crops(lost, CropPlan(np.array([0, -1]), None)).cut(0) is None
    assert Crops(lost, CropPlan(np.array([0, -1]), None)).cut(1) is None


def test_cells_are_cut_as_the_run_cut_them(small_run: Run) -> None:
    assert trained_side(None, None) == SIDE
    small_run.config.write_text("[cells]\nsource = 'nuclei'\ncrop = 48\n", encoding="utf-8")
    assert trained_side(small_run, 0.5) == 48
    small_run.config.write_text("[cells]\nsource = 'tiles'\ncrop_um = 20.0\n", encoding="utf-8")
    assert trained_side(small_run, 0.5) == 40
    small_run.config.write_text("[cells]\nsource = 'none'\ncrop = 48\n", encoding="utf-8")
    assert trained_side(small_run, 0.5) == SIDE
    small_run.config.write_text("no toml", encoding="utf-8")
    assert trained_side(small_run, 0.5) == SIDE
