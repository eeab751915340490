"""What can be expected to be refused is refused in a line of the panel that was asked, and never pops up.

`nothing_pops_up` of the conftest fails each of these where napari shows an error, or a slot has raised one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hands import answer, choose_path, press
from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QInputDialog, QLineEdit, QMenu

from napari_cdcl import actions
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.cells.panel import CellsPanel
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.readers import read
from napari_cdcl.runs.training_queue import training_queue_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen

PATIENCE = 20_000


@pytest.fixture
def make(qtbot: QtBot) -> Callable[..., Any]:
    """Make a panel that shows a run, or nothing."""

    def make_one(kind: type, run: Run | None = None) -> Any:
        viewer = ViewerModel()
        panel = kind(viewer)
        panel.viewer = viewer
        qtbot.addWidget(panel)
        panel.resize(520, 900)
        if run is not None:
            actions.open_source(session_of(viewer), run.folder)
        panel.show()
        return panel

    return make_one


def type_into(text: str, dialog: Any) -> None:
    line = dialog.findChild(QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def session(panel: Any) -> Session:
    return session_of(panel.viewer)


def no_folder(folder: Path) -> Path:
    return folder / "nothing here"


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def unknown_layout(folder: Path) -> Path:
    (folder / "notes").mkdir()
    (folder / "notes" / "readme.txt").write_text("no images here")
    return folder / "notes"


def broken_table(folder: Path) -> Path:
    (folder / "screen.csv").write_text("batch,plate\nB1,P1\n")
    return folder / "screen.csv"


def no_table_at_all(folder: Path) -> Path:
    (folder / "screen.parquet").write_bytes(b"\x00\x01 not parquet")
    return folder / "screen.parquet"


def run_that_has_just_begun(folder: Path) -> Path:
    (folder / "young").mkdir()
    (folder / "young" / "config.toml").write_text("steps = 1\n")
    return folder / "young"


@pytest.mark.parametrize(
    "source", [no_folder, empty_folder, unknown_layout, broken_table, no_table_at_all, run_that_has_just_begun]
)
def test_what_cannot_be_opened_is_refused_and_the_open_one_stays(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run, tmp_path: Path, source: Callable[[Path], Path]
) -> None:
    panel = make(ScreenPanel, small_run)
    place = source(tmp_path)
    panel.open(place)
    qtbot.waitUntil(lambda: panel.opener.isEnabled(), timeout=PATIENCE)
    text = panel.message.text()
    assert "Reading" not in text
    assert len(text) > 20
    assert "Traceback" not in text
    assert session(panel).run == small_run


@pytest.mark.parametrize("source", [broken_table, no_table_at_all])
def test_what_is_dropped_on_napari_and_is_no_screen_is_a_warning_without_traceback(
    tmp_path: Path, source: Callable[[Path], Path]
) -> None:
    assert read(str(source(tmp_path))) == [(None,)]


@pytest.mark.parametrize("name", ["a/b", "", " ", "..", "what?"])
def test_a_name_that_no_folder_can_have_is_refused_before_a_training_starts(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run, tmp_path: Path, name: str
) -> None:
    panel = make(TrainPanel, small_run)
    setup = panel.setup
    setup.starting.folder.setText(str(tmp_path))
    setup.starting.name.setText(name)
    qtbot.waitUntil(lambda: setup.starting.start.isEnabled(), timeout=PATIENCE)
    press(setup.starting.start)
    assert "cannot be the name of a folder" in setup.starting.message.text()
    assert training_queue_of(panel.viewer).current is None


@pytest.mark.parametrize(
    ("name", "why"), [("a/b", "cannot be the name of a folder"), ("other", "exists already"), (".", "cannot be")]
)
def test_a_run_is_not_renamed_to_what_cannot_be(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run, name: str, why: str
) -> None:
    (small_run.folder.parent / "other").mkdir()
    (small_run.folder.parent / "other" / "here").write_text("")
    panel = make(RunsPanel)
    panel.folder.setText(str(small_run.folder.parent))
    panel.refresh()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1, timeout=PATIENCE)
    panel.table.selectRow(0)

    answer(QInputDialog, partial(type_into, name))
    menu = panel.buttons["more"].menu()
    assert isinstance(menu, QMenu)
    next(one for one in menu.actions() if one.text() == "Rename…").trigger()
    assert why in panel.message.text()
    assert small_run.folder.is_dir()


def test_a_branch_is_not_begun_where_it_cannot_be(qtbot: QtBot, make: Callable[..., Any], small_run: Run) -> None:
    panel = make(TrainPanel, small_run)
    queue = training_queue_of(panel.viewer)
    queue.attach(small_run)
    answer(QInputDialog, partial(type_into, "a/b optimizer.lr=1e-4"))
    panel.watch._ask_branch(1)
    assert "cannot be the name of a folder" in panel.message.text()
    assert queue.waiting == []
    queue.let_go()


def test_a_model_is_not_exported_over_something(qtbot: QtBot, make: Callable[..., Any], small_run: Run) -> None:
    panel = make(RunsPanel)
    panel.export(small_run, small_run.folder.parent)
    assert len(panel.message.text()) > 20


def test_a_feature_that_is_not_a_number_somewhere_is_left_out_and_named(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run
) -> None:
    panel = make(ExplorePanel, small_run)
    items = session(panel).items
    assert items is not None
    assert items.values is not None
    file = small_run.profiles("site")
    table = pd.read_parquet(file)
    table.loc[3, "emb_0002"] = np.nan
    table.to_parquet(file)
    screen = make(ScreenPanel)
    screen.open(small_run.folder)
    qtbot.waitUntil(lambda: screen.opener.isEnabled(), timeout=PATIENCE)
    assert "left out: emb_0002" in screen.message.text()
    read = session(screen).items
    assert read is not None
    assert read.values is not None
    assert read.values.shape == (24, 7)
    panel._read("site")
    qtbot.waitUntil(lambda: "left out: emb_0002" in panel.message.text(), timeout=PATIENCE)


def test_naming_nothing_and_looking_for_nothing_is_refused(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run
) -> None:
    panel = make(ExplorePanel, small_run)
    panel.annotate.name.setText("odd")
    panel.annotate.annotate()
    assert "nothing is selected" in panel.message.text()
    panel.annotate.name.clear()
    panel.annotate.annotate()
    assert "name first" in panel.message.text()
    press(panel.bar.aside)
    assert len(panel.message.text()) > 10


def test_names_are_not_written_as_what_is_no_table(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run, tmp_path: Path
) -> None:
    panel = make(ExplorePanel, small_run)
    choose_path(tmp_path / "names.docx")
    panel.tabs.show_page(panel.annotate)
    press(panel.annotate.exporter)
    assert "written as .csv or .parquet" in panel.message.text()


def test_a_plate_map_is_not_written_over_somebodys_file_nor_read_from_nonsense(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run, tmp_path: Path
) -> None:
    panel = make(ScreenPanel, small_run)
    panel.plate.editing.setChecked(True)
    editor = panel.plate.editor
    own = tmp_path / "mine.csv"
    own.write_text("precious")
    editor.save(own)
    assert own.read_text() == "precious"
    assert "mine.csv" in editor.words.text()
    editor.save(tmp_path / "map.xlsx")
    assert "written as .csv" in editor.words.text()
    editor.load(own)
    assert "mine.csv" in editor.words.text()


def test_a_pattern_that_is_wrong_is_marked_while_it_is_typed(
    qtbot: QtBot, make: Callable[..., Any], small_screen: Screen
) -> None:
    panel = make(ScreenPanel)
    panel.read_by_names(small_screen.folder)
    qtbot.waitUntil(lambda: not panel.reading.worker.busy, timeout=PATIENCE)
    assert panel.reading.names is not None, panel.reading.dialog.found.text()
    for pattern in ("{well", "(?P<well>", "[", "{nothing}", ""):
        panel.reading.dialog.pattern.setText(pattern)
        qtbot.wait(20)
        assert panel.reading.scan is None
    panel.reading.dialog.close()


def test_cells_from_what_is_not_there_are_refused(
    qtbot: QtBot, make: Callable[..., Any], small_run: Run, tmp_path: Path
) -> None:
    panel = make(CellsPanel, small_run)
    panel.source.source.show_key("file")
    broken = tmp_path / "cells.csv"
    pd.DataFrame({"a": [1]}).to_csv(broken, index=False)
    for path in (tmp_path / "gone.csv", broken):
        panel.source.path.setText(str(path))
        panel.look()
        qtbot.waitUntil(lambda: not panel.busy, timeout=PATIENCE)
        assert panel.words.text().startswith("⚠"), panel.words.text()


STATES = (
    '{"row": true, "profiles": "", "projection": [], "colour": {}, "second_colour": 3, "contrast": []}',
    '{"channels": {"DNA": {"low": "x", "high": 1e999, "colormap": [], "colour": [0, 0]}}}',
    "[" * 100_000,
)


def test_a_state_that_makes_no_sense_is_passed_over(qtbot: QtBot, make: Callable[..., Any], small_run: Run) -> None:
    for text in ("{", "[]", '{"row": 10000000, "colour": 7, "channels": {"DNA": 3}, "selection": "x"}', *STATES):
        (small_run.folder / "window.json").write_text(text)
        panel = make(ScreenPanel)
        panel.open(small_run.folder)
        qtbot.waitUntil(lambda panel=panel: panel.opener.isEnabled(), timeout=PATIENCE)
        assert len(session(panel).screen or ()) == 24, text
