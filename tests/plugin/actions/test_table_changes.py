"""What changes the table can be taken back and done again: in the window, and in the run's file of names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.profiles.annotations import read_annotations
from napari_cdcl import actions
from napari_cdcl.actions.annotations import annotations_file

if TYPE_CHECKING:
    from cdcl.runs import Run
    from napari_cdcl.models.session import Session


@pytest.fixture
def opened(session: Session, small_run: Run) -> Session:
    actions.open_source(session, small_run.folder)
    return session


def name_of(session: Session, item: int) -> str:
    assert session.items is not None
    return str(actions.names_of(session.items)[item])


def kept_name(session: Session, run: Run, item: int) -> str:
    assert session.items is not None
    return str(read_annotations(annotations_file(run), session.items.table, "site")[item])


def test_names_are_taken_back_and_given_again_with_the_run(opened: Session, small_run: Run) -> None:
    opened.selection = np.arange(24) == 5
    for name in ("round", "flat"):
        actions.annotate(opened, name)
    opened.colour = "annotation"
    for expected in ("round", ""):
        actions.undo_table(opened)
        assert name_of(opened, 5) == kept_name(opened, small_run, 5) == expected
    assert opened.items is not None
    assert "annotation" not in opened.items.table
    assert opened.colour in opened.items.table
    for expected in ("round", "flat"):
        actions.redo_table(opened)
        assert name_of(opened, 5) == kept_name(opened, small_run, 5) == expected


def test_a_new_change_forgets_what_was_taken_back(opened: Session) -> None:
    opened.extend_items({"one": np.arange(24)})
    actions.undo_table(opened)
    opened.extend_items({"two": np.arange(24)})
    assert opened.table_history.next is None
    assert opened.table_history.last is not None
    assert opened.table_history.last.title == "two"


def test_a_column_that_was_there_gets_its_values_back(opened: Session) -> None:
    assert opened.items is not None
    before = opened.items.table["num_cells"].tolist()
    opened.extend_items({"num_cells": np.zeros(24)})
    actions.undo_table(opened)
    assert opened.items.table["num_cells"].tolist() == before


def test_labels_of_the_plate_map_are_taken_back(opened: Session) -> None:
    assert opened.screen is not None
    before = opened.screen.sites["treatment"].tolist()
    opened.relabel(replace(opened.screen, sites=opened.screen.sites.assign(treatment="X")), ["treatment"])
    actions.undo_table(opened)
    assert opened.screen.sites["treatment"].tolist() == before
    assert opened.items is not None
    assert opened.items.table["treatment"].tolist() == before
    actions.redo_table(opened)
    assert set(opened.screen.sites["treatment"]) == {"X"}


def test_other_items_have_nothing_to_take_back(opened: Session) -> None:
    said: list[str] = []
    opened.told.connect(said.append)
    opened.extend_items({"one": np.arange(24)})
    assert opened.screen is not None
    opened.open(opened.screen)
    actions.undo_table(opened)
    actions.redo_table(opened)
    assert said == [
        "Nothing has changed the table that could be taken back.",
        "Nothing was taken back that could be done again.",
    ]
