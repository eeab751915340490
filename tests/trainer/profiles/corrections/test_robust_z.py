from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles, Settings, fit_correction


def test_it_agrees_with_pycytominer_where_a_plate_has_controls_enough(wells: Profiles) -> None:
    transform = pytest.importorskip("pycytominer.operations.transform")
    ours = fit_correction(wells, "robust-z", Settings("controls")).apply(wells).values
    for plate in wells.table["plate"].unique():
        rows = (wells.table["plate"] == plate).to_numpy()
        controls = (wells.table["control"][rows] == "negative").to_numpy()
        frame = pd.DataFrame(wells.values[rows].astype(np.float64))
        oracle = transform.RobustMAD(epsilon=0.0).fit(frame[controls])
        np.testing.assert_allclose(ours[rows], oracle.transform(frame), rtol=1e-4, atol=1e-4)


def test_one_outlying_control_moves_little(wells: Profiles) -> None:
    spoiled = wells.values.copy()
    spoiled[0] = 1e4
    (robust, plain), (robust_spoiled, plain_spoiled) = (
        [fit_correction(profiles, method).apply(profiles).values[20:60] for method in ("robust-z", "z")]
        for profiles in (wells, wells.with_values(spoiled))
    )
    assert np.abs(robust - robust_spoiled).mean() < 0.2 * np.abs(plain - plain_spoiled).mean()


def test_six_controls_a_plate_share_the_scale_of_all_plates(wells: Profiles) -> None:
    number = wells.table.groupby("plate").cumcount()
    six = wells.take(((number < 6) | (number >= 20)).to_numpy())
    correction = fit_correction(six, "robust-z", Settings("controls"))
    after = correction.apply(six).values
    assert correction.notes[0].startswith("6 of 6 plates have fewer than 16 references")
    controls = (six.table["control"] == "negative").to_numpy()
    centres = (
        six.table["plate"].map({plate: number for number, plate in enumerate(six.table["plate"].unique())}).to_numpy()
    )
    away = six.values.astype(np.float64)
    for plate in range(6):
        away[centres == plate] -= np.median(six.values[(centres == plate) & controls], axis=0)
    np.testing.assert_allclose(after, away / (1.4826 * np.median(np.abs(away[controls]), axis=0)), rtol=1e-3, atol=1e-3)
