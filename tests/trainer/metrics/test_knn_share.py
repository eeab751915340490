"""The quick share says what the full score says."""

from __future__ import annotations

from math import isnan

import numpy as np
import pandas as pd
import pytest

from cdcl.metrics.knn import knn_accuracy, knn_share
from cdcl.profiles import Profiles


@pytest.fixture
def profiles() -> Profiles:
    rng = np.random.default_rng(0)
    n = np.arange(120)
    table = pd.DataFrame(
        {
            "batch": [f"B{k % 3}" for k in n],
            "plate": [f"P{k % 3}" for k in n],
            "well": [f"A{k // 6 + 1:02d}" for k in n],
            "treatment": [f"T{k % 4}" for k in n],
        }
    )
    values = rng.normal(0, 1, (120, 6)) + 2 * rng.normal(0, 1, (4, 6))[n % 4]
    return Profiles(values.astype(np.float32), table, "site")


@pytest.mark.parametrize(("column", "diffby"), [("treatment", ("batch",)), ("batch", ("well",)), ("treatment", ())])
def test_value_and_chance_are_those_of_the_score(profiles: Profiles, column: str, diffby: tuple[str, ...]) -> None:
    asked = np.arange(len(profiles)) % 5 < 2
    score = knn_accuracy(profiles, column, diffby=diffby, queries=asked, bank=~asked)
    share = knn_share(profiles, column, diffby=diffby, queries=asked, bank=~asked)
    assert share == pytest.approx((score.value, score.chance))


def test_what_nobody_can_answer_is_nan(profiles: Profiles) -> None:
    one = Profiles(profiles.values, profiles.table.assign(batch="B0"), "site")
    assert all(map(isnan, knn_share(one, "treatment")))
