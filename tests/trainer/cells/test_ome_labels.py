"""OME-Zarr labels of both versions: read as cells, written beside the data or within it, never over anything."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cells import LabelForm, cells_from_labels, read_cells, write_ome_labels
from cdcl.cells.cell_table import Cells
from cdcl.cells.drawing import draw_cells, label_numbers
from cdcl.errors import ScreenError
from cdcl.events import Said, Warned, Wrote
from cdcl.pixels.cache import fill_cache
from cdcl.readers import read_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdcl.events import Event
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen

zarr = pytest.importorskip("zarr")


def label_image(row: int) -> np.ndarray:
    labels = np.zeros((64, 100), dtype=np.int32)
    labels[10:15, 20 + row : 25 + row] = 5
    labels[40:43, 50:57] = 70000
    return labels


def images(screen: Screen) -> Iterator[tuple[int, np.ndarray]]:
    return ((row, label_image(row)) for row in range(len(screen)))


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha1(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_labels_written_beside_are_read_back(
    version: str, cell_screen: Screen, cell_cache: PixelCache, tmp_path: Path
) -> None:
    out = tmp_path / "labels"
    table = finish(write_ome_labels(images(cell_screen), cell_screen, out, LabelForm("masks", version)))
    cells = finish(read_cells(out, cell_screen, cell_cache))
    assert cells.rows.tolist() == np.repeat(np.arange(12), 2).tolist()
    assert cells.centres[:2].tolist() == [[12.0, 22.0], [41.0, 53.0]]
    assert cells.table["cell"].tolist() == [5, 70000] * 12
    written = pd.read_csv(table)
    assert written[["plate", "well", "site", "cell"]].iloc[0].tolist() == ["B1P1", "A01", 1, 5]
    assert written["area"].tolist() == [25, 21] * 12
    group = zarr.open_group(str(out / "B1_B1P1.zarr"), mode="r")
    assert group.metadata.zarr_format == (2 if version == "0.4" else 3)
    labels = group["A/01/1/labels/masks/0"]
    np.testing.assert_array_equal(labels[:], label_image(0))


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_plates_of_labels_are_plates_for_any_reader(version: str, cell_screen: Screen, tmp_path: Path) -> None:
    out = tmp_path / "labels"
    finish(write_ome_labels(images(cell_screen), cell_screen, out, LabelForm(version=version)))
    opened = read_screen(out)
    assert sorted(opened.sites["well"].unique()) == [f"A{number:02d}" for number in range(1, 7)]
    assert opened.pixel_size == pytest.approx(0.5)
    ngio = pytest.importorskip("ngio", reason="another reader of OME-Zarr plates")
    plate = ngio.open_ome_zarr_plate(str(out / "B1_B1P1.zarr"), mode="r")
    assert len(plate.images_paths()) == 6


def test_what_is_known_of_cells_goes_along_and_comes_back(
    cell_screen: Screen, cell_cache: PixelCache, tmp_path: Path
) -> None:
    known = pd.DataFrame(
        {"row": [3, 3], "cell": [5, 70000], "y": [12.5, 41.25], "archetype": ["A1", ""], "z": [1.5, np.nan]}
    )
    out = tmp_path / "labels"
    path = finish(write_ome_labels([(3, label_image(3))], cell_screen, out, LabelForm(properties=known)))
    table = pd.read_csv(path, keep_default_na=False)
    assert table["y"].tolist() == [12.5, 41.25]
    assert table["archetype"].tolist() == ["A1", ""]
    cells = finish(read_cells(out, cell_screen, cell_cache))
    assert cells.rows.tolist() == [3, 3]
    assert cells.table["archetype"].tolist() == ["A1", ""]


def test_nothing_is_written_over(cell_screen: Screen, tmp_path: Path) -> None:
    out = tmp_path / "labels"
    finish(write_ome_labels(images(cell_screen), cell_screen, out))
    before = contents(out)
    with pytest.raises(ScreenError, match="exists, and nothing is written over"):
        finish(write_ome_labels(images(cell_screen), cell_screen, out))
    with pytest.raises(ScreenError, match="lies within the OME-Zarr"):
        finish(write_ome_labels(images(cell_screen), cell_screen, out / "B1_B1P1.zarr" / "more"))
    assert contents(out) == before


def test_an_interrupted_writing_leaves_nothing(cell_screen: Screen, tmp_path: Path) -> None:
    def failing() -> Iterator[tuple[int, np.ndarray]]:
        yield 0, label_image(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish(write_ome_labels(failing(), cell_screen, tmp_path / "labels"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("form", "image", "words"),
    [
        (LabelForm("a/b"), np.ones((64, 100), np.int32), "cannot be named 'a/b'"),
        (LabelForm(version="0.3"), np.ones((64, 100), np.int32), "OME-Zarr 0.3 is not written"),
        (LabelForm(), np.ones((64, 100)), "labels are one plane of whole numbers"),
        (LabelForm(), np.full((64, 100), -1), "labels are one plane of whole numbers"),
    ],
)
def test_what_is_no_label_is_refused(
    form: LabelForm, image: np.ndarray, words: str, cell_screen: Screen, tmp_path: Path
) -> None:
    with pytest.raises(ScreenError, match=words):
        finish(write_ome_labels([(0, image)], cell_screen, tmp_path / "labels", form))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", ["ome_zarr_hcs_v04", "ome_zarr_hcs_v05"])
def test_a_plate_gets_new_labels_in_its_fields(layout: str, shared_data: Path, tmp_path: Path) -> None:
    plate = Path(shutil.copytree(shared_data / "layouts" / layout / "nf1_plate2.zarr", tmp_path / "P.zarr"))
    screen = read_screen(plate)
    cache = finish(fill_cache(screen, tmp_path / "cache"))
    before = contents(plate)
    truth = [np.kron(np.arange(1, 17).reshape(4, 4), np.ones((64, 64), int)) for _ in range(len(screen))]
    events: list[Event] = []
    finish(write_ome_labels(enumerate(truth), screen, plate, LabelForm("nuclei")), events.append)
    assert [event.path for event in events if isinstance(event, Wrote)] == [str(plate), str(tmp_path / "P-nuclei.csv")]
    finish(write_ome_labels(enumerate(truth[:1]), screen, plate, LabelForm("blobs")))
    after = contents(plate)
    assert {name: after[name] for name in before} == before
    assert all("labels" in name for name in set(after) - set(before))
    cells = finish(read_cells(plate, screen, cache), events.append)
    assert len(cells) == 16 * len(screen)
    assert any(isinstance(event, Said) and "labels 'nuclei' of blobs, nuclei" in event.message for event in events)
    assert set(finish(read_cells(Path(f"{plate}#blobs"), screen, cache)).rows) == {0}
    with pytest.raises(ScreenError, match="has labels 'nuclei' already"):
        finish(write_ome_labels(enumerate(truth), screen, plate, LabelForm("nuclei")))
    with pytest.raises(ScreenError, match="unknown label image 'nucle'"):
        finish(read_cells(Path(f"{plate}#nucle"), screen, cache))
    group = Path(screen.paths(0)[0]).parent
    field = zarr.open_group(str(group), mode="r")
    assert len(list(field["labels/nuclei"].array_keys())) == 2, "as many resolutions as the image has"


def test_labels_of_another_size_and_strangers_are_named(
    cell_screen: Screen, cell_cache: PixelCache, tmp_path: Path
) -> None:
    out = tmp_path / "labels"
    finish(write_ome_labels([(0, np.ones((32, 50), np.uint8))], cell_screen, out))
    with pytest.raises(ScreenError, match="is 32 x 50 pixels high and wide, its field 64 x 100"):
        finish(read_cells(out, cell_screen, cell_cache))
    finish(write_ome_labels(images(cell_screen), cell_screen, tmp_path / "all"))
    events: list[Event] = []
    finish(read_cells(tmp_path / "all", cell_screen.take([0, 1])), events.append)
    assert any(isinstance(event, Warned) and "10 images with labels" in event.message for event in events)


def test_centres_are_drawn_as_discs_that_share_the_space_between() -> None:
    table = pd.DataFrame({"row": [0, 0, 2], "y": [10.0, 10.0, 5.0], "x": [10.0, 16.0, 5.0], "cell": [7, 9, 1]})
    cells = Cells.of(table, "test")
    drawn = dict(draw_cells(cells, np.array([[30, 40], [30, 40], [20, 20]]), 10.0))
    assert list(drawn) == [0, 2]
    again = cells_from_labels(drawn[0]).table
    assert again["cell"].tolist() == [7, 9]
    assert abs(drawn[2].astype(bool).sum() - 25 * np.pi) < 6
    y, x = np.mgrid[:30, :40]
    near = np.hypot(y - 10, x - 10) < np.hypot(y - 10, x - 16)
    assert (drawn[0][near] != 9).all()


def test_cells_without_numbers_of_their_own_are_counted() -> None:
    table = pd.DataFrame({"row": [0, 0, 1], "y": 1.0, "x": 1.0, "cell": ["a", "b", "c"]})
    assert label_numbers(Cells.of(table, "test")).tolist() == [1, 2, 1]
    assert label_numbers(Cells.of(table.assign(cell=["4", "6", "4"]), "test")).tolist() == [4, 6, 4]
    assert label_numbers(Cells.of(table.assign(cell=[4, 4, 4]), "test")).tolist() == [1, 2, 1]
