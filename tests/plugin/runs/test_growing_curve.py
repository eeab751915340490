"""A growing curve holds what lists would hold, and averages that are drawn in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_cdcl.runs.growing_curve import MOST_POINTS, GrowingCurve


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=300), st.integers(0, 300))
def test_it_holds_what_was_appended_and_an_earlier_look_stays(values: list[float], look: int) -> None:
    curve, early = GrowingCurve(), None
    for number, value in enumerate(values):
        if number == look:
            early = curve.curve()
        curve.append(10 * number, value)
    assert curve.curve().values.tolist() == values
    assert curve.curve().steps.tolist() == [10 * number for number in range(len(values))]
    if early is not None:
        assert early.values.tolist() == values[:look]


@pytest.mark.parametrize("num", [MOST_POINTS - 1, MOST_POINTS, 5000, 100_003])
def test_the_coarse_curve_is_the_average_of_equal_neighbours(num: int) -> None:
    curve = GrowingCurve()
    values = np.random.default_rng(0).normal(size=num)
    for step, value in enumerate(values.tolist()):
        curve.append(step, value)
    coarse = curve.curve().coarse
    if num < MOST_POINTS:
        assert coarse is None
        return
    assert coarse is not None
    assert MOST_POINTS // 2 <= len(coarse.steps) <= MOST_POINTS
    chunk = int(coarse.steps[1] - coarse.steps[0])
    whole = len(coarse.steps) * chunk
    assert coarse.values == pytest.approx(values[:whole].reshape(-1, chunk).mean(axis=1))
    assert num - whole < 2 * chunk
