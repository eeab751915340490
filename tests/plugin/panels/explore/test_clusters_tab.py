"""The Clusters tab: the list that a job has left, selected by a click, marked by what is selected elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from cdcl.projections import Projection, write_projection
from napari_cdcl import actions
from napari_cdcl.actions.run_columns import clusters_file
from napari_cdcl.panels.explore.clusters import CLICK, GONE, HINT
from napari_cdcl.panels.explore.panel import ExplorePanel

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.explore.clusters import ClustersPanel

NAMES = np.array(["1: A"] * 8 + ["2: B"] * 8 + ["none"] * 8, dtype=object)
LIST = pd.DataFrame(
    {
        "cluster": ["1: A", "2: B"],
        "profiles": [8, 8],
        "wells": [4, 4],
        "stability": [0.9, 0.4],
        "over_represented": ["A", "B"],
        "batches": ["", "B1"],
    }
)


@pytest.fixture
def clustered_run(session: Session, small_run: Run) -> Run:
    actions.open_source(session, small_run.folder)
    assert session.items is not None
    path = clusters_file(small_run, "site")
    path.parent.mkdir()
    points = session.items.points["umap"]
    write_projection(Projection(points, session.items.table.assign(cluster=NAMES), "umap", {"level": "site"}), path)
    LIST.to_csv(path.with_suffix(".csv"), index=False)
    return small_run


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> ExplorePanel:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(480, 900)
    panel.show()
    panel.tabs.show_page(panel.clusters)
    return panel


def opened(qtbot: QtBot, panel: ExplorePanel, session: Session, run: Run) -> ClustersPanel:
    session.open(None)
    actions.open_source(session, run.folder)
    qtbot.waitUntil(lambda: not panel.clusters.worker.busy)
    return panel.clusters


def click(tab: ClustersPanel, row: int) -> None:
    table = tab.list
    model = table.model()
    assert model is not None
    place = table.visualRect(model.index(row, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_before_there_are_clusters_it_says_what_they_are(panel: ExplorePanel, session: Session, small_run: Run) -> None:
    assert panel.clusters.note.text() == HINT
    assert not panel.clusters.finding.button.isEnabled()
    actions.open_source(session, small_run.folder)
    assert panel.clusters.finding.button.isEnabled()
    assert not panel.clusters.list.isVisible()


def test_clusters_are_listed_with_size_and_stability(
    qtbot: QtBot, panel: ExplorePanel, session: Session, clustered_run: Run
) -> None:
    tab = opened(qtbot, panel, session, clustered_run)
    assert tab.note.text() == CLICK
    model = tab.list.model()
    assert model is not None
    shown = [[model.index(row, column).data() for column in range(4)] for row in range(2)]
    assert shown == [["1: A", "8", "4", "0.90 stable"], ["2: B", "8", "4", "0.40"]]


def test_a_click_selects_a_cluster_and_what_is_selected_is_marked(
    qtbot: QtBot, panel: ExplorePanel, session: Session, clustered_run: Run
) -> None:
    tab = opened(qtbot, panel, session, clustered_run)
    click(tab, 1)
    assert np.flatnonzero(session.selection).tolist() == list(range(8, 16))
    session.selection = np.arange(24) < 3
    assert tab.list.marked() == {"1: A"}


def test_a_list_that_is_gone_or_damaged_is_said(
    qtbot: QtBot, panel: ExplorePanel, session: Session, clustered_run: Run
) -> None:
    path = clusters_file(clustered_run, "site").with_suffix(".csv")
    path.write_text("cluster,profiles\n1: A,many\n")
    tab = opened(qtbot, panel, session, clustered_run)
    assert "It lacks the column" in tab.note.text()
    path.unlink()
    assert opened(qtbot, panel, session, clustered_run).note.text() == GONE
