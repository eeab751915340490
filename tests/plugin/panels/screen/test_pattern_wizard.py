"""The wizard with a real keyboard and mouse: typed, marked, counted, chosen, opened."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QTableWidget

from napari_cdcl.panels.screen.panel import ScreenPanel

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.screen.name_reading import NameReading

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Names that no layout knows: two plates of two wells, two fields and two channels; and one stray file."""
    folder = tmp_path / "odd"
    folder.mkdir()
    for plate in ("june-1", "july-1"):
        for well in ("B2", "C3"):
            for site in "12":
                for channel in ("blue", "red"):
                    name = f"{plate} - {well} at {site} in {channel}.tif"
                    tifffile.imwrite(folder / name, np.ones((6, 6), np.uint8))
    tifffile.imwrite(folder / "map.tif", np.ones((6, 6), np.uint8))
    return folder


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> ScreenPanel:
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.show()
    return panel


@pytest.fixture
def reading(qtbot: QtBot, panel: ScreenPanel, folder: Path) -> NameReading:
    panel.read_by_names(folder)
    assert panel.reading is not None
    settle(qtbot, panel.reading)
    return panel.reading


def settle(qtbot: QtBot, reading: NameReading) -> None:
    qtbot.waitUntil(lambda: not reading.dialog._timer.isActive() and not reading.worker.busy, timeout=10_000)


def write(qtbot: QtBot, reading: NameReading, pattern: str) -> None:
    reading.dialog.pattern.selectAll()
    qtbot.keyClicks(reading.dialog.pattern, pattern)
    settle(qtbot, reading)


def test_a_folder_that_no_reader_claims_leads_to_the_wizard(
    qtbot: QtBot, panel: ScreenPanel, folder: Path, session: Session
) -> None:
    panel.open(folder)
    qtbot.waitUntil(lambda: not panel.worker.busy)
    assert panel.by_names.isVisible()
    qtbot.mouseClick(panel.by_names, LEFT)
    assert panel.reading is not None
    settle(qtbot, panel.reading)
    assert panel.reading.dialog.isVisible()
    assert "17 images" in panel.reading.dialog.heading.text()
    assert session.screen is None


def test_the_pattern_is_guessed_and_counted(reading: NameReading) -> None:
    dialog = reading.dialog
    assert "{well}" in dialog.pattern.text()
    assert dialog.verdict.text() == "Matched 16 of 17 names."
    assert dialog.tabs.tabText(1) == "Not matched (1)"
    assert dialog.unmatched.item(0).text() == "map.tif"


def test_what_is_doubtful_of_a_guess_stands_below_it_until_it_is_mended(
    qtbot: QtBot, panel: ScreenPanel, tmp_path: Path
) -> None:
    """Fields F01 to F03 of two slides fit the pattern of wells; the window says so, and once only."""
    folder = tmp_path / "slides"
    folder.mkdir()
    for slide, field, channel in itertools.product("12", (1, 2, 3), ("blue", "red")):
        tifffile.imwrite(folder / f"B0{slide}_F{field:02d}_{channel}.tif", np.ones((6, 6), np.uint8))
    panel.read_by_names(folder)
    assert panel.reading is not None
    settle(qtbot, panel.reading)
    dialog = panel.reading.dialog
    write(qtbot, panel.reading, "{plate}_{well}_{channel}.tif")
    assert dialog.doubts.isVisible()
    assert "⚠ the names may mean something else: all wells lie in row F" in dialog.doubts.text()
    assert "something else" not in dialog.found.text()
    write(qtbot, panel.reading, "{well}_F{site}_{channel}.tif")
    assert "something else" not in dialog.doubts.text()
    assert dialog.opener.isEnabled()


def test_parts_stand_in_columns_and_in_colour(qtbot: QtBot, reading: NameReading) -> None:
    write(qtbot, reading, "{plate} - {well} at {site} in {channel}.tif")
    table = reading.dialog.matched
    heads = [table.horizontalHeaderItem(column).text() for column in range(table.columnCount())]
    assert heads == ["plate (2)", "well (2)", "site (2)", "channel (2)", "file name"]
    assert [table.item(0, column).text() for column in range(4)] == ["july-1", "B2", "1", "blue"]
    colours = {table.item(0, column).background().color().name() for column in range(4)}
    assert len(colours) == 4
    assert all(colour in table.cellWidget(0, 4).text() for colour in colours)


def test_a_wrong_pattern_is_marked_and_cannot_be_opened(qtbot: QtBot, reading: NameReading) -> None:
    assert reading.dialog.opener.isEnabled()
    write(qtbot, reading, "{plate} - {well at")
    assert "(character 11)" in reading.dialog.verdict.text()
    assert "border" in reading.dialog.pattern.styleSheet()
    assert "#e5484d" in reading.dialog.painted.text()
    assert not reading.dialog.opener.isEnabled()
    write(qtbot, reading, "{plate} - {well} at {site} in {channel}.tif")
    assert "border" not in reading.dialog.pattern.styleSheet()
    assert reading.dialog.opener.isEnabled()


def test_a_pattern_that_matches_nothing_shows_the_names(qtbot: QtBot, reading: NameReading) -> None:
    write(qtbot, reading, "{well}.tif")
    assert reading.dialog.verdict.text() == "Matched 0 of 17 names."
    assert reading.dialog.tabs.currentWidget() is reading.dialog.unmatched
    assert reading.dialog.unmatched.count() == 17
    assert not reading.dialog.opener.isEnabled()


def test_a_part_replaces_what_is_selected(qtbot: QtBot, reading: NameReading) -> None:
    write(qtbot, reading, "{plate} - B2 at {site} in {channel}.tif")
    assert "no part says the well" in reading.dialog.verdict.text().lower()
    reading.dialog.pattern.setSelection(10, 2)
    qtbot.mouseClick(reading.dialog.parts["well"], LEFT)
    settle(qtbot, reading)
    assert reading.dialog.pattern.text() == "{plate} - {well} at {site} in {channel}.tif"
    assert reading.dialog.opener.isEnabled()


def test_the_batch_that_was_chosen_lands_in_the_screen_and_none_before(
    qtbot: QtBot, reading: NameReading, session: Session
) -> None:
    write(qtbot, reading, "{plate} - {well} at {site} in {channel}.tif")
    batches = reading.dialog.batches
    assert batches.key == ""
    assert [batches.itemData(line) for line in range(batches.count())] == ["", "prefix"]
    batches.setCurrentIndex(1)
    batches.activated.emit(1)
    qtbot.mouseClick(reading.dialog.opener, LEFT)
    assert session.screen is not None
    assert not reading.dialog.isVisible()
    assert session.screen.channels == ("blue", "red")
    assert session.screen.sites[["batch", "plate", "well"]].drop_duplicates().values.tolist() == [
        ["july", "july-1", "B02"],
        ["july", "july-1", "C03"],
        ["june", "june-1", "B02"],
        ["june", "june-1", "C03"],
    ]


def test_two_files_for_one_plane_are_named(qtbot: QtBot, reading: NameReading) -> None:
    write(qtbot, reading, "{plate} - {well} at * in {channel}.tif")
    assert "are both plate july-1" in reading.dialog.found.text()
    assert not reading.dialog.opener.isEnabled()


def test_the_table_is_saved_but_never_over_another(qtbot: QtBot, reading: NameReading, folder: Path) -> None:
    (folder / "mine.csv").write_text("precious", encoding="utf-8")
    reading.save(folder / "mine.csv")
    assert "exists already" in reading.dialog.found.text()
    reading.save(folder / "screen.csv")
    assert "Wrote" in reading.dialog.found.text()
    assert (folder / "mine.csv").read_text(encoding="utf-8") == "precious"


def test_every_control_of_the_wizard_says_what_it_does(reading: NameReading) -> None:
    controls = [child for kind in (QAbstractButton, QComboBox) for child in reading.dialog.findChildren(kind)]
    qts = ("ScrollLeftButton", "ScrollRightButton")
    ours = [one for one in controls if one.objectName() not in qts and not isinstance(one.parent(), QTableWidget)]
    assert len(ours) > 14
    assert not [child for child in ours if not child.toolTip()]
