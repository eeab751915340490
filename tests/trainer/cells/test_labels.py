"""Label images on disk, matched to fields by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from cdcl.cells import read_cells
from cdcl.errors import ScreenError
from cdcl.events import Warned
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen


def label_image(row: int) -> np.ndarray:
    labels = np.zeros((64, 100), dtype=np.uint16)
    labels[10:15, 20 + row : 25 + row] = 5
    return labels


@pytest.mark.parametrize(
    "pattern", ["{row}_cp_masks.tif", "{row}.labels.tif", "{row}.tif", "{plate}/{well}_s1_seg.tif"]
)
def test_labels_find_their_field_by_the_name_of_its_image_or_its_place(
    pattern: str, cell_screen: Screen, cell_cache: PixelCache, tmp_path: Path
) -> None:
    for row in range(len(cell_screen)):
        site = cell_screen.sites.loc[row]
        path = tmp_path / pattern.format(row=row, plate=site["plate"], well=site["well"])
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, label_image(row))
    cells = finish(read_cells(tmp_path, cell_screen, cell_cache))
    assert cells.rows.tolist() == list(range(12))
    assert cells.centres.tolist() == [[12.0, 22.0 + row] for row in range(12)]
    assert (cells.table["cell"] == 5).all()


def test_strangers_are_counted_and_nothing_but_strangers_is_an_error(cell_screen: Screen, tmp_path: Path) -> None:
    np.save(tmp_path / "stranger.npy", label_image(0))
    with pytest.raises(ScreenError, match=r"none of 1 label images, such as stranger.npy"):
        finish(read_cells(tmp_path, cell_screen))
    np.save(tmp_path / "3.npy", label_image(3))
    events: list[Event] = []
    assert finish(read_cells(tmp_path, cell_screen), events.append).rows.tolist() == [3]
    assert any(isinstance(event, Warned) and "1 images" in event.message for event in events)


def test_labels_of_another_size_or_kind_are_refused(
    cell_screen: Screen, cell_cache: PixelCache, tmp_path: Path
) -> None:
    np.save(tmp_path / "3.npy", np.ones((32, 50), dtype=np.int32))
    with pytest.raises(ScreenError, match="32 x 50 pixels high and wide, its field 64 x 100"):
        finish(read_cells(tmp_path, cell_screen, cell_cache))
    np.save(tmp_path / "3.npy", np.ones((64, 100), dtype=np.float32))
    with pytest.raises(ScreenError, match="is no label image: it holds float32"):
        finish(read_cells(tmp_path, cell_screen, cell_cache))
