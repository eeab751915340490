from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.screen.controls import control_kinds, negative_controls


@pytest.mark.parametrize("dtype", [object, "string", "category"])
def test_a_missing_kind_counts_as_treated_whatever_pandas_calls_it(dtype: object) -> None:
    values = ["negative", None, np.nan, pd.NA, "", "positive"]
    table = pd.DataFrame({"control": pd.Series(values, dtype=dtype)})
    np.testing.assert_array_equal(control_kinds(table), ["negative", "", "", "", "", "positive"])
    np.testing.assert_array_equal(negative_controls(table), [True, False, False, False, False, False])


def test_without_a_column_nothing_is_a_control() -> None:
    table = pd.DataFrame({"plate": ["p", "q"]})
    np.testing.assert_array_equal(control_kinds(table), ["", ""])
    assert not negative_controls(table).any()
    assert negative_controls(table.iloc[:0]).shape == (0,)
