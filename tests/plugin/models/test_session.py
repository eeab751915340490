"""The session tells what has changed, once, and nothing that has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles
from cdcl.screen import Screen
from napari_cdcl.models.items import Items, find_rows
from napari_cdcl.models.session import Session, session_of


@pytest.fixture
def screen() -> Screen:
    rows = [
        {"batch": batch, "plate": "P1", "well": well, "site": site, "treatment": well, "path": "x.tif"}
        for batch in ("B1", "B2")
        for well in ("A01", "A02")
        for site in ("1", "2")
    ]
    return Screen(pd.DataFrame(rows), ("DNA",), Path())


def heard(session: Session, name: str) -> list[Any]:
    values: list[Any] = []
    getattr(session, name).connect(lambda value: values.append(value))
    return values


def test_a_new_screen_is_explored_field_by_field(screen: Screen) -> None:
    session = Session()
    told = heard(session, "items_changed")
    session.screen = screen
    assert [len(items) for items in told] == [8]
    assert session.colour == "treatment"
    assert session.selection.shape == (8,)
    assert not session.selection.any()


def test_setting_what_is_there_is_silent(screen: Screen) -> None:
    session = Session()
    session.screen = screen
    mask = np.arange(8) < 3
    session.selection, session.row, session.colour = mask, 2, "batch"
    told = [heard(session, f"{name}_changed") for name in ("screen", "selection", "row", "colour", "items")]
    session.screen, session.selection, session.row, session.colour = screen, mask.copy(), 2, "batch"
    session.items = session.items
    assert told == [[], [], [], [], []]


def test_panels_that_answer_each_other_come_to_rest(screen: Screen) -> None:
    session = Session()
    session.screen = screen
    told = heard(session, "selection_changed")
    session.selection_changed.connect(lambda mask: setattr(session, "selection", mask))
    session.selection = np.arange(8) == 1
    assert len(told) == 1


def test_a_selection_cannot_be_changed_behind_the_sessions_back(screen: Screen) -> None:
    session = Session()
    session.screen = screen
    mask = np.arange(8) == 1
    session.selection = mask
    mask[:] = True
    assert session.selection.sum() == 1
    with pytest.raises(ValueError, match="read-only"):
        session.selection[0] = True


def test_new_items_clear_the_selection_and_keep_a_colour_they_have(screen: Screen) -> None:
    session = Session()
    session.screen = screen
    session.selection, session.colour = np.ones(8, dtype=bool), "batch"
    session.items = Items.of_screen(screen.take([0, 1]))
    assert session.selection.tolist() == [False, False]
    assert session.colour == "batch"


def test_the_same_item_can_be_asked_for_twice(screen: Screen) -> None:
    session = Session()
    session.screen = screen
    told = heard(session, "focus_changed")
    session.focus = 3
    session.focus = 3
    assert told == [3, 3]


def test_viewers_share_nothing_and_a_proxy_is_the_viewer_behind_it() -> None:
    class Viewer:
        pass

    class Proxy:
        def __init__(self, viewer: Viewer) -> None:
            self.__wrapped__ = viewer

    one, two = Viewer(), Viewer()
    assert session_of(one) is session_of(Proxy(one))
    assert session_of(one) is not session_of(two)


def test_profiles_find_their_fields_and_wells_the_first_of_theirs(screen: Screen) -> None:
    sites = Profiles(np.zeros((8, 2), np.float32), screen.sites.iloc[::-1].reset_index(drop=True), "site")
    assert Items.of_profiles(sites, screen).rows.tolist() == list(range(7, -1, -1))
    wells = screen.sites[["batch", "plate", "well"]].drop_duplicates(ignore_index=True)
    items = Items.of_profiles(Profiles(np.zeros((4, 2), np.float32), wells, "well"), screen)
    assert items.rows.tolist() == [0, 2, 4, 6]
    assert items.on_row(3, screen).tolist() == [False, True, False, False]


def test_what_is_not_on_the_screen_has_no_field(screen: Screen) -> None:
    table = pd.DataFrame({"batch": ["B1", "B9"], "plate": ["P1", "P1"], "well": ["A01", "A01"], "site": ["1", "1"]})
    assert find_rows(table, screen).tolist() == [0, -1]
    assert find_rows(pd.DataFrame({"other": [1, 2]}), screen).tolist() == [-1, -1]
    treatments = Profiles(np.zeros((1, 2), np.float32), pd.DataFrame({"treatment": ["A02"]}), "treatment")
    assert Items.of_profiles(treatments, screen).rows.tolist() == [2]


def is_consistent(session: Session) -> bool:
    items, screen = session.items, session.screen
    if screen is None or items is None:
        return False
    masks = len(session.selection) == len(items) and (session.aside is None or len(session.aside) == len(items))
    rows = 0 <= session.row < len(screen) and int(items.rows.max(initial=0)) < len(screen)
    named = session.colour in ("", *items.table) and session.points in ("", *items.points)
    return bool(masks and rows and named and session.item_wells is not None)


def test_every_listener_sees_the_whole_of_a_change_and_hears_of_it_once(screen: Screen) -> None:
    session = Session()
    session.open(screen)
    session.selection, session.row = np.ones(8, dtype=bool), 7
    heard_of: list[str] = []
    for name in ("screen", "items", "points", "colour", "selection", "row", "luts"):
        getattr(session, f"{name}_changed").connect(
            lambda _value, name=name: heard_of.append(f"{name}: {is_consistent(session)}")
        )
    few = screen.take([0, 1])
    session.open(few, items=Items.of_screen(few))
    assert sorted(heard_of) == sorted(
        f"{name}: True" for name in ("screen", "items", "points", "colour", "selection", "row", "luts")
    )
    assert session.row == 0
    assert session.selection.tolist() == [False, False]


def test_a_listener_that_raises_keeps_no_other_from_hearing(screen: Screen) -> None:
    session, failures = Session(), []
    session.failed.connect(lambda error: failures.append(str(error)))

    def fail(_screen: object) -> None:
        raise IndexError("as places.py did")

    session.screen_changed.connect(fail)
    later = [heard(session, f"{name}_changed") for name in ("screen", "items", "selection")]
    session.open(screen)
    assert [len(values) for values in later] == [1, 1, 1]
    assert failures == ["as places.py did"]
    session.open(screen.take([0]))
    assert [len(values) for values in later] == [2, 2, 2]


def test_what_nobody_hears_of_is_raised_once_all_have_been_told(screen: Screen) -> None:
    session = Session()

    def fail(_screen: object) -> None:
        raise IndexError("nobody listens to failures")

    session.screen_changed.connect(fail)
    told = heard(session, "items_changed")
    with pytest.raises(Exception, match="nobody listens to failures"):
        session.open(screen)
    assert len(told) == 1
    assert session.screen is screen


def test_what_a_listener_sets_is_told_to_all_after_what_it_heard(screen: Screen) -> None:
    session, order = Session(), []
    session.screen_changed.connect(lambda _screen: setattr(session, "row", 5))
    session.screen_changed.connect(lambda _screen: order.append("screen"))
    session.row_changed.connect(lambda row: order.append(f"row {row}"))
    session.open(screen)
    assert order == ["screen", "row 5"]


def test_of_another_screen_nothing_is_kept_but_the_colour(screen: Screen) -> None:
    from napari_cdcl.models.channel_luts import ChannelLut

    session = Session()
    session.open(screen)
    session.luts, session.scope, session.colour = {"DNA": ChannelLut(0, 9)}, "hand", "batch"
    session.extras, session.cells_file, session.aside = {"second_colour": "x"}, Path("c"), np.ones(8, bool)
    session.open(screen.take([0, 1, 2]))
    state = session.state
    assert (state.luts, state.scope, state.extras, state.cells_file, state.aside) == ({}, "plate", {}, None, None)
    assert session.colour == "batch"
