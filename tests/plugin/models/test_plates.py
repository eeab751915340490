"""Where wells are, and what colour they have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cdcl.scatter import colour_by
from cdcl.screen import Screen
from napari_cdcl.models.items import Items
from napari_cdcl.models.plates import ItemWells, PlateLayout, colour_wells, grid_positions


def make_screen(rows: list[tuple[str, str]]) -> Screen:
    table = pd.DataFrame(rows, columns=["plate", "well"]).assign(site="1", path="x.tif")
    return Screen(table, ("DNA",), Path())


def test_plates_come_in_natural_order_and_wells_plate_by_plate() -> None:
    screen = make_screen([("P10", "B02"), ("P2", "A10"), ("P2", "A2"), ("P10", "AA01"), ("P10", "B02")])
    layout = PlateLayout.of(screen)
    assert layout.plates == ("P2", "P10")
    assert layout.names.tolist() == ["A2", "A10", "B02", "AA01"] or layout.names.tolist() == [
        "A10",
        "A2",
        "B02",
        "AA01",
    ]
    assert layout.names[layout.well_of].tolist() == screen.sites["well"].tolist()
    assert layout.wells_on(1) == slice(2, 4)
    assert layout.first_rows[2:].tolist() == [0, 3]
    assert layout.rows_of(np.array([2])).tolist() == [0, 4]
    assert layout.plate_at(3) == 1


@pytest.mark.parametrize(
    ("wells", "shape"),
    [
        (["A01", "B03"], (2, 3)),
        (["H12"], (8, 12)),
        (["B02", "P24"], (16, 24)),
        (["AF48"], (32, 48)),
        (["AG01"], (33, 1)),
    ],
)
def test_the_plate_is_the_smallest_that_holds_the_wells(wells: list[str], shape: tuple[int, int]) -> None:
    assert grid_positions(np.array(wells))[0] == shape


def test_wells_that_are_no_wells_fill_a_plate_in_order() -> None:
    shape, layout = grid_positions(np.array(["slide 1", "slide 2", "slide 3", "slide 4"]))
    assert shape == (2, 3)
    assert layout.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0]]


def test_a_plate_with_few_wells_has_the_format_of_the_others() -> None:
    layout = PlateLayout.of(make_screen([("P1", "B02"), ("P2", "H12")]))
    assert layout.grid(0)[0] == (8, 12)
    assert layout.grid(0)[1].tolist() == [[1, 1]]


def test_a_well_has_the_commonest_class_or_the_mean_number() -> None:
    screen = make_screen([("P1", "A01")] * 3 + [("P1", "A02")])
    items, layout = Items.of_screen(screen), PlateLayout.of(screen)
    wells = ItemWells.of(items, layout)
    classes = colour_by(pd.Series(["x", "y", "y", "x"]), "kind")
    painted = colour_wells(classes, wells, layout.wells_on(0))
    assert painted.tolist() == [classes.colours[2], classes.colours[1]]
    numbers = colour_by(pd.Series([0.0, 0.5, 1.0, np.nan]), "score")
    scale = colour_wells(numbers, wells, layout.wells_on(0))
    assert scale[0] == numbers.colours[round(float(numbers.codes[:3].mean()))]
    assert scale[1] == numbers.colours[0]


def test_selected_items_touch_their_wells_and_treatments_none() -> None:
    screen = make_screen([("P1", "A01"), ("P1", "A02"), ("P2", "A01")])
    layout = PlateLayout.of(screen)
    wells = ItemWells.of(Items.of_screen(screen), layout)
    assert wells.touched(np.array([False, True, True]), len(layout)).tolist() == [False, True, True]
    treatments = Items(pd.DataFrame({"treatment": ["a"]}), "treatment", np.array([0]))
    assert not ItemWells.of(treatments, layout).touched(np.array([True]), len(layout)).any()
