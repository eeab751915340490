"""The treatments panel as a user has it: find, read why, see beside controls, star, save; linked with the selection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hands import choose_path, press
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.screen.tables import write_screen
from napari_cdcl import actions
from napari_cdcl.actions.hits import read_stars
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.treatments.hit_list import STAR
from napari_cdcl.panels.treatments.panel import CHOOSE, NO_RUN, NOT_YET, STALE, TreatmentsPanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen

PATIENCE = 120_000
HITS = pd.DataFrame(
    {
        "treatment": ["B", "C"],
        "hit": [True, False],
        "q": [0.01, 0.4],
        "effect": [3.0, 1.2],
        "across_batches": [0.9, 0.1],
        "cells": [0.4, 1.0],
        "like": ["", ""],
        "flags": ["", "one batch only"],
        "reasons": ["active (q = 0.01)", "not active (q = 0.4)"],
    }
)


@pytest.fixture
def controlled_run(small_screen: Screen, small_run: Run) -> Run:
    """The small run, with treatment A as the negative control of its plates."""
    control = np.where(small_screen.sites["treatment"] == "A", "negative", "")
    screen = replace(small_screen, sites=small_screen.sites.assign(control=control))
    write_screen(screen, small_run.screen)
    found = read_profiles(small_run.profiles("site"))
    write_profiles(Profiles(found.values, screen.sites, "site"), small_run.profiles("site"))
    return small_run


@pytest.fixture
def judged_run(controlled_run: Run) -> Run:
    HITS.to_csv(controlled_run.folder / "hits.csv", index=False)
    return controlled_run


def open_panel(qtbot: QtBot, run: Run | None) -> tuple[TreatmentsPanel, Session]:
    viewer = ViewerModel()
    if run is not None:
        actions.open_source(session_of(viewer), run.folder)
    panel = TreatmentsPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]  # sessions die with their viewers
    panel.resize(420, 800)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: not panel.worker.busy, timeout=PATIENCE)
    return panel, session_of(viewer)


def click_cell(panel: TreatmentsPanel, row: int, name: str) -> None:
    """Click the middle of a cell."""
    table = panel.list
    model, viewport = table.model(), table.viewport()
    assert model is not None
    names = [table.name_at(model.index(0, column)) for column in range(model.columnCount())]
    place = table.visualRect(model.index(row, names.index(name))).center()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_without_a_run_it_says_what_to_do(qtbot: QtBot) -> None:
    panel, _ = open_panel(qtbot, None)
    assert panel.state.text() == NO_RUN
    assert not panel.finding.button.isEnabled()
    assert not panel.saver.isEnabled()


def test_hits_are_found_in_a_child_and_listed(qtbot: QtBot, controlled_run: Run) -> None:
    panel, _ = open_panel(qtbot, controlled_run)
    assert panel.state.text() == NOT_YET
    press(panel.finding.button)
    assert panel.finding.button.text() == "Cancel"
    qtbot.waitUntil(lambda: panel.hits is not None and panel.hits.table is not None, timeout=PATIENCE)
    assert set(panel.list.labels()) == {"B", "C"}
    assert not (controlled_run.folder / "hits.png").exists()  # no pixel was read
    assert "of 2 treatments are hits." in panel.state.text()


def test_a_click_selects_its_points_says_why_and_shows_it_beside_controls(qtbot: QtBot, judged_run: Run) -> None:
    panel, session = open_panel(qtbot, judged_run)
    assert panel.list.labels() == ["B", "C"]  # the strongest on top
    assert panel.reasons.text() == CHOOSE
    click_cell(panel, 0, "treatment")
    assert session.items is not None
    assert set(session.items.table["treatment"][session.selection]) == {"B"}
    assert panel.reasons.text() == "B: active (q = 0.01)"
    assert session.screen is not None
    sites = session.screen.sites
    shown = [(pair.treated, pair.control) for pair in panel.montage.pairs]
    assert [sites["plate"].iloc[list(pair)].nunique() for pair in shown] == [1, 1]
    assert {sites["treatment"].iloc[one] for one, _ in shown} == {"B"}
    assert {sites["control"].iloc[other] for _, other in shown} == {"negative"}
    assert {sites["plate"].iloc[one] for one, _ in shown} == {"P1", "P2"}


def test_what_is_selected_elsewhere_is_marked_and_explained(qtbot: QtBot, judged_run: Run) -> None:
    panel, session = open_panel(qtbot, judged_run)
    assert session.items is not None
    session.selection = (session.items.table["treatment"] == "C").to_numpy()
    assert panel.list.marked() == {"C"}
    assert panel.reasons.text().startswith("C: not active")


def test_a_double_click_on_a_picture_goes_to_its_field(qtbot: QtBot, judged_run: Run) -> None:
    panel, session = open_panel(qtbot, judged_run)
    click_cell(panel, 0, "treatment")
    pair = panel.montage.pairs[1]
    place = next(
        QPoint(x, y)
        for y in range(0, panel.montage.height(), 5)
        for x in range(0, panel.montage.width(), 5)
        if panel.montage.field_at(QPoint(x, y)) == pair.control
    )
    QTest.mouseDClick(panel.montage, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert session.row == pair.control


def test_stars_are_kept_with_the_run_and_can_be_listed_alone(qtbot: QtBot, judged_run: Run) -> None:
    panel, _ = open_panel(qtbot, judged_run)
    click_cell(panel, 1, STAR)
    assert read_stars(judged_run) == {"C"}
    panel.list.setCurrentIndex(panel.list.first())
    QTest.keyClick(panel.list, Qt.Key.Key_Asterisk)
    assert read_stars(judged_run) == {"B", "C"}
    click_cell(panel, 0, STAR)
    assert read_stars(judged_run) == {"C"}
    for kind, listed in (
        ("starred", ["C"]),
        ("hits", ["B"]),
        ("flagged", ["C"]),
        ("toxic", ["B"]),
        ("all", ["B", "C"]),
    ):
        panel.shown.show_key(kind)
        panel.shown.chosen.emit(kind)
        assert panel.list.labels() == listed, kind
    again, _ = open_panel(qtbot, judged_run)
    assert again.hits is not None
    assert again.hits.stars == {"C"}


@pytest.mark.parametrize("name", ["hits.csv", "hits.xlsx"])
def test_what_is_listed_is_saved_with_its_stars(qtbot: QtBot, judged_run: Run, tmp_path: Path, name: str) -> None:
    panel, _ = open_panel(qtbot, judged_run)
    panel.turn_star("C")
    QTest.keyClicks(panel.search, "c")
    done = choose_path(tmp_path / name)
    press(panel.saver)
    assert done == ["Write the treatments"]
    saved = pd.read_csv(tmp_path / name) if name.endswith("csv") else pd.read_excel(tmp_path / name)
    assert saved[["treatment", "hit", "q", "starred"]].values.tolist() == [["C", False, 0.4, True]]


def test_changed_profiles_and_a_damaged_table_are_said(qtbot: QtBot, judged_run: Run) -> None:
    found = read_profiles(judged_run.profiles("site"))
    panel, _ = open_panel(qtbot, judged_run)
    assert STALE not in panel.state.text()
    write_profiles(found, judged_run.profiles("site"))
    panel.refresh()
    qtbot.waitUntil(lambda: STALE in panel.state.text(), timeout=PATIENCE)
    (judged_run.folder / "hits.csv").write_text("treatment,hit\nA,True\n")
    panel.refresh()
    qtbot.waitUntil(lambda: "It lacks the column reasons" in panel.state.text(), timeout=PATIENCE)
    assert "cdcl" not in panel.state.text()  # nobody types here
    assert not panel.list.isVisible()
    assert not panel.saver.isEnabled()


def test_what_a_treatment_shows_is_a_column_where_a_classifier_was_asked(qtbot: QtBot, judged_run: Run) -> None:
    panel, _ = open_panel(qtbot, judged_run)
    model = panel.list.model()
    assert model is not None

    def headings() -> list[str]:
        across = Qt.Orientation.Horizontal
        return [str(model.headerData(column, across)) for column in range(model.columnCount())]

    assert "shows" not in headings()
    HITS.assign(phenotypes=["round 45% (controls 3%)", ""]).to_csv(judged_run.hits, index=False)
    panel.refresh()
    qtbot.waitUntil(lambda: "shows" in headings(), timeout=PATIENCE)
    assert model.index(0, headings().index("shows")).data() == "round 45% (controls 3%)"


def test_another_run_leaves_nothing_of_the_first(qtbot: QtBot, judged_run: Run) -> None:
    panel, session = open_panel(qtbot, judged_run)
    click_cell(panel, 0, "treatment")
    session.open(None)
    assert panel.hits is None
    assert not panel.list.isVisible()
    assert panel.montage.pairs == ()
    assert panel.reasons.text() == ""
    assert panel.state.text() == NO_RUN
