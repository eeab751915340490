"""Images that have moved are asked for once, of a run and of a bare table: by the button, in the file dialog."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hands import choose_path, press
from napari.components import ViewerModel

from napari_cdcl.models.session import session_of
from napari_cdcl.panels.screen.panel import ScreenPanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen


@pytest.fixture
def moved(small_screen: Screen, small_run: Run, tmp_path: Path) -> tuple[Path, Path]:
    """A table with absolute paths, a run on it, and the folder that the images have been moved to."""
    from cdcl.readers import read_screen
    from cdcl.screen.tables import write_screen

    old, new = tmp_path / "plates" / "old", tmp_path / "archive" / "new"
    shutil.copytree(small_screen.folder, old)
    table = pd.read_csv(old / "screen.csv")
    table["path"] = [str(old / name) for name in table["path"]]
    (tmp_path / "tables").mkdir()
    table.to_csv(tmp_path / "tables" / "screen.csv", index=False)
    write_screen(read_screen(old), small_run.screen)
    new.parent.mkdir()
    shutil.move(old, new)
    return tmp_path / "tables" / "screen.csv", new


def open_in_a_new_window(qtbot: QtBot, source: Path) -> tuple[Any, ScreenPanel]:
    viewer = ViewerModel()
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.show()
    panel.open(source)
    qtbot.waitUntil(lambda: session_of(viewer).screen is not None and "Reading" not in panel.message.text())
    return viewer, panel


@pytest.mark.parametrize("kind", ["table", "run"])
def test_images_that_have_moved_are_asked_for_once(
    qtbot: QtBot, moved: tuple[Path, Path], small_run: Run, kind: str
) -> None:
    table, new = moved
    source, before = small_run.folder if kind == "run" else table, table.read_bytes()
    viewer, panel = open_in_a_new_window(qtbot, source)
    assert "any more: all fields are black" in panel.message.text()
    (button,) = panel.message.offers
    asked = choose_path(new)
    press(button)
    assert asked == ["Where the images are now"]
    session_of(viewer).row = 7
    assert int(viewer.layers[0].data[7][0, 0]) == 7
    assert "black" not in panel.message.text()
    assert table.read_bytes() == before, "the table is its owner's"
    viewer, panel = open_in_a_new_window(qtbot, source)
    assert panel.message.offers == [] or "black" not in panel.message.text()
    assert int(viewer.layers[0].data[5][0, 0]) == 5


def test_a_wrong_folder_is_refused_and_another_one_can_be_chosen(qtbot: QtBot, moved: tuple[Path, Path]) -> None:
    table, new = moved
    viewer, panel = open_in_a_new_window(qtbot, table)
    for folder, word in ((table.parent, "does not hold"), (new, "Opened")):
        asked = choose_path(folder)
        press(panel.message.offers[0])
        assert asked
        assert word in panel.message.text()
    assert int(viewer.layers[0].data[3][0, 0]) == 3
