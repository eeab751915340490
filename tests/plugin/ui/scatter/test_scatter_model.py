"""Selections combine, come back, and outlive colours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.scatter import colour_by
from napari_cdcl.ui.scatter.history import MOST
from napari_cdcl.ui.scatter.model import Mode, ScatterModel

N = 13
masks = st.lists(st.booleans(), min_size=N, max_size=N).map(np.array)


def model_of(num: int = N) -> ScatterModel:
    model = ScatterModel()
    model.set_points(np.random.default_rng(0).normal(size=(num, 2)).astype(np.float32), ("x", "y"))
    return model


def rows(mask) -> list[int]:
    return np.flatnonzero(mask).tolist()


def one(row: int) -> np.ndarray:
    return np.arange(N) == row


@given(masks, masks)
def test_selections_combine_as_sets_do(first, second):
    for mode, expected in [
        (Mode.REPLACE, second),
        (Mode.ADD, first | second),
        (Mode.SUBTRACT, first & ~second),
        (Mode.INTERSECT, first & second),
    ]:
        model = model_of()
        model.select(first)
        model.select(second, mode)
        np.testing.assert_array_equal(model.selected, expected)


@given(st.lists(masks, max_size=6))
def test_undo_goes_back_step_by_step_and_redo_forth(steps):
    model = model_of()
    been = [model.selected]
    for mask in steps:
        model.select(mask)
        if not np.array_equal(model.selected, been[-1]):
            been.append(model.selected)
    for mask in reversed(been[:-1]):
        model.undo()
        np.testing.assert_array_equal(model.selected, mask)
    assert not model.history.can_undo
    model.undo()
    for mask in been[1:]:
        model.redo()
        np.testing.assert_array_equal(model.selected, mask)
    assert not model.history.can_redo
    model.redo()


def test_a_new_selection_ends_what_could_be_redone():
    model = model_of()
    model.select(one(1))
    model.undo()
    model.select(one(2))
    assert not model.history.can_redo


def test_only_so_many_steps_are_kept():
    model = model_of()
    for step in range(MOST + 20):
        model.select(one(step % 2))
    undone = 0
    while model.history.can_undo:
        model.undo()
        undone += 1
    assert undone == MOST


def test_what_comes_from_outside_is_not_told_as_the_users_doing_but_can_be_undone():
    model, told = model_of(), []
    model.selection_changed.connect(told.append)
    model.set_selected(one(3))
    model.undo()
    assert told == [False, True]
    assert not model.selected.any()


def test_the_same_selection_again_is_silent_and_no_step():
    model = model_of()
    model.select(one(3))
    told = []
    model.selection_changed.connect(told.append)
    model.set_selected(one(3))
    model.select(one(3))
    assert told == []
    model.undo()
    assert not model.history.can_undo


def test_a_mask_handed_over_is_not_kept_to_be_changed_later():
    model, mask = model_of(), one(3)
    model.select(mask)
    mask[:] = True
    assert rows(model.selected) == [3]
    with pytest.raises(ValueError, match="read-only"):
        model.selected[0] = True


def test_as_many_points_elsewhere_keep_selection_and_colours():
    model = model_of()
    model.set_colouring(colour_by(pd.Series(list("ab") * 6 + ["a"]), "kind"))
    model.select(one(3))
    model.set_points(np.zeros((N, 2)), ("u", "v"))
    assert rows(model.selected) == [3]
    assert model.colouring.title == "kind"
    model.set_points(np.zeros((N + 1, 2)), ("u", "v"))
    assert model.num_selected == 0
    assert model.colouring.title == ""
    assert not model.history.can_undo


def test_hidden_classes_stay_selected_but_are_not_taken_by_invert():
    model = model_of()
    model.set_colouring(colour_by(pd.Series(["a"] * 5 + ["b"] * 8), "kind"))
    model.select_class(1)
    assert rows(model.selected) == [0, 1, 2, 3, 4]
    model.hide([2])
    assert rows(model.visible) == [0, 1, 2, 3, 4]
    assert model.num_selected == 5
    model.invert()
    assert model.num_selected == 0
    model.hide(())
    assert model.visible is None
    model.invert()
    assert model.num_selected == N


def test_invert_leaves_out_what_has_no_position():
    model = ScatterModel()
    model.set_points(np.array([[0, 0], [np.nan, 0], [1, 1]]), ("x", "y"))
    model.invert()
    assert rows(model.selected) == [0, 2]


def test_other_colours_show_all_classes_again():
    model = model_of()
    model.set_colouring(colour_by(pd.Series(["a"] * 5 + ["b"] * 8), "kind"))
    model.hide([1])
    model.set_colouring(colour_by(pd.Series(np.arange(N) / 2), "score"))
    assert model.visible is None
    assert model.hidden == frozenset()
