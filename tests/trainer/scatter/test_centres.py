"""Names stand at the median of what is drawn of their class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdcl.scatter import class_centres, colour_by

POSITIONS = np.array([[0, 0], [2, 0], [100, 0], [5, 5], [np.nan, 1], [7, 7]], dtype=np.float32)


def test_centres_are_medians_of_what_is_drawn_the_largest_class_first() -> None:
    colouring = colour_by(pd.Series(["b", "b", "b", "a", "a", ""]), "kind")
    assert class_centres(POSITIONS, colouring) == [("b", 2.0, 0.0), ("a", 5.0, 5.0)]
    visible = np.array([True, True, False, False, True, True])
    assert class_centres(POSITIONS, colouring, visible) == [("b", 1.0, 0.0)]


def test_a_scale_of_numbers_names_nothing() -> None:
    assert class_centres(POSITIONS, colour_by(pd.Series(np.arange(6) / 7), "number")) == []
