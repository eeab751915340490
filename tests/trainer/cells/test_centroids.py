"""Tables of centroids as other tools write them, matched to the fields of a screen."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cells import read_cells
from cdcl.cells.columns import cell_columns
from cdcl.errors import ScreenError
from cdcl.events import Warned
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.cells import Cells
    from cdcl.events import Event
    from cdcl.screen import Screen


def assert_same(cells: Cells, true_cells: pd.DataFrame) -> None:
    found = cells.table[["row", "y", "x"]].sort_values(["row", "y", "x"]).to_numpy()
    truth = true_cells[["row", "y", "x"]].sort_values(["row", "y", "x"]).to_numpy()
    np.testing.assert_allclose(found, truth)


def with_images(true_cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """CellProfiler's two tables: objects that name images by number, and the images."""
    objects = pd.DataFrame(
        {
            "ImageNumber": true_cells["row"] + 1,
            "ObjectNumber": range(len(true_cells)),
            "AreaShape_Area": 80,
            "Location_Center_X": true_cells["x"],
            "Location_Center_Y": true_cells["y"],
        }
    )
    first = true_cells.drop_duplicates("row")
    images = pd.DataFrame(
        {
            "ImageNumber": first["row"] + 1,
            "Metadata_Plate": first["plate"],
            "Metadata_Well": first["well"].str.lower(),
            "Metadata_Site": "s" + first["site"],
        }
    )
    return objects, images


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".csv.gz"])
def test_a_plain_table_is_matched_by_plate_well_and_site(
    suffix: str, cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    table = true_cells.drop(columns="row").sample(frac=1, random_state=0)
    path = tmp_path / f"cells{suffix}"
    table.to_parquet(path) if suffix == ".parquet" else table.to_csv(path, index=False)
    assert_same(finish(read_cells(path, cell_screen)), true_cells)


def test_cellprofilers_objects_find_their_images_in_the_table_beside(
    cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    objects, images = with_images(true_cells)
    objects.to_csv(tmp_path / "Nuclei.csv", index=False)
    with pytest.raises(ScreenError, match=r"there is no Image.csv beside it"):
        finish(read_cells(tmp_path / "Nuclei.csv", cell_screen))
    images.to_csv(tmp_path / "Image.csv", index=False)
    for source in (tmp_path / "Nuclei.csv", tmp_path):
        cells = finish(read_cells(source, cell_screen))
        assert_same(cells, true_cells)
        assert set(cells.table["cell"].astype(int)) == set(range(len(true_cells)))


def test_cellprofilers_database_is_read_and_left_as_it_is(
    cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    objects, images = with_images(true_cells)
    path = tmp_path / "plate.sqlite"
    nuclei = objects.rename(columns=lambda name: name if name == "ImageNumber" else f"Nuclei_{name}")
    pictures = images.rename(columns=lambda name: name if name == "ImageNumber" else f"Image_{name}")
    with sqlite3.connect(path) as connection:
        for name, table in (("Per_Nuclei", nuclei), ("Per_Cells", nuclei.head(1)), ("Per_Image", pictures)):
            table.to_sql(name, connection, index=False)
    before = path.read_bytes()
    assert_same(finish(read_cells(path, cell_screen)), true_cells)
    assert path.read_bytes() == before


def test_deepprofilers_locations_are_matched_by_folder_and_name(
    cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    for (plate, well, site), group in true_cells.groupby(["plate", "well", "site"]):
        (tmp_path / plate).mkdir(exist_ok=True)
        columns = {"x": "Nuclei_Location_Center_X", "y": "Nuclei_Location_Center_Y"}
        group[["x", "y"]].rename(columns=columns).to_csv(tmp_path / plate / f"{well}-{site}-Nuclei.csv", index=False)
    assert_same(finish(read_cells(tmp_path, cell_screen)), true_cells)


def test_of_cytotables_many_columns_only_the_coordinates_are_read(
    cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    place = {f"Metadata_{name.capitalize()}": true_cells[name] for name in ("plate", "well", "site")}
    measured = {f"Cells_Texture_{number}": 1.0 for number in range(60)}
    centres = {
        "Metadata_Cells_Location_Center_X": 0.0,
        "Metadata_Cells_Location_Center_Y": 0.0,
        "Metadata_Nuclei_Location_Center_X": true_cells["x"],
        "Metadata_Nuclei_Location_Center_Y": true_cells["y"],
    }
    numbers = {"Metadata_ObjectNumber": range(len(true_cells))}
    pd.DataFrame({**measured, **place, **centres, **numbers}).to_parquet(tmp_path / "single_cells.parquet")
    cells = finish(read_cells(tmp_path / "single_cells.parquet", cell_screen))
    assert_same(cells, true_cells)
    assert cells.table.columns.tolist() == ["row", "y", "x", "cell", "border"]


def test_cells_are_matched_by_the_names_of_image_files_where_nothing_else_is_known(
    cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path
) -> None:
    files = "C:\\elsewhere\\" + true_cells["row"].map(cell_screen.sites["path"])
    table = pd.DataFrame({"filename": files, "centroid-0": true_cells["y"], "centroid-1": true_cells["x"]})
    table.to_csv(tmp_path / "cells.csv", index=False)
    assert_same(finish(read_cells(tmp_path / "cells.csv", cell_screen)), true_cells)


def test_batches_named_otherwise_do_not_hinder(cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path) -> None:
    true_cells.assign(batch="2021_01_01_Batch1").to_csv(tmp_path / "cells.csv", index=False)
    assert_same(finish(read_cells(tmp_path / "cells.csv", cell_screen)), true_cells)


def test_what_cannot_be_used_is_counted(cell_screen: Screen, true_cells: pd.DataFrame, tmp_path: Path) -> None:
    table = true_cells.astype({"y": object, "plate": object})
    table.loc[0, "y"] = "nan"
    table.loc[1:3, "plate"] = "elsewhere"
    table.to_csv(tmp_path / "cells.csv", index=False)
    events: list[Event] = []
    cells = finish(read_cells(tmp_path / "cells.csv", cell_screen), events.append)
    assert len(cells) == len(true_cells) - 4
    said = " ".join(event.message for event in events if isinstance(event, Warned))
    assert "cells.csv: 1 row has no coordinates" in said
    assert "3 cells of cells.csv lie on no image" in said


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": [1], "plate": ["P"]}, "has no coordinates of cells"),
        ({"y": [1], "x": [1]}, "does not say which field a cell is in"),
        ({"y": [1], "x": [1], "plate": ["P9"], "well": ["Z1"], "site": [4]}, "the screen has plate B1P1, well A01"),
        ({"y": ["here"], "x": [1], "plate": ["B1P1"], "well": ["A01"], "site": [1]}, "none of the coordinates"),
        ({"y": [1], "x": [1], "file": ["99.tif"]}, "has no cell on any image of the screen"),
    ],
)
def test_a_table_that_does_not_fit_is_one_clear_error(
    columns: dict[str, list[object]], words: str, cell_screen: Screen, tmp_path: Path
) -> None:
    pd.DataFrame(columns).to_csv(tmp_path / "cells.csv", index=False)
    with pytest.raises(ScreenError, match=words):
        finish(read_cells(tmp_path / "cells.csv", cell_screen))


@pytest.mark.parametrize("name", ["cells.sqlite", "cells.parquet", "cells.csv", "cells.xlsx"])
def test_a_damaged_file_is_one_clear_error(name: str, cell_screen: Screen, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x89\x00 not what its name says")
    with pytest.raises(ScreenError, match=name):
        finish(read_cells(tmp_path / name, cell_screen))


def test_a_database_without_objects_says_what_it_has(cell_screen: Screen, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE shopping (item)")
    with pytest.raises(ScreenError, match=r"no tables of objects and images.*it has shopping"):
        finish(read_cells(tmp_path / "other.db", cell_screen))


def test_nothing_there_is_said(cell_screen: Screen, tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match="no such file or folder"):
        finish(read_cells(tmp_path / "nowhere.csv", cell_screen))
    with pytest.raises(ScreenError, match="has no table of cells"):
        finish(read_cells(tmp_path, cell_screen))


def test_the_nucleus_comes_before_the_cell_and_explicit_names_before_plain_ones() -> None:
    columns = ["x", "y", "Cells_Location_Center_X", "Cells_Location_Center_Y", "Nuclei_Location_Center_X"]
    assert cell_columns(columns, "t")["Cells_Location_Center_X"] == "x"
    found = cell_columns([*columns, "Nuclei_Location_Center_Y"], "t")
    assert found["Nuclei_Location_Center_Y"] == "y"
    assert "x" not in found
