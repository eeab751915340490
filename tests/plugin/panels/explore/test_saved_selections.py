"""Selections with names: kept by the user, used again, there when the run is opened the next time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtWidgets import QInputDialog, QLineEdit, QMenu

from cdcl.errors import ProfilesError
from napari_cdcl import actions
from napari_cdcl.actions.window_state import read_state, save_state, state_file
from napari_cdcl.models.session import Session
from napari_cdcl.panels.explore.saved_menu import SavedMenu

from ...hands import answer

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run


@pytest.fixture
def session(small_run: Run) -> Session:
    session = Session()
    actions.open_source(session, small_run.folder)
    return session


@pytest.fixture
def menu(qtbot: QtBot, session: Session) -> SavedMenu:
    button = SavedMenu(session)
    qtbot.addWidget(button)
    button.show()
    return button


def select(session: Session, *items: int) -> None:
    session.selection = np.isin(np.arange(len(session.selection)), items)


def save(menu: SavedMenu, name: str) -> None:
    """Click the first entry, and answer with a name."""

    def give(dialog: QInputDialog) -> None:
        dialog.findChild(QLineEdit).setText(name)
        dialog.accept()

    answer(QInputDialog, give)
    menu.menu().actions()[0].trigger()


def entries(menu: SavedMenu) -> dict[str, QMenu]:
    return {entry.title(): entry for entry in menu.menu().findChildren(QMenu)}


def use(menu: SavedMenu, title: str, number: int) -> None:
    entries(menu)[title].actions()[number].trigger()


def selected(session: Session) -> list[int]:
    return np.flatnonzero(session.selection).tolist()


def test_saved_selections_may_overlap_and_are_combined(menu: SavedMenu, session: Session) -> None:
    assert not menu.menu().actions()[0].isEnabled()  # nothing is selected
    select(session, 0, 1)
    save(menu, "  bright   cells ")
    select(session, 1, 2)
    save(menu, "round & dark")
    assert list(entries(menu)) == ["bright cells (2)", "round && dark (2)"]
    use(menu, "bright cells (2)", 0)
    assert selected(session) == [0, 1]
    use(menu, "round && dark (2)", 1)
    assert selected(session) == [0, 1, 2]
    use(menu, "round && dark (2)", 3)
    assert selected(session) == [0]
    select(session, 0, 1)
    use(menu, "round && dark (2)", 2)
    assert selected(session) == [1]
    entries(menu)["bright cells (2)"].actions()[-1].trigger()
    assert list(session.saved) == ["round & dark"]
    assert selected(session) == [1]


def test_a_name_that_is_taken_or_none_is_refused(session: Session) -> None:
    told: list[str] = []
    session.told.connect(told.append)
    with pytest.raises(ProfilesError, match="nothing is selected"):
        actions.save_selection(session, "x")
    select(session, 0)
    actions.save_selection(session, "x")
    select(session, 1)
    for name, words in [("x", "already"), (" ", "needs a name"), ("n" * 61, "needs a name")]:
        with pytest.raises(ProfilesError, match=words):
            actions.save_selection(session, name)
    assert np.flatnonzero(session.saved["x"]).tolist() == [0]


def test_they_come_back_with_the_run_and_go_with_other_items(session: Session, small_run: Run) -> None:
    select(session, 0, 2)
    actions.save_selection(session, "mine")
    save_state(session)
    again = Session()
    actions.open_source(again, small_run.folder)
    assert {name: np.flatnonzero(mask).tolist() for name, mask in again.saved.items()} == {"mine": [0, 2]}
    again.open(again.screen, None, None)
    assert not again.saved
    state_file(small_run).unlink()


@pytest.mark.parametrize("damage", [7, {"mine": 3}, {"mine": {"of": 99999, "bits": "AA"}}, {"mine": {"of": 12}}])
def test_a_damaged_file_of_the_window_keeps_none(session: Session, small_run: Run, damage: object) -> None:
    save_state(session)
    state_file(small_run).write_text(json.dumps({**read_state(small_run), "saved_selections": damage}))
    again = Session()
    actions.open_source(again, small_run.folder)
    assert not again.saved
    state_file(small_run).unlink()
