from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from cdcl.profiles.false_discovery import false_discovery


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(deadline=None)
def test_q_is_that_of_scipy(p_values: list[float]) -> None:
    np.testing.assert_allclose(false_discovery(p_values), false_discovery_control(p_values))


@given(st.lists(st.floats(0, 1), max_size=20), st.integers(1, 5), st.randoms())
@settings(deadline=None)
def test_what_was_not_tested_has_no_q_and_counts_as_no_test(p: list[float], untested: int, order: object) -> None:
    values = [*p, *[np.nan] * untested]
    order.shuffle(values)  # type: ignore[attr-defined]
    given_values = np.array(values)
    found, known = false_discovery(given_values), ~np.isnan(given_values)
    assert np.isnan(found[~known]).all()
    np.testing.assert_array_equal(found[known], false_discovery(given_values[known]))
