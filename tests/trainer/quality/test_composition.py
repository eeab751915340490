from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.quality import compose, wells_of, wells_table
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.quality import Wells


def test_a_control_that_looks_like_the_positive_one_is_flagged(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(effect=40.0)
    values = wells.profiles.values.copy()
    stray = int(np.flatnonzero(wells.negative())[3])
    values[stray, 0] += 40
    found = finish(compose(wells_of(replace(wells.profiles, values=values)), 2))
    where = wells.profiles.table.iloc[stray]
    flagged = found.flags[["plate", "well"]].apply(tuple, axis=1).tolist()
    assert (where["plate"], where["well"]) in flagged
    assert set(found.flags["flag"]) == {"outside its archetype"}
    line = found.flags[found.flags["well"] == where["well"]].iloc[0]
    assert "a negative control made of" in line["reason"]
    assert line["reason"].endswith(", by wells in deviations of the median plate's controls")


def test_each_plate_is_made_of_shares(make_wells: Callable[..., Wells]) -> None:
    found = finish(compose(make_wells(num_plates=4, effect=10.0), 3))
    np.testing.assert_allclose(found.plates[["A1", "A2", "A3"]].sum(axis=1), 1)
    assert len(found.plates) == 4
    assert found.note == ""


def test_wells_that_are_all_alike_have_no_archetypes_and_say_so(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(num_plates=1)
    same = replace(wells.profiles, values=np.ones_like(wells.profiles.values))
    found = finish(compose(wells_of(same)))
    assert found.note.startswith("no archetypes: ")
    assert not len(found.flags)
    assert not len(found.plates.columns)


def test_the_table_of_wells_says_where_each_lies(make_wells: Callable[..., Wells]) -> None:
    table = wells_table(make_wells(num_plates=2))
    row = table[(table["plate"] == "B0/P1") & (table["well"] == "C05")]
    assert row[["row", "column"]].to_numpy().tolist() == [[2, 4]]
    assert {"distance", "pc1", "num_cells", "control", "treatment"} <= set(table)
    assert row["num_cells"].item() == pytest.approx(100)
