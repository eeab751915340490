"""A run that is opened again looks as it was left."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_cdcl import actions
from napari_cdcl.actions.window_state import read_state, state_file
from napari_cdcl.models.channel_luts import ChannelLut
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from cdcl.runs import Run
    from cdcl.screen import Screen


def opened(run: Run) -> Session:
    session = Session()
    actions.open_source(session, run.folder)
    session.luts = session.luts or {"DNA": ChannelLut(0, 100, "blue", (0, 0, 1))}  # as the layers tell it
    return session


def test_colour_selection_field_and_contrast_come_back(small_run: Run) -> None:
    first = opened(small_run)
    first.colour, first.row, first.selection = "batch", 9, np.arange(24) % 5 == 0
    first.scope = "hand"
    first.luts = {"DNA": replace(first.luts["DNA"], low=20.0, visible=False)}
    first.extras = {"second_colour": "plate", "second_projection": "umap"}
    actions.save_state(first)
    again = opened(small_run)
    assert (again.colour, again.row, again.points, again.scope) == ("batch", 9, "umap", "hand")
    np.testing.assert_array_equal(again.selection, first.selection)
    assert again.luts == first.luts
    assert again.extras == first.extras


def test_opening_something_else_keeps_what_was_open(small_run: Run, small_screen: Screen) -> None:
    session = opened(small_run)
    session.colour = "plate"
    actions.open_source(session, small_screen.folder)
    assert session.run is None
    assert read_state(small_run)["colour"] == "plate"


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"selection": 3, "channels": 5}', '{"row": 1e9, "colour": "gone", "projection": "x"}']
)
def test_a_damaged_memory_is_no_memory(small_run: Run, text: str) -> None:
    state_file(small_run).write_text(text, encoding="utf-8")
    session = opened(small_run)
    assert session.items is not None
    assert session.colour == "treatment"
    assert not session.selection.any()


def test_a_selection_of_other_profiles_is_not_restored(small_run: Run) -> None:
    first = opened(small_run)
    first.selection = np.ones(24, bool)
    actions.save_state(first)
    state = json.loads(state_file(small_run).read_text(encoding="utf-8"))
    state["selection"]["of"] = 25
    state_file(small_run).write_text(json.dumps(state), encoding="utf-8")
    assert not opened(small_run).selection.any()


def test_the_profiles_that_were_explored_are_explored_again(small_run: Run) -> None:
    first = opened(small_run)
    assert first.screen is not None
    first.items = actions.read_items(small_run, first.screen, "well")
    actions.save_state(first)
    again = opened(small_run)
    assert again.items is not None
    assert again.items.level == "well"
