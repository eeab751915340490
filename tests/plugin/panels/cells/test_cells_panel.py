"""The cells panel: what is looked for is seen, what is kept is read again, and nothing is written over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit
from tiny import make_config

from cdcl.cells import Cells, read_cells_file, write_cells
from cdcl.screen.tables import read_screen_table
from napari_cdcl import actions
from napari_cdcl.actions import cells_file
from napari_cdcl.layers.attention import KEY, find_layer
from napari_cdcl.layers.found_cells import CROP, FOUND
from napari_cdcl.panels.cells.panel import CellsPanel
from napari_cdcl.panels.cells.source import MICROMETRES, PIXELS
from napari_cdcl.runs.launch import write_plan

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

LEFT = Qt.MouseButton.LeftButton
NUCLEI = ((20, 20), (20, 60), (60, 40), (62, 78))


@pytest.fixture(scope="module")
def nuclei_screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """Four fields of 96 x 96 with four round nuclei of 14 pixels each, half a micrometre a pixel."""
    folder = tmp_path_factory.mktemp("nuclei")
    y, x = np.mgrid[:96, :96]
    rng, rows = np.random.default_rng(0), []
    for number in range(4):
        dna = sum(1500.0 * (np.hypot(y - cy, x - cx) < 7) for cy, cx in NUCLEI)
        field = rng.poisson(np.stack([dna + 100, np.full_like(dna, 100)])).astype(np.uint16)
        tifffile.imwrite(folder / f"{number}.tif", field, photometric="minisblack", metadata={"axes": "CYX"})
        place = {"plate": "P", "well": f"A{number + 1:02d}", "site": 1, "treatment": "ab"[number % 2]}
        rows.append({**place, "path": f"{number}.tif", "channel_names": "DNA;Actin", "pixel_size": 0.5})
    pd.DataFrame(rows).to_csv(folder / "screen.csv", index=False)
    return read_screen_table(folder / "screen.csv")


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, session: Session, nuclei_screen: Screen) -> CellsPanel:
    panel = CellsPanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(300, 700)
    panel.show()
    session.screen = nuclei_screen
    settle(qtbot, panel)
    return panel


def settle(qtbot: QtBot, panel: CellsPanel) -> None:
    qtbot.waitUntil(lambda: not panel.busy, timeout=10_000)


def choose(qtbot: QtBot, panel: CellsPanel, source: str) -> None:
    chooser = panel.source.source
    chooser.setCurrentIndex(chooser.findData(source))
    chooser.activated.emit(chooser.currentIndex())
    settle(qtbot, panel)


def test_an_empty_panel_says_what_to_do(qtbot: QtBot, viewer: ViewerModel) -> None:
    panel = CellsPanel(viewer)
    qtbot.addWidget(panel)
    assert "Open a screen first" in panel.heading.text()
    assert not panel.source.isEnabled()


def test_the_finder_shows_what_it_found_on_the_field_on_display(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel, session: Session
) -> None:
    found = find_layer(viewer, FOUND)
    assert np.abs(np.sort(found.data[:, 1:], axis=0) - np.sort(np.array(NUCLEI), axis=0)).max() < 1
    assert len(found.data) == 4
    assert "<b>4 cells</b>" in panel.words.text()
    assert "measured on the screen" in panel.words.text()
    session.row = 2
    settle(qtbot, panel)
    assert set(find_layer(viewer, FOUND).data[:, 0]) == {2.0}
    qtbot.mouseClick(panel.live, LEFT, pos=QPoint(8, panel.live.height() // 2))
    assert find_layer(viewer, FOUND) is None
    assert find_layer(viewer, CROP) is None


def test_the_square_is_as_large_as_the_crop_in_micrometres(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel
) -> None:
    assert panel.source.unit.key == MICROMETRES
    assert panel.source.crop.value() == 48
    panel.source.crop.setValue(10)
    settle(qtbot, panel)
    square = find_layer(viewer, CROP)
    world = (square.data[0].max(axis=0) - square.data[0].min(axis=0)) * np.asarray(square.scale)
    np.testing.assert_allclose(world, [0, 10, 10], atol=1e-4)
    assert "orange" not in panel.words.text()
    panel.source.crop.setValue(30)
    settle(qtbot, panel)
    assert "3 so near to its edge" in panel.words.text()
    panel.source.unit.setCurrentIndex(panel.source.unit.findData(PIXELS))
    panel.source.unit.activated.emit(panel.source.unit.currentIndex())
    assert panel.source.crop.value() == 60


def test_a_channel_without_nuclei_is_told(qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel) -> None:
    channel = panel.source.channel
    channel.setCurrentIndex(channel.findData("Actin"))
    channel.activated.emit(channel.currentIndex())
    settle(qtbot, panel)
    assert "no bright round spots" in panel.words.text()
    assert find_layer(viewer, FOUND) is None


def test_a_points_layer_is_kept_with_the_right_coordinates(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel, session: Session, nuclei_screen: Screen, tmp_path: Path
) -> None:
    choose(qtbot, panel, "points")
    assert "no Points layer" in panel.words.text()
    viewer.add_points([[1, 10, 20], [1, 24, 24], [3, 2, 2]], scale=(1, 0.25, 0.25), translate=(0, 1, 2), name="mine")
    settle(qtbot, panel)
    assert panel.source.layer.key == "mine"
    panel.source.crop.setValue(10)
    path = tmp_path / "cells.parquet"
    panel.keep(path)
    qtbot.waitUntil(lambda: not panel.keeping.worker.busy)
    kept = read_cells_file(path, nuclei_screen)
    assert kept is not None
    assert kept.rows.tolist() == [1, 1, 3]
    np.testing.assert_allclose(kept.centres, [[7, 14], [14, 16], [3, 5]])
    assert kept.border.tolist() == [True, False, True]
    assert "3 cells in 2 of 4 fields" in panel.keeping.words.text()
    assert cells_file(session) == path


def test_a_point_that_is_added_is_seen_at_once(qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel) -> None:
    choose(qtbot, panel, "points")
    qtbot.mouseClick(panel.source.new_layer, LEFT)
    settle(qtbot, panel)
    layer = viewer.layers["my cells"]
    assert layer.mode == "add"
    layer.add([0, 30, 40])
    settle(qtbot, panel)
    assert "<b>1 cell</b>" in panel.words.text()
    np.testing.assert_allclose(find_layer(viewer, FOUND).data, [[0, 30, 40]])


def test_cells_of_a_field_that_are_drawn_by_hand_replace_only_those(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel, session: Session, nuclei_screen: Screen, tmp_path: Path
) -> None:
    path = tmp_path / "cells.parquet"
    write_cells(Cells.of(pd.DataFrame({"row": [0, 0, 1], "y": 5.0, "x": 5.0}), "nuclei"), nuclei_screen, path)
    choose(qtbot, panel, "labels")
    qtbot.mouseClick(panel.source.new_layer, LEFT)
    viewer.layers["my cells 0"].data[40:50, 60:70] = 3
    panel.keep(path)
    qtbot.waitUntil(lambda: not panel.keeping.worker.busy)
    kept = read_cells_file(path, nuclei_screen)
    assert kept is not None
    assert kept.table[["row", "y", "x"]].values.tolist() == [[0, 44.5, 64.5], [1, 5, 5]]


def test_a_table_of_centroids_is_shown_on_its_field(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel, session: Session, tmp_path: Path
) -> None:
    pd.DataFrame({"well": ["A1", "A2"], "site": 1, "y": [20, 60], "x": [60, 40]}).to_csv(tmp_path / "c.csv")
    choose(qtbot, panel, "file")
    assert "choose a table" in panel.words.text()
    panel.source.path.setText(str(tmp_path / "c.csv"))
    panel.source.path.editingFinished.emit()
    settle(qtbot, panel)
    np.testing.assert_allclose(find_layer(viewer, FOUND).data, [[0, 20, 60]])


def test_tiles_cover_the_field(qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel) -> None:
    choose(qtbot, panel, "tiles")
    assert "<b>1 tile</b>" in panel.words.text()
    panel.source.crop.setValue(24)
    settle(qtbot, panel)
    assert len(find_layer(viewer, FOUND).data) == 4


@pytest.mark.slow
def test_a_child_finds_the_cells_of_the_screen_and_the_window_takes_them_up(
    qtbot: QtBot, panel: CellsPanel, session: Session, nuclei_screen: Screen, tmp_path: Path
) -> None:
    path = tmp_path / "cells.parquet"
    panel.source.crop.setValue(20)
    panel.source.most.setValue(3)
    panel.keep(path)
    assert panel.keeping.running
    qtbot.waitUntil(lambda: not panel.keeping.running, timeout=60_000)
    assert "12 cells in 4 of 4 fields" in panel.keeping.words.text()
    qtbot.mouseClick(panel.keeping.explorer, LEFT)
    qtbot.waitUntil(lambda: session.items is not None and session.items.level == "cell")
    assert session.items is not None
    assert len(session.items) == 12
    assert session.items.table["treatment"].tolist() == ["a"] * 3 + ["b"] * 3 + ["a"] * 3 + ["b"] * 3
    qtbot.mouseClick(panel.keeping.counter, LEFT)
    assert session.colour == "cells_found"
    assert session.items.table["cells_found"].tolist() == [3, 3, 3, 3]


@pytest.mark.slow
def test_a_cancelled_child_writes_nothing(qtbot: QtBot, panel: CellsPanel, tmp_path: Path) -> None:
    panel.keep(tmp_path / "cells.parquet")
    qtbot.mouseClick(panel.keeping.keeper, LEFT)
    qtbot.waitUntil(lambda: not panel.keeping.running, timeout=20_000)
    assert "Cancelled" in panel.keeping.words.text()
    assert not (tmp_path / "cells.parquet").exists()


def test_what_is_no_file_of_cells_is_never_written_over(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    theirs = tmp_path / "Nuclei.parquet"
    pd.DataFrame({"y": [1]}).to_parquet(theirs)
    before = theirs.read_bytes()
    panel.keep(theirs)
    assert "exists already" in panel.keeping.words.text()
    viewer.add_points([[0, 5, 5]], name="mine")
    choose(qtbot, panel, "points")
    panel.keep(theirs)
    assert "exists already" in panel.keeping.words.text()
    assert theirs.read_bytes() == before
    panel.keeping.save_labels(theirs)
    assert theirs.read_bytes() == before


def test_labels_of_cells_are_written_beside_the_data(
    qtbot: QtBot, panel: CellsPanel, session: Session, nuclei_screen: Screen, tmp_path: Path
) -> None:
    path = tmp_path / "cells.parquet"
    write_cells(Cells.of(pd.DataFrame({"row": [0, 2, 2], "y": [1.0, 2, 3], "x": 5.0}), "nuclei"), nuclei_screen, path)
    panel.keeping.save_labels(tmp_path / "none.csv")
    assert "no cells to write" in panel.keeping.words.text()
    session.cells_file = path
    session.extend_items({"annotation": pd.Series(["dead", "", "alive", ""])})
    panel.keeping.save_labels(tmp_path / "labels.csv")
    table = pd.read_csv(tmp_path / "labels.csv", keep_default_na=False)
    assert table[["well", "y", "annotation", "treatment"]].values.tolist() == [
        ["A01", 1, "dead", "a"],
        ["A03", 2, "alive", "a"],
        ["A03", 3, "alive", "a"],
    ]


@pytest.mark.slow
def test_labels_are_written_as_ome_zarr_with_what_is_said_of_them(
    qtbot: QtBot, panel: CellsPanel, session: Session, nuclei_screen: Screen, tmp_path: Path
) -> None:
    pytest.importorskip("zarr")
    path = tmp_path / "cells.parquet"
    table = pd.DataFrame({"row": [0, 0, 2], "y": [20.0, 60, 30], "x": [20.0, 40, 30], "area": 150})
    write_cells(Cells.of(table, "nuclei"), nuclei_screen, path)
    session.cells_file = path
    session.extend_items({"annotation": pd.Series(["dead", "", "alive", ""])})
    panel.keeping.save_ome(tmp_path)
    assert "exists already" in panel.keeping.words.text()
    panel.keeping.save_ome(tmp_path / "labels")
    qtbot.waitUntil(lambda: not panel.keeping.running, timeout=60_000)
    assert "Wrote OME-Zarr labels" in panel.keeping.words.text()
    told = pd.concat([pd.read_csv(one, keep_default_na=False) for one in (tmp_path / "labels").rglob("*.csv")])
    assert told["annotation"].tolist() == ["dead", "dead", "alive"]
    assert list((tmp_path / "labels").rglob("labels/cells"))


def test_a_training_from_the_window_is_given_the_cells(
    session: Session, panel: CellsPanel, nuclei_screen: Screen, tmp_path: Path
) -> None:
    cells = tmp_path / "cells.parquet"
    session.cells_file = cells
    assert session.screen is not None
    screen = replace(session.screen, sites=session.screen.sites.assign(batch=["1", "1", "2", "2"]))
    plan = write_plan(make_config(cells={"source": "auto"}), screen, tmp_path / "run", 1, cells_file(session))
    assert plan.arguments[plan.arguments.index("--cells") + 1] == str(cells)
    fields = write_plan(make_config(), screen, tmp_path / "other", 1, cells_file(session))
    assert "--cells" not in fields.arguments


def test_a_closed_panel_takes_its_layers_along_and_listens_no_more(
    qtbot: QtBot, panel: CellsPanel, viewer: ViewerModel, session: Session
) -> None:
    panel.close()
    assert not [layer for layer in viewer.layers if layer.metadata.get(KEY) in (FOUND, CROP)]
    session.row = 3
    viewer.add_points(ndim=3)
    qtbot.wait(250)
    assert find_layer(viewer, FOUND) is None


def test_every_control_says_what_it_does_and_300_pixels_suffice(panel: CellsPanel) -> None:
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox)
    controls = [child for kind in kinds for child in panel.findChildren(kind)]
    assert len(controls) > 12
    assert not [child for child in controls if not child.toolTip()]
    assert all(edit.toolTip() or isinstance(edit.parent(), QAbstractSpinBox) for edit in panel.findChildren(QLineEdit))
    assert panel.minimumSizeHint().width() <= 300


@pytest.mark.parametrize("button", ["explorer", "counter"])
def test_cells_ask_before_names_are_lost(
    qtbot: QtBot, panel: CellsPanel, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, button: str
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("napari_cdcl.panels.cells.keeping.may_go", lambda *_: bool(asked.append(1)))
    actions.note_cells(session, tmp_path / "cells.parquet")
    panel.keeping.follow()
    session.items = replace(session.items, level="well", key="wells")
    items = session.items
    qtbot.mouseClick(getattr(panel.keeping, button), LEFT)
    assert asked
    assert session.items is items
