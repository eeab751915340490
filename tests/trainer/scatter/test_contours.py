"""Lines around the densest parts of classes hold the share of points that they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path as Outline

from cdcl.scatter import class_contours, colour_by
from cdcl.scatter.contours import FEWEST_POINTS, OF_ALL

KINDS = colour_by(pd.Series(["a"] * 1500 + ["b"] * 1500), "kind")


def two_clouds() -> np.ndarray:
    cloud = np.random.default_rng(0).normal(size=(3000, 2))
    cloud[1500:] = cloud[1500:] * [0.2, 3] + [20, 0]
    return cloud.astype(np.float32)


def test_lines_hold_their_share_of_a_class_and_none_of_another() -> None:
    points, found = two_clouds(), class_contours(two_clouds(), KINDS)
    assert {contour.share for contour in found} == {0.5, 0.9}
    for code, own, other in [(1, slice(1500), slice(1500, None)), (2, slice(1500, None), slice(1500))]:
        for share in (0.5, 0.9):
            lines = [c.line for c in found if c.colour == int(KINDS.colours[code]) and c.share == share]
            within = np.logical_xor.reduce([Outline(line).contains_points(points) for line in lines])
            assert within[own].mean() == pytest.approx(share, abs=0.02)
            assert not within[other].any()


def test_lines_are_closed() -> None:
    assert all((contour.line[0] == contour.line[-1]).all() for contour in class_contours(two_clouds(), KINDS))


def test_hidden_points_and_those_without_a_place_do_not_count() -> None:
    points = two_clouds()
    points[:3] = np.nan
    visible = np.arange(3000) < 1500
    assert {c.colour for c in class_contours(points, KINDS, visible)} == {int(KINDS.colours[1])}


def test_where_a_number_colours_the_points_the_lines_are_around_all() -> None:
    found = class_contours(two_clouds(), colour_by(pd.Series(np.arange(3000) / 7), "number"))
    assert {contour.colour for contour in found} == {OF_ALL}


@pytest.mark.parametrize("num", [0, 1, FEWEST_POINTS - 1, 50])
def test_few_points_and_those_on_one_line_have_none(num: int) -> None:
    points = np.stack([np.zeros(num), np.arange(num)], axis=1).astype(np.float32)
    assert class_contours(points, colour_by(pd.Series(["a"] * num, dtype=object), "kind")) == ()
