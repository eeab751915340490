from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.quality import plate_maps, wells_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.quality import Wells


@pytest.mark.parametrize("value", ["num_cells", "emb_0002", "distance", "pc1"])
def test_any_value_can_be_laid_out(value: str, make_wells: Callable[..., Wells]) -> None:
    maps = plate_maps(make_wells(2), value)
    assert [plate.name for plate in maps] == ["B0/P0", "B0/P1"]
    assert maps[0].values.shape == (8, 12)
    assert not np.isnan(maps[0].values).any()


def test_a_well_lies_where_its_name_says_and_a_missing_one_is_nan(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(1)
    some = wells_of(wells.profiles.take(np.arange(10, 96)))
    (plate,) = plate_maps(some, "emb_0001")
    assert plate.values[2, 5] == pytest.approx(wells.profiles.values[29, 1])
    assert np.isnan(plate.values[0, :10]).all()


@pytest.mark.parametrize(
    ("value", "words"), [("num_cell", "Did you mean 'num_cells'"), ("treatment", "treatment holds no numbers")]
)
def test_what_cannot_be_drawn_is_said(value: str, words: str, make_wells: Callable[..., Wells]) -> None:
    with pytest.raises(ProfilesError, match=words):
        plate_maps(make_wells(1), value)


def test_names_that_are_no_wells_cannot_be_drawn(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(1)
    wells.profiles.table["well"] = [f"slide {number}" for number in range(96)]
    with pytest.raises(ProfilesError, match="no well has a name like B03"):
        plate_maps(wells_of(wells.profiles), "num_cells")
