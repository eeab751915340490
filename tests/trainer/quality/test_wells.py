from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles
from cdcl.quality import wells_of
from cdcl.quality.wells import standard_scores, summaries, well_positions

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.quality import Wells


def test_wells_have_places() -> None:
    places = well_positions(pd.Series(["A01", "B03", "H12", "AA01", "AF48", "slide 4"]))
    assert places.tolist() == [[0, 0], [1, 2], [7, 11], [26, 0], [31, 47], [-1, -1]]


def test_controls_of_the_median_plate_have_deviation_1(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(dim=40)
    wells.profiles.values[wells.plates == 1] = 10 * wells.profiles.values[wells.plates == 1]
    scores = standard_scores(wells)[wells.negative()]
    deviations = [scores[wells.plates[wells.negative()] == plate].std(axis=0, ddof=1) for plate in range(3)]
    np.testing.assert_allclose(np.median(deviations, axis=0), 1, rtol=1e-6)
    distance = summaries(wells)["distance"]
    assert distance[wells.plates == 1].mean() > 5 * distance[wells.plates == 0].mean()


def test_sites_are_averaged_to_wells_first() -> None:
    table = pd.DataFrame({"plate": "p", "well": ["A01", "A01", "A02"], "site": ["1", "2", "1"]})
    wells = wells_of(Profiles(np.array([[1.0], [3.0], [5.0]], dtype=np.float32), table, "site"))
    assert wells.profiles.values.ravel().tolist() == [2, 5]


def test_treatments_have_no_place() -> None:
    profiles = Profiles(np.zeros((1, 1), np.float32), pd.DataFrame({"treatment": ["x"]}), "treatment")
    with pytest.raises(ProfilesError, match="treatment profiles lie on no plate"):
        wells_of(profiles)
