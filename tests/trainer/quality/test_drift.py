from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.quality import drift

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.quality import Wells


def test_without_drift_there_is_nearly_none(make_wells: Callable[..., Wells]) -> None:
    assert drift(make_wells(8, dim=50))["drift"].max() < 0.15


def test_a_plate_that_moved_is_told_by_how_many_deviations(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(8, dim=50)
    wells.profiles.values[wells.plates == 5] += 2
    found = drift(wells).set_index("plate")["drift"]
    assert found["B2/P5"] == pytest.approx(2, abs=0.2)
    assert found.drop("B2/P5").max() < 0.2


def test_treated_wells_do_not_make_drift(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(4, dim=50)
    wells.profiles.values[(wells.plates == 2) & ~wells.negative()] += 50
    assert drift(wells)["drift"].max() < 0.2


def test_a_steady_drift_has_a_trend_and_even_steps(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(6, dim=50)
    wells.profiles.values[:] += wells.plates[:, None]
    found = drift(wells)
    assert np.diff(found["trend"]).min() > 0.5
    np.testing.assert_allclose(found["step"].iloc[1:], 1, atol=0.2)


def test_batches_are_judged_as_wholes(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(6, dim=50)
    wells.profiles.values[wells.plates >= 4] += 3
    found = drift(wells, "batch")
    assert list(found["batch"]) == ["B0", "B1", "B2"]
    assert found["drift"].iloc[2] == pytest.approx(3, abs=0.3)
    assert set(found["reference"]) == {"controls"}
