"""Bins beside the gallery: pictures dragged into them with the mouse, put by number, renamed, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from drags import drag
from hands import choose_path, press
from qtpy.QtCore import QMimeData, QPoint, QPointF, QRect, Qt
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLineEdit

from cdcl.profiles.annotations import read_annotations
from napari_cdcl import actions
from napari_cdcl.actions.annotations import annotations_file
from napari_cdcl.panels.explore.bins import NAME
from napari_cdcl.panels.explore.panel import ExplorePanel

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session
    from napari_cdcl.panels.explore.bins import Bins


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, session: Session, small_run: Run) -> ExplorePanel:
    """All items selected, the first two in the bin "round", the third in "flat"."""
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(700, 900)
    panel.show()
    actions.open_source(session, small_run.folder)
    for name, items in (("flat", [2]), ("round", [0, 1])):
        actions.name_items(session, np.isin(np.arange(24), items), name)
    session.selection = np.ones(24, dtype=bool)
    panel.tabs.show_page(panel.gallery)
    qtbot.waitExposed(panel)
    return panel


def bin_place(bins: Bins, name: str) -> QPoint:
    line = next(line for line in bins._lines() if line.data(NAME) == name)
    return bins.list.visualItemRect(line).center()


def picture_place(panel: ExplorePanel, row: int) -> QPoint:
    gallery = panel.gallery.gallery
    return gallery.visualRect(gallery.grid.index(row, 0)).center()


def choose(panel: ExplorePanel, *rows: int) -> None:
    gallery = panel.gallery.gallery
    for number, row in enumerate(rows):
        keys = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, keys, picture_place(panel, row))


def named(session: Session, name: str) -> list[int]:
    assert session.items is not None
    return np.flatnonzero(actions.names_of(session.items) == name).tolist()


def test_pictures_are_dragged_into_a_bin(panel: ExplorePanel, session: Session, small_run: Run) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    choose(panel, 4, 5)
    viewport = panel.gallery.gallery.viewport()
    drag(viewport, picture_place(panel, 5), bins.list.viewport(), bin_place(bins, "round"))
    assert named(session, "round") == [0, 1, 4, 5]
    assert session.selection.all()  # naming selects nothing
    assert session.items is not None
    kept = read_annotations(annotations_file(small_run), session.items.table, "site")
    assert np.flatnonzero(kept == "round").tolist() == [0, 1, 4, 5]
    actions.undo_table(session)
    assert named(session, "round") == [0, 1]


def test_pictures_that_are_dropped_below_all_bins_make_a_new_one(panel: ExplorePanel, session: Session) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    choose(panel, 7)
    target = bins.list.viewport()
    drag(panel.gallery.gallery.viewport(), picture_place(panel, 7), target, QPoint(20, target.height() - 4))
    assert named(session, "bin 1") == [7]
    editor = bins.list.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "bin 1"  # its name can be typed at once


def test_a_new_bin_is_renamed_by_typing(qtbot: QtBot, panel: ExplorePanel, session: Session) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    choose(panel, 7, 8)
    QTest.keyClick(panel.gallery.gallery, Qt.Key.Key_3)
    editor = bins.list.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "multinucleate")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: named(session, "multinucleate") == [7, 8])
    assert named(session, "bin 1") == []


def test_digits_put_pictures_into_bins_and_zero_takes_them_out(panel: ExplorePanel, session: Session) -> None:
    said: list[str] = []
    session.told.connect(said.append)
    choose(panel, 0, 9)
    QTest.keyClick(panel.gallery.gallery, Qt.Key.Key_1)  # in the order of the alphabet
    assert named(session, "flat") == [0, 2, 9]
    QTest.keyClick(panel.gallery.gallery, Qt.Key.Key_0)
    assert named(session, "flat") == [2]
    QTest.keyClick(panel.gallery.gallery, Qt.Key.Key_9)
    assert said[-1] == "There is no bin 9; 3 makes a new one."


def test_a_click_selects_what_is_in_a_bin(panel: ExplorePanel, session: Session) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    QTest.mouseClick(bins.list.viewport(), Qt.MouseButton.LeftButton, pos=bin_place(bins, "round"))
    assert np.flatnonzero(session.selection).tolist() == [0, 1]


def test_what_is_no_picture_is_refused(panel: ExplorePanel, session: Session) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    text = QMimeData()
    text.setText("a text")
    place, left, none = bin_place(bins, "round"), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(place, Qt.DropAction.CopyAction, text, left, none)
    QApplication.sendEvent(bins.list.viewport(), event)
    assert not event.isAccepted()
    QApplication.sendEvent(bins.list.viewport(), QDropEvent(QPointF(place), Qt.DropAction.CopyAction, text, left, none))
    assert named(session, "round") == [0, 1]


def test_names_come_from_a_file_or_a_column(
    qtbot: QtBot, panel: ExplorePanel, session: Session, tmp_path: Path
) -> None:
    assert session.items is not None
    table = session.items.table[["batch", "plate", "well", "site"]].iloc[[10, 11]].assign(phenotype=["round", "long"])
    table.to_csv(tmp_path / "labels.csv", index=False)
    menu = panel.annotate.source.menu()
    done = choose_path(tmp_path / "labels.csv")
    menu.actions()[0].trigger()
    assert done == ["A table of names"]
    qtbot.waitUntil(lambda: named(session, "long") == [11], timeout=60_000)
    assert (named(session, "round"), named(session, "long"), named(session, "flat")) == ([0, 1, 10], [11], [2])
    session.extend_items({"cluster": pd.Series(["none"] * 20 + ["left"] * 4, dtype=object)})
    next(one for one in panel.annotate.source.menu().actions() if one.text() == "cluster").trigger()
    assert named(session, "left") == [20, 21, 22, 23]
    assert named(session, "none") == []
    press(panel.undo.back)
    assert named(session, "left") == []


def test_bins_begin_with_archetypes_where_there_are_no_names_yet(panel: ExplorePanel, session: Session) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    assert session.items is not None
    kinds = np.where(np.arange(24) < 9, "A1", "A2")
    session.extend_items({"archetype": pd.Series(kinds)})
    assert bins.starter.isHidden()  # there are names, which nothing is to overwrite
    actions.name_items(session, np.ones(24, dtype=bool), "")
    assert bins.starter.isVisible()
    press(bins.starter)
    assert (named(session, "A1"), named(session, "A2")) == (list(range(9)), list(range(9, 24)))
    assert bins.starter.isHidden()
    actions.undo_table(session)
    assert bins.starter.isVisible()


def test_in_a_small_dock_bins_stand_beside_the_pictures_and_nothing_covers_them(
    panel: ExplorePanel, qtbot: QtBot
) -> None:
    bins = panel.gallery.bins
    assert bins is not None
    panel.resize(380, 480)
    qtbot.waitUntil(lambda: bins.list.width() < panel.gallery.width() / 2)
    place = QRect(bins.list.mapTo(panel.gallery, QPoint(0, 0)), bins.list.size())
    assert place.height() >= 40
    assert panel.gallery.rect().contains(place)
    assert bins.hint.isHidden() or bins.hint.y() >= bins.list.geometry().bottom()
