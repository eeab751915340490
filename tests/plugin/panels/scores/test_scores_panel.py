"""The scores panel as a user has it: a table, a list of treatments that selects, children that score."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QProgressBar
from scored import NOTE, write_scores, write_sweep

from cdcl.events import Advanced, Began
from cdcl.profiles import read_profiles, write_profiles
from cdcl.runs import Run
from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.scores.panel import ScoresPanel
from napari_cdcl.panels.scores.scoring import KEPT
from napari_cdcl.panels.scores.treatments import ALONE, HINT, WITHOUT
from napari_cdcl.processes.jobs import Job

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QTableView

PATIENCE = 120_000


@pytest.fixture
def scored_run(small_run: Run) -> Run:
    write_scores(small_run.scores)
    return small_run


def open_panel(qtbot: QtBot, run: Run | None) -> ScoresPanel:
    viewer = ViewerModel()
    if run is not None:
        actions.open_source(session_of(viewer), run.folder)
    panel = ScoresPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]  # sessions die with their viewers
    panel.resize(700, 900)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: not panel.worker.busy, timeout=PATIENCE)
    return panel


def click(qtbot: QtBot, table: QTableView, row: int, column: int = 0, *, more: bool = False) -> None:
    """Click the middle of a cell, with Ctrl where `more`."""
    model, viewport = table.model(), table.viewport()
    assert model is not None
    index = model.index(row, column)
    table.scrollTo(index)
    key = Qt.KeyboardModifier.ControlModifier if more else Qt.KeyboardModifier.NoModifier
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, key, table.visualRect(index).center())


def click_score(qtbot: QtBot, panel: ScoresPanel, name: str, column: int = 0) -> None:
    click(qtbot, panel.table, row_of(panel, name), column)
    qtbot.waitUntil(lambda: not panel.treatments.worker.busy, timeout=PATIENCE)


def row_of(panel: ScoresPanel, name: str) -> int:
    return next(number for number, row in enumerate(panel.table.board.rows) if row.name == name)


def text_of(panel: ScoresPanel, name: str, column: int, role: int = Qt.ItemDataRole.DisplayRole) -> str:
    model = panel.table.board_model
    return str(model.data(model.index(row_of(panel, name), column), role))


def titles(panel: ScoresPanel) -> list[str]:
    return [column.title.replace("\n", ": ") for column in panel.table.board.columns]


def test_the_open_run_has_its_scores_with_bars_and_tips(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    assert titles(panel) == ["small: as they are"]
    assert text_of(panel, "treatment_other_batch", 0) == "0.600"
    tip = text_of(panel, "treatment_other_batch", 0, Qt.ItemDataRole.ToolTipRole)
    assert "95 % interval: 0.5 to 0.7" in tip
    assert "noise: 0.3" in tip
    names = panel.table.board_model
    about = names.headerData(row_of(panel, "grit"), Qt.Orientation.Vertical, Qt.ItemDataRole.ToolTipRole)
    assert "misleads when" in about
    image = panel.table.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert "#e5484d" in colours  # the tick of chance


def test_what_cannot_be_had_shows_why(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    assert NOTE in text_of(panel, "treatment_unseen_batch", 0)
    assert NOTE in text_of(panel, "treatment_unseen_batch", 0, Qt.ItemDataRole.ToolTipRole)
    click_score(qtbot, panel, "treatment_unseen_batch")
    assert NOTE in panel.treatments.title.text()
    assert not panel.treatments.list.isVisible()


def test_two_runs_stand_side_by_side_and_the_better_is_bold(qtbot: QtBot, scored_run: Run) -> None:
    other = Run(scored_run.folder.with_name("other"))
    shutil.copytree(scored_run.folder, other.folder)
    write_scores(other.scores, 0.1)
    panel = open_panel(qtbot, scored_run)
    panel.add(other.folder)
    qtbot.waitUntil(lambda: len(panel.table.board.columns) == 2, timeout=PATIENCE)
    assert titles(panel) == ["small: as they are", "other: as they are"]
    row = row_of(panel, "treatment_other_batch")
    assert [panel.table.board.cells[row, column].best for column in (0, 1)] == [False, True]
    panel.remove(other.folder)
    assert titles(panel) == ["small: as they are"]


def test_runs_of_the_same_name_are_told_apart(qtbot: QtBot, scored_run: Run, tmp_path: Path) -> None:
    shutil.copytree(scored_run.folder, tmp_path / "elsewhere" / "small")
    panel = open_panel(qtbot, scored_run)
    panel.add(tmp_path / "elsewhere" / "small")
    qtbot.waitUntil(lambda: len(panel.table.board.columns) == 2, timeout=PATIENCE)
    assert titles(panel) == ["runs/small: as they are", "elsewhere/small: as they are"]


def test_corrections_stand_side_by_side_and_can_be_hidden(qtbot: QtBot, scored_run: Run) -> None:
    write_sweep(scored_run.folder / "corrections" / "scores.parquet")
    panel = open_panel(qtbot, scored_run)
    assert titles(panel) == ["small: as they are", "small: z", "small: tvn", "small: combat"]
    assert "ComBat needs two batches." in text_of(panel, "grit", 3)
    menu = panel.columns.menu()
    assert menu is not None
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: len(panel.table.board.columns) == 3)
    assert "small: z" not in titles(panel)
    click_score(qtbot, panel, "grit", 0)
    assert panel.treatments.title.text() == WITHOUT
    panel.beside.setChecked(True)
    assert titles(panel)[-2:] == ["small: noise", "small: batch only"]


def test_a_click_on_a_treatment_selects_its_points_everywhere(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    click_score(qtbot, panel, "treatment_other_batch")
    assert panel.treatments.list.labels() == ["B", "C", "A"]
    click(qtbot, panel.treatments.list, 0)
    assert session.items is not None
    assert set(session.items.table["treatment"][session.selection]) == {"B"}
    click(qtbot, panel.treatments.list, 2, more=True)
    assert set(session.items.table["treatment"][session.selection]) == {"A", "B"}
    assert panel.treatments.list.marked() == {"A", "B"}
    click(qtbot, panel.treatments.list, 0, more=True)
    assert set(session.items.table["treatment"][session.selection]) == {"A"}


def test_scoring_again_keeps_the_chosen_score_and_treatments(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    click_score(qtbot, panel, "treatment_other_batch")
    for number in (0, 1):
        click(qtbot, panel.treatments.list, number, more=number > 0)
    write_scores(scored_run.scores, 0.2)
    qtbot.waitUntil(lambda: text_of(panel, "treatment_other_batch", 0) == "0.800", timeout=10_000)
    qtbot.waitUntil(lambda: not panel.treatments.worker.busy, timeout=PATIENCE)
    assert panel.treatments.list.marked() == {"B", "C"}


def test_treatments_of_a_run_that_is_taken_away_go_with_it(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    click_score(qtbot, panel, "treatment_other_batch")
    panel.remove(scored_run.folder)
    assert panel.treatments.title.text() == HINT
    assert not panel.treatments.list.isVisible()


def test_lists_of_batches_select_batches(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    click_score(qtbot, panel, "batch_recognised")
    click(qtbot, panel.treatments.list, panel.treatments.list.labels().index("B2"))
    assert session.selection.tolist() == [False] * 12 + [True] * 12


def test_the_row_of_the_selected_treatment_is_marked_and_nothing_is_selected_by_that(
    qtbot: QtBot, scored_run: Run
) -> None:
    panel = open_panel(qtbot, scored_run)
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    click_score(qtbot, panel, "treatment_other_batch")
    changes: list[int] = []
    session.selection_changed.connect(lambda mask: changes.append(int(mask.sum())))
    assert session.items is not None
    one = np.flatnonzero(session.items.table["treatment"] == "C")[:1]
    session.selection = np.isin(np.arange(24), one)
    assert panel.treatments.list.marked() == {"C"}
    session.selection = np.ones(24, dtype=bool)
    assert panel.treatments.list.marked() == set()
    assert changes == [1, 24]


def test_searching_hides_rows_and_leaves_the_selection(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    click_score(qtbot, panel, "treatment_other_batch")
    click(qtbot, panel.treatments.list, 0)
    qtbot.keyClicks(panel.treatments.search, "a")
    assert panel.treatments.list.labels() == ["A"]
    assert session.selection.sum() == 8


def test_a_column_without_single_values_says_how_to_get_them(qtbot: QtBot, scored_run: Run) -> None:
    write_sweep(scored_run.folder / "corrections" / "scores.parquet")
    panel = open_panel(qtbot, scored_run)
    click_score(qtbot, panel, "grit", 2)
    assert panel.treatments.title.text() == ALONE


def test_profiles_of_another_tool_are_scored_and_explored_without_a_run(
    qtbot: QtBot, small_run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.csv"
    write_profiles(read_profiles(small_run.profiles("site")), path)
    write_scores(tmp_path / "theirs-scores" / "profiles.csv")
    panel = open_panel(qtbot, None)
    assert "Nothing is scored yet" in panel.empty.text()
    panel.add(path)
    qtbot.waitUntil(lambda: bool(panel.table.board.rows), timeout=PATIENCE)
    assert not panel.report.isEnabled()
    click_score(qtbot, panel, "treatment_other_batch")
    click(qtbot, panel.treatments.list, 0)
    assert "There are no points" in panel.message.text()
    qtbot.mouseClick(panel.treatments.points, Qt.MouseButton.LeftButton)
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: session.items is not None, timeout=PATIENCE)
    assert not panel.treatments.points.isVisible()
    click(qtbot, panel.treatments.list, 1)
    assert session.selection.sum() == 8


@pytest.mark.slow
def test_a_feature_with_a_gap_is_left_out_and_named_where_it_is_scored_and_explored(
    qtbot: QtBot, small_run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.csv"
    write_profiles(read_profiles(small_run.profiles("site")), path)
    table = pd.read_csv(path)
    table.loc[3, "emb_0002"] = np.nan
    table.to_csv(path, index=False)
    panel = open_panel(qtbot, None)
    panel.add(path)
    qtbot.waitUntil(lambda: panel.scoring.source.findData(str(path)) >= 0, timeout=PATIENCE)
    panel.scoring.choose(path)
    panel.scoring.baselines.setChecked(False)
    qtbot.wait(500)  # The dock finds its layout; a click before that goes beside the button.
    qtbot.mouseClick(panel.scoring.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.scoring.words.text().startswith("Scored."), timeout=PATIENCE)
    assert "left out: emb_0002" in panel.scoring.words.text()
    qtbot.waitUntil(lambda: bool(panel.table.board.rows), timeout=PATIENCE)
    click_score(qtbot, panel, "treatment_other_batch")
    qtbot.mouseClick(panel.treatments.points, Qt.MouseButton.LeftButton)
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: session.items is not None, timeout=PATIENCE)
    assert session.items is not None
    assert session.items.values is not None
    assert session.items.values.shape[1] == 7
    assert "left out: emb_0002" in panel.message.text()


def test_a_folder_that_is_no_run_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    panel = open_panel(qtbot, None)
    panel.add(tmp_path)
    assert "is no run" in panel.message.text()
    assert panel.sources == []


def test_scores_that_are_damaged_are_told_and_the_window_lives(qtbot: QtBot, small_run: Run) -> None:
    small_run.scores.write_text("nothing,of\nthe,kind\n")
    panel = open_panel(qtbot, small_run)
    assert "has no scores" in panel.message.text()


def test_scores_that_somebody_else_writes_appear(qtbot: QtBot, small_run: Run) -> None:
    panel = open_panel(qtbot, small_run)
    assert "not scored yet" in panel.empty.text()
    assert panel.scoring.isVisible()
    write_scores(small_run.scores)
    qtbot.waitUntil(lambda: bool(panel.table.board.rows), timeout=10_000)


def test_another_run_takes_the_place_of_the_one_before(qtbot: QtBot, scored_run: Run, tmp_path: Path) -> None:
    other = Run(tmp_path / "elsewhere")
    shutil.copytree(scored_run.folder, other.folder)
    panel = open_panel(qtbot, scored_run)
    actions.open_source(session_of(panel.viewer), other.folder)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: titles(panel) == ["elsewhere: as they are"], timeout=PATIENCE)
    assert panel.scoring.source.key == str(other.folder)


def test_scoring_is_cancelled_at_once_and_nothing_is_written(qtbot: QtBot, small_run: Run) -> None:
    panel = open_panel(qtbot, small_run)
    qtbot.mouseClick(panel.scoring.button, Qt.MouseButton.LeftButton)
    assert panel.scoring.running
    assert panel.scoring.button.text() == "Cancel"
    assert panel.scoring.progress.isVisible()
    job = panel.scoring.job
    assert job is not None
    qtbot.waitUntil(lambda: job.pid > 0, timeout=PATIENCE)
    qtbot.mouseClick(panel.scoring.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.scoring.running, timeout=PATIENCE)
    assert panel.scoring.words.text() == KEPT
    assert panel.scoring.button.text() == "Score"
    assert not small_run.scores.exists()


def test_a_child_that_fails_says_why_and_the_window_lives(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    scored_run.profiles("site").write_bytes(b"no parquet at all")
    panel.fold.open()
    qtbot.mouseClick(panel.scoring.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.scoring.running, timeout=PATIENCE)
    assert "site.parquet" in panel.scoring.words.text()
    assert text_of(panel, "grit", 0) == "1.500"
    assert panel.scoring.button.isEnabled()


@pytest.mark.slow
def test_a_run_is_scored_by_a_click_and_its_treatments_are_there(qtbot: QtBot, small_run: Run) -> None:
    panel = open_panel(qtbot, small_run)
    panel.scoring.baselines.setChecked(False)
    panel.scoring.correction.show_key("z")
    qtbot.mouseClick(panel.scoring.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.table.board.columns) == 2, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not panel.scoring.running, timeout=PATIENCE)
    assert panel.scoring.words.text().startswith("Scored.")
    assert titles(panel) == ["small: as they are", "small: z"]
    assert not np.isnan(panel.table.board.cells[row_of(panel, "treatment_other_batch"), 0].value)
    click_score(qtbot, panel, "treatment_other_batch", 1)
    assert sorted(panel.treatments.list.labels()) == ["A", "B", "C"]
    assert [entry.key for entry in actions.list_run_profiles(small_run)][-1].endswith("@z")


@pytest.mark.slow
def test_the_report_is_written_by_a_child_and_opened(
    qtbot: QtBot, scored_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    panel = open_panel(qtbot, scored_run)
    qtbot.mouseClick(panel.report, Qt.MouseButton.LeftButton)
    assert not panel.report.isEnabled()
    qtbot.waitUntil(lambda: panel.report_job is None, timeout=PATIENCE)
    assert opened == [str(scored_run.report)]
    assert scored_run.report.is_file()


def test_the_table_is_exported(qtbot: QtBot, scored_run: Run, tmp_path: Path) -> None:
    panel = open_panel(qtbot, scored_run)
    panel.export(tmp_path / "shown.csv")
    assert set(pd.read_csv(tmp_path / "shown.csv")["name"]) >= {"grit", "overall"}
    panel.export(tmp_path / "shown.csv" / "beneath.csv")
    assert "shown.csv" in panel.message.text()


def test_a_narrow_dock_is_readable_and_scrolls(qtbot: QtBot, scored_run: Run) -> None:
    write_sweep(scored_run.folder / "corrections" / "scores.parquet")
    panel = open_panel(qtbot, scored_run)
    assert panel.minimumSizeHint().width() <= 300
    panel.resize(300, 700)
    qtbot.wait(50)
    assert panel.width() == 300
    bar = panel.table.horizontalScrollBar()
    assert bar is not None
    assert bar.maximum() > 0
    assert panel.table.names.width() < 140
    assert panel.table.names.sectionSize(row_of(panel, "treatment_other_batch")) >= 40


def test_every_control_says_what_it_does(qtbot: QtBot, scored_run: Run) -> None:
    panel = open_panel(qtbot, scored_run)
    panel.fold.open()
    click_score(qtbot, panel, "treatment_other_batch")
    kinds = (QAbstractButton, QComboBox, QLineEdit, QProgressBar)
    silent = [
        child
        for kind in kinds
        for child in panel.findChildren(kind)
        if not child.toolTip() and not (child.parent() and child.parent().metaObject().className() == "QLineEdit")
    ]
    assert [type(child).__name__ for child in silent if type(child).__name__ != "QAbstractButton"] == []


def test_compare_asks_a_child_for_the_shown_runs_and_opens_its_page(
    qtbot: QtBot, scored_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    opened: list[str] = []
    monkeypatch.setattr(Job, "start", lambda job: started.append(list(job.arguments)))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    panel = open_panel(qtbot, scored_run)
    told: list[str] = []
    panel.compare.told.connect(told.append)
    assert panel.compare.isEnabled()
    qtbot.mouseClick(panel.compare, Qt.MouseButton.LeftButton)
    page = scored_run.folder / "compared" / "compare.html"
    assert started == [["compare", str(scored_run.folder), "-o", str(page.parent)]]
    assert panel.compare.text() == "Cancel"
    job = panel.compare.job
    assert job is not None
    job.heard.emit(Began("compare", 8, "pipeline"))
    job.heard.emit(Advanced(3, "run, tvn"))
    assert told[-1] == "compare 3 of 8: run, tvn"
    job.finished.emit(True, "")
    assert opened == [str(page)]
    assert panel.compare.text() == "Compare"


def test_without_a_run_there_is_nothing_to_compare(qtbot: QtBot) -> None:
    assert not open_panel(qtbot, None).compare.isEnabled()
