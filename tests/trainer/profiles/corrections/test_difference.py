from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.profiles.corrections import compare
from cdcl.profiles.corrections.difference import share_between

if TYPE_CHECKING:
    from cdcl.profiles import Profiles


def test_another_unit_is_no_change(wells: Profiles) -> None:
    difference = compare(wells, wells.with_values(wells.values * 7))
    assert difference.nothing
    assert difference.before == pytest.approx(difference.after)


def test_turning_all_profiles_is_no_change(wells: Profiles) -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0]
    assert compare(wells, wells.with_values(wells.values @ turn)).nothing


def test_taking_a_batch_offset_away_is_a_change(wells: Profiles) -> None:
    moved = wells.with_values(wells.values - 3 * (wells.table["batch"] == "1").to_numpy()[:, None])
    assert not compare(wells, moved).nothing


def test_the_share_between_batches_is_the_r_squared_of_regression_on_batch(wells: Profiles) -> None:
    design = (wells.table["batch"].to_numpy()[:, None] == np.unique(wells.table["batch"])).astype(float)
    fitted = design @ np.linalg.lstsq(design, wells.values.astype(np.float64), rcond=None)[0]
    centred = wells.values - wells.values.mean(axis=0)
    explained = ((fitted - wells.values.mean(axis=0)) ** 2).sum() / (centred**2).sum()
    assert share_between(wells, "batch") == pytest.approx(explained, rel=1e-4)
