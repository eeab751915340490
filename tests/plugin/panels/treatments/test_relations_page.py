"""Related treatments as a user has them: listed, selected by a click, and refused where the file is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hands import press
from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.treatments.panel import TreatmentsPanel
from napari_cdcl.panels.treatments.relations_page import NO_RUN, NOT_YET

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run


def open_panel(qtbot: QtBot, run: Run | None) -> TreatmentsPanel:
    viewer = ViewerModel()
    if run is not None:
        actions.open_source(session_of(viewer), run.folder)
    panel = TreatmentsPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]  # sessions die with their viewers
    panel.resize(560, 900)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentWidget(panel.relations)
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: not panel.relations.worker.busy, timeout=60_000)
    return panel


def write_pairs(run: Run, related: object = True) -> tuple[str, str]:
    one, other = "drug@10", "water@3"
    row = {"one": one, "other": other, "similarity": 0.9, "p": 0.001, "q": 0.01, "related": related}
    rows = [
        row | {"mechanism": "", "known": False},
        row | {"one": "water@1", "mechanism": "", "known": False, "q": 0.7, "related": False},
    ]
    (run.folder / "relations").mkdir()
    pd.DataFrame(rows).to_csv(run.folder / "relations" / "pairs.csv", index=False)
    return one, other


def test_without_a_run_or_relations_it_says_what_to_do(qtbot: QtBot, dose_run: Run) -> None:
    page = open_panel(qtbot, None).relations
    assert page.state.text() == NO_RUN
    assert not page.finding.button.isEnabled()
    assert open_panel(qtbot, dose_run).relations.state.text() == NOT_YET


def test_a_click_on_a_pair_selects_both(qtbot: QtBot, dose_run: Run) -> None:
    one, other = write_pairs(dose_run)
    panel = open_panel(qtbot, dose_run)
    page, session = panel.relations, session_of(panel.viewer)  # type: ignore[attr-defined]
    assert page.list.labels() == [f"{one} · {other}"]
    assert page.state.text().startswith("1 of 2 pairs")
    place = page.list.visualRect(page.list.first()).center()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.items is not None
    assert set(session.items.table["treatment"][session.selection]) == {one, other}


def test_a_damaged_file_is_refused_in_a_line(qtbot: QtBot, dose_run: Run) -> None:
    write_pairs(dose_run, "perhaps")
    page = open_panel(qtbot, dose_run).relations
    assert "perhaps" in page.state.text()
    assert page.list.isHidden()


@pytest.mark.slow
def test_a_child_finds_them(qtbot: QtBot, dose_run: Run) -> None:
    page = open_panel(qtbot, dose_run).relations
    press(page.finding.button)
    assert page.finding.button.text() == "Cancel"
    qtbot.waitUntil(lambda: "of 91 pairs are more alike" in page.state.text(), timeout=120_000)
    assert (dose_run.folder / "relations" / "similarity.csv").is_file()
