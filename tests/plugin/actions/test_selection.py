"""Selections grow by wells, fields and shared values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from napari_cdcl import actions

if TYPE_CHECKING:
    from cdcl.runs import Run
    from napari_cdcl.models.session import Session


def chosen(session: Session) -> list[int]:
    return np.flatnonzero(session.selection).tolist()


def test_wells_select_their_items_and_items_mark_their_wells(session: Session) -> None:
    actions.select_wells(session, [0, 7])
    assert chosen(session) == [0, 1, 14, 15]
    assert np.flatnonzero(actions.selected_wells(session)).tolist() == [0, 7]
    actions.select_wells(session, [1], "add")
    actions.select_wells(session, [7], "subtract")
    assert chosen(session) == [0, 1, 2, 3]
    actions.select_wells(session, [])
    assert chosen(session) == []


def test_wells_of_treatments_are_all_theirs(session: Session, small_run: Run) -> None:
    assert session.screen is not None
    session.items = actions.read_items(small_run, session.screen, "treatment")
    actions.select_wells(session, [1])
    assert chosen(session) == [1]
    assert np.flatnonzero(actions.selected_wells(session)).tolist() == [1, 4, 7, 10]


@pytest.mark.parametrize(
    ("column", "rows"),
    [("treatment", [2, 3, 8, 9, 14, 15, 20, 21]), ("batch", list(range(12))), ("well", [2, 3]), ("num_cells", [2])],
)
def test_the_same_treatment_batch_or_well_as_what_is_selected(session: Session, column: str, rows: list[int]) -> None:
    session.selection = np.arange(24) == 2
    actions.select_same(session, column)
    assert chosen(session) == rows


def test_without_a_selection_the_field_on_display_is_meant(session: Session) -> None:
    session.row = 13
    actions.select_same(session, "well")
    assert chosen(session) == [12, 13]
    actions.select_field(session)
    assert chosen(session) == [13]


def test_nothing_to_take_a_value_from_is_told(session: Session) -> None:
    told: list[str] = []
    session.told.connect(lambda line: told.append(line))
    session.row = -1
    actions.select_same(session, "batch")
    assert "Nothing is selected" in told[0]
    session.row = 0
    with pytest.raises(ProfilesError, match="unknown column"):
        actions.select_same(session, "colour")


def test_inverting_twice_is_nothing_and_setting_aside_keeps_a_copy(session: Session) -> None:
    session.selection = np.arange(24) < 5
    actions.set_aside(session)
    actions.invert(session)
    assert chosen(session) == list(range(5, 24))
    assert session.aside is not None
    assert np.flatnonzero(session.aside).tolist() == list(range(5))
    actions.invert(session)
    assert chosen(session) == list(range(5))
    session.selection = np.zeros(24, bool)
    actions.set_aside(session)
    assert session.aside is None
