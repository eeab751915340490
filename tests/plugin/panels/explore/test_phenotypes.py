"""The Phenotypes tab: trains in a child on names that were given, shows what it found, and says what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_cdcl import actions
from napari_cdcl.panels.explore.panel import ExplorePanel

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
    panel.tabs.show_page(panel.phenotypes)
    return panel


def name_treatments(session: Session, *treatments: str) -> None:
    """Name all items but the first of each treatment."""
    assert session.items is not None
    for treatment in treatments:
        own = (session.items.table["treatment"] == treatment).to_numpy().copy()
        own[np.flatnonzero(own)[0]] = False
        session.selection = own
        actions.annotate(session, f"like {treatment}")


def test_without_names_nothing_is_trained(qtbot: QtBot, panel: ExplorePanel) -> None:
    qtbot.mouseClick(panel.phenotypes.trainer, Qt.MouseButton.LeftButton)
    assert "two names at least" in panel.phenotypes.note.text()
    assert not panel.phenotypes.suggesters["novel"].isEnabled()


@pytest.mark.slow
def test_names_are_learned_applied_suggested_and_kept(
    qtbot: QtBot, panel: ExplorePanel, session: Session, small_run: Run
) -> None:
    name_treatments(session, "A", "B")
    tab = panel.phenotypes
    qtbot.mouseClick(tab.trainer, Qt.MouseButton.LeftButton)
    assert not tab.trainer.isEnabled()
    with qtbot.waitSignal(tab.job.finished, timeout=120_000):  # type: ignore[union-attr]
        pass
    assert session.colour == "phenotype"
    assert "true \\ predicted" in tab.said.toPlainText()
    assert session.items is not None
    table = session.items.table
    named = table["treatment"].isin(["A", "B"])
    assert (table.loc[named, "phenotype"] == "like " + table.loc[named, "treatment"]).mean() > 0.8
    assert {"confidence", "novelty", "p_like A", "p_like B"} <= set(table)
    qtbot.mouseClick(tab.suggesters["novel"], Qt.MouseButton.LeftButton)
    # All that have no name: eight of C, one of A, one of B; scikit-learn is imported meanwhile.
    qtbot.waitUntil(lambda: int(session.selection.sum()) == 10, timeout=60_000)
    assert (table["annotation"][session.selection] == "").all()
    line = tab.phenotypes.item(0)
    tab.phenotypes.itemClicked.emit(line)
    assert set(table["phenotype"][session.selection]) == {line.data(256)}
    actions.open_source(session, small_run.folder)
    assert session.items is not None
    assert "phenotype" in session.items.table


def test_shares_and_counts_of_each_well_are_colours(panel: ExplorePanel, session: Session, small_run: Run) -> None:
    assert session.items is not None
    table = session.items.table
    kinds = np.where(np.arange(24) % 4 == 0, "round", "flat")  # one of two fields in every other well
    found = table[["batch", "plate", "well", "site"]].assign(phenotype=kinds, confidence=0.9)
    (small_run.folder / "phenotypes").mkdir()
    found.to_parquet(small_run.folder / "phenotypes" / "site.parquet", index=False)
    actions.open_source(session, small_run.folder)
    assert session.items.table["share_round"].tolist() == [0.5, 0.5, 0.0, 0.0] * 6
    assert session.items.table["count_flat"].tolist() == [1.0, 1.0, 2.0, 2.0] * 6
    chooser = panel.phenotypes.colour
    offered = [chooser.itemText(row) for row in range(chooser.count())]
    assert "share of round in the well" in offered
    chooser.setCurrentIndex(offered.index("share of round in the well"))
    chooser.activated.emit(chooser.currentIndex())
    assert session.colour == "share_round"
    session.colour = "treatment"
    assert chooser.key == ""
