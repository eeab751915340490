from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, matthews_corrcoef

from cdcl.metrics.recognition import macro_f1, matthews, recognition


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
@settings(deadline=None)
def test_mcc_and_f1_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    assert matthews(truth, predicted) == pytest.approx(matthews_corrcoef(truth, predicted), abs=1e-9)
    assert macro_f1(truth, predicted) == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0))


def test_always_naming_the_commonest_label_is_accurate_but_has_no_correlation() -> None:
    truth = np.array([0] * 9 + [1])
    score = recognition("x", (truth, np.zeros(10, dtype=int)), np.array(["a", "b"]), np.arange(10))
    assert score.value == 0.9
    assert score.mcc == 0.0
    assert score.macro_f1 == pytest.approx((18 / 19 + 0) / 2)
    assert score.groups is not None
    assert list(score.groups["value"]) == [1.0, 0.0]
