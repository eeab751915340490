"""Arrows go from median to median."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdcl.scatter import arrows_along_doses, arrows_from_controls, colour_by

POSITIONS = np.array([[0, 0], [2, 0], [0, 10], [0, 12], [5, 5], [9, 9], [np.nan, 0]], dtype=np.float32)
KINDS = colour_by(pd.Series(["DMSO", "DMSO", "x", "x", "y", "y", "y"]), "compound")
CONTROLS = np.array([True, True, False, False, False, False, False])
DOSES = np.array([np.nan, 0, 3, 0.1, 1, 1, 10])


def paths(arrows) -> list[list[list[float]]]:
    return [arrow.path.tolist() for arrow in arrows]


def test_from_the_controls_to_each_class_that_is_none() -> None:
    found = arrows_from_controls(POSITIONS, KINDS, KINDS.codes, CONTROLS)
    assert paths(found) == [[[1, 0], [0, 11]], [[1, 0], [7, 7]]]
    assert [arrow.colour for arrow in found] == [int(KINDS.colours[2]), int(KINDS.colours[3])]


def test_without_controls_there_is_nowhere_to_begin() -> None:
    assert arrows_from_controls(POSITIONS, KINDS, KINDS.codes, np.zeros(7, dtype=bool)) == ()


def test_hidden_controls_still_count_and_hidden_classes_have_no_arrow() -> None:
    visible = np.array([False, False, False, False, True, True, True])
    assert paths(arrows_from_controls(POSITIONS, KINDS, KINDS.codes, CONTROLS, visible)) == [[[1, 0], [7, 7]]]


def test_along_doses_from_low_to_high_where_there_are_two() -> None:
    found = arrows_along_doses(POSITIONS, KINDS, KINDS.codes, DOSES)
    assert paths(found) == [[[0, 12], [0, 10]]]  # the third dose of y has no place; DMSO has a dose of zero
    assert found[0].colour == int(KINDS.colours[2])
