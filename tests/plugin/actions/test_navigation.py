"""From field to field, and round again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from napari_cdcl import actions
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from cdcl.runs import Run


@pytest.fixture
def session(small_run: Run) -> Session:
    session = Session()
    actions.open_source(session, small_run.folder)
    session.row = 0
    return session


@pytest.mark.parametrize(
    ("within", "start", "forward", "back"),
    [("plate", 11, 0, 10), ("plate", 12, 13, 23), ("screen", 23, 0, 22), ("well", 4, 5, 5)],
)
def test_steps_go_round_in_their_part_of_the_screen(
    session: Session, within: actions.Within, start: int, forward: int, back: int
) -> None:
    session.row = start
    actions.step(session, 1, within)
    assert session.row == forward
    session.row = start
    actions.step(session, -1, within)
    assert session.row == back


def test_steps_in_the_selection_begin_at_the_next_one(session: Session) -> None:
    session.selection = np.isin(np.arange(24), [3, 8, 20])
    session.row = 5
    for row in (8, 20, 3, 8):
        actions.step(session, 1, "selection")
        assert session.row == row
    session.row = 5
    actions.step(session, -1, "selection")
    assert session.row == 3


def test_stepping_in_nothing_is_told(session: Session) -> None:
    told: list[str] = []
    session.told.connect(lambda line: told.append(line))
    actions.step(session, 1, "selection")
    assert session.row == 0
    assert "Nothing is selected" in told[0]


def test_wells_are_stepped_by_their_first_field(session: Session) -> None:
    session.row = 1
    actions.step_well(session, 1)
    assert session.row == 2
    actions.step_well(session, -1)
    actions.step_well(session, -1)
    assert session.row == 10


def test_a_well_asked_for_again_shows_its_next_field(session: Session) -> None:
    for row in (6, 7, 6):
        actions.show_well(session, 3)
        assert session.row == row


def test_an_item_shows_its_field_and_is_centred_on(session: Session) -> None:
    told: list[int] = []
    session.focus_changed.connect(lambda item: told.append(item))
    actions.show_item(session, 17)
    assert session.row == 17
    assert told == [17]
    actions.show_item(session, 99)
    actions.show_row(session, 99)
    assert session.row == 17


def test_items_are_named_and_sorted_in_words(session: Session) -> None:
    assert actions.name_item(session, 3) == "B · B1 · P1 · B03 · site 2"
    assert session.items is not None
    picked = np.array([5, 1, 3])
    by_cells = session.items.table["num_cells"].iloc[picked]
    assert actions.sort_items(by_cells, picked).tolist() == [1, 3, 5]
    assert actions.sort_items(by_cells, picked, largest_first=True).tolist() == [5, 3, 1]


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["Week10", "Week3", "", "Week1"], [3, 1, 0, 2]),
        (["10", "1", "3", "0.5"], [3, 1, 2, 0]),
        (["1 uM", "200 nM", "10 nM", ""], [2, 1, 0, 3]),
    ],
)
def test_weeks_and_doses_are_sorted_as_people_count(values: list[str], order: list[int]) -> None:
    assert actions.sort_items(pd.Series(values), np.arange(4)).tolist() == order
