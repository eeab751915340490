"""Which field is shown beside another, and where a place in a mosaic leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_cdcl.models.beside import MOST_SIDE, Beside, control_beside, lay_out, well_beside
from napari_cdcl.models.plates import PlateLayout

if TYPE_CHECKING:
    from cdcl.screen import Screen


def with_controls(screen: Screen, wells: set[str]) -> Screen:
    control = np.where(screen.sites["well"].isin(wells), "negative", "")
    return replace(screen, sites=screen.sites.assign(control=control))


def place(screen: Screen, row: int) -> tuple[str, str, int]:
    plate, well, site = screen.sites[["plate", "well", "site"]].iloc[row]
    return str(plate), str(well), int(site)


@pytest.mark.parametrize(
    ("well", "controls", "nearest"), [("B02", {"B04", "C03"}, "C03"), ("C04", {"B02", "B04"}, "B04")]
)
@pytest.mark.parametrize("plate", ["P1", "P2"])
@pytest.mark.parametrize("site", [1, 2])
def test_the_nearest_control_of_the_same_plate_and_site_is_chosen(
    small_screen: Screen, plate: str, site: int, well: str, controls: set[str], nearest: str
) -> None:
    screen = with_controls(small_screen, controls)
    layout = PlateLayout.of(screen)
    row = next(row for row in range(len(screen)) if place(screen, row) == (plate, well, site))
    beside = control_beside(screen, layout, row)
    assert beside is not None
    assert [place(screen, one) for one in beside.rows] == [(plate, nearest, site)]


def test_without_another_control_on_the_plate_there_is_none(small_screen: Screen) -> None:
    layout = PlateLayout.of(small_screen)
    assert control_beside(with_controls(small_screen, set()), layout, 0) is None
    own = str(small_screen.sites["well"].iloc[0])
    assert control_beside(with_controls(small_screen, {own}), layout, 0) is None


def test_fields_of_a_well_lie_in_a_grid_that_leads_back_to_them(small_screen: Screen) -> None:
    layout = PlateLayout.of(small_screen)
    beside = well_beside(layout, 5)
    assert beside == Beside((4, 5), (1, 2))
    assert [beside.tile_of(row) for row in (4, 5, 6)] == [(0, 0), (0, 1), None]
    assert [beside.row_at(0.5, across) for across in (0.1, 0.49, 0.51, 0.99, 1.2, -0.1)] == [4, 4, 5, 5, -1, -1]


def test_a_grid_that_is_not_full_says_where_nothing_lies() -> None:
    beside = Beside((7, 8, 9), (2, 2))
    assert [beside.row_at(*at) for at in ((0.2, 0.2), (0.2, 0.8), (0.8, 0.2), (0.8, 0.8))] == [7, 8, 9, -1]


def test_a_mosaic_holds_each_field_in_its_tile() -> None:
    fields = [np.full((2, 3, 4), value, dtype=np.uint16) for value in (1, 2, 3)]
    joined = lay_out(Beside((7, 8, 9), (2, 2)), fields)
    assert joined.shape == (2, 6, 8)
    assert [joined[0, 1, 1], joined[1, 1, 6], joined[0, 4, 2], joined[0, 5, 7]] == [1, 2, 3, 0]


def test_a_large_mosaic_is_averaged_down_and_one_field_is_not() -> None:
    field = np.arange(2 * 1500 * 1500, dtype=np.uint32).reshape(2, 1500, 1500)
    joined = lay_out(Beside((0, 1, 2, 3), (2, 2)), [field] * 4)
    assert max(joined.shape[1:]) <= MOST_SIDE
    assert joined[0, 0, 0] == field[0, :2, :2].mean()
    assert lay_out(Beside((0,), (1, 1)), [field]).shape == field.shape
