from __future__ import annotations

import numpy as np
import pytest

from cdcl.report.plate_maps import plot_plate_maps


@pytest.mark.parametrize(("count", "shape"), [(1, (8, 12)), (6, (8, 12)), (2, (32, 48))])
def test_the_picture_is_a_png_for_one_plate_or_many(count: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    maps = [(f"plate {number}", rng.normal(size=shape)) for number in range(count)]
    picture = plot_plate_maps(maps, title="distance")
    assert picture.startswith(b"\x89PNG")
    assert picture == plot_plate_maps(maps, title="distance")


def test_empty_wells_are_no_trouble() -> None:
    values = np.full((8, 12), np.nan)
    assert plot_plate_maps([("empty", values)]).startswith(b"\x89PNG")
    values[3, 3] = 7
    assert plot_plate_maps([("one well", values)]).startswith(b"\x89PNG")
