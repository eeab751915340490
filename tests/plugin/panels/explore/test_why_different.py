"""The button that asks why two groups differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_cdcl import actions
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.explore.why_different import QDesktopServices

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, session: Session, small_run: Run) -> ExplorePanel:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(480, 900)
    panel.show()
    actions.open_source(session, small_run.folder)
    panel.tabs.show_page(panel.compare)
    return panel


def test_it_asks_a_child_with_the_rows_of_both_groups_and_opens_the_page(
    qtbot: QtBot, panel: ExplorePanel, session: Session, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    started: list[list[str]] = []
    controls = panel.compare.why.controls
    monkeypatch.setattr(controls, "start", lambda steps, then: (started.extend(steps), then()))
    assert session.items is not None
    session.selection = np.arange(len(session.items)) < 3
    qtbot.mouseClick(controls.button, Qt.MouseButton.LeftButton)
    words = started[0]
    assert words[:2] == ["difference", str(small_run.folder)]
    numbers = Path(words[words.index("--this") + 1]).read_text(encoding="utf-8").split()
    assert sorted(map(int, numbers)) == sorted(session.items.rows[:3].tolist())
    assert opened == [str(small_run.folder / "differences" / "selection.html")]


def test_without_a_selection_it_says_what_to_do(qtbot: QtBot, panel: ExplorePanel) -> None:
    qtbot.mouseClick(panel.compare.why.controls.button, Qt.MouseButton.LeftButton)
    assert "Select something" in panel.compare.why.controls.words.text()


def test_of_single_cells_it_asks_for_cells(
    qtbot: QtBot, panel: ExplorePanel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    controls = panel.compare.why.controls
    monkeypatch.setattr(controls, "start", lambda steps, _then: started.extend(steps))
    items = session.items
    assert items is not None
    of_cells = np.arange(len(items)) // 2  # two cells a field, as profiles of cells lie on disk
    session.items = replace(items, level="cell", key="cell", rows=items.rows[of_cells], points={})
    session.selection = np.arange(len(items)) % 2 == 0
    qtbot.mouseClick(controls.button, Qt.MouseButton.LeftButton)
    (words,) = started
    assert words[2:4] == ["--level", "cell"]
    numbers = [Path(words[words.index(flag) + 1]).read_text().split() for flag in ("--this", "--that")]
    assert [list(map(int, one)) for one in numbers] == [list(range(0, 24, 2)), list(range(1, 24, 2))]
