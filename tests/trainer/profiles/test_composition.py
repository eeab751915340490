"""Counts and Fisher's test against a sum over all tables."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest
import scipy.stats  # noqa: F401  takes seconds on a busy machine, which would count as the time of the first example
from hypothesis import given
from hypothesis import strategies as st

from cdcl.errors import ProfilesError
from cdcl.profiles.composition import COLUMNS, compare_compositions


def slow_fisher(first: int, second: int, one: int, other: int) -> float:
    """Sum the probabilities of all tables that are no likelier than the one seen."""
    both = first + second
    chances = {
        k: comb(one, k) * comb(other, both - k) / comb(one + other, both)
        for k in range(max(0, both - other), min(one, both) + 1)
    }
    return sum(chance for chance in chances.values() if chance <= chances[first] * (1 + 1e-9))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=2, max_size=40))
def test_p_values_are_those_of_all_tables(rows: list[tuple[str, bool]]) -> None:
    one = np.array([chosen for _, chosen in rows])
    if one.all() or not one.any():
        return
    values = pd.Series([value for value, _ in rows])
    for row in compare_compositions(values, one, ~one).itertuples():
        assert row.p == pytest.approx(slow_fisher(row.one, row.other, int(one.sum()), int((~one).sum())), rel=1e-6)


def test_rates_are_controlled_as_benjamini_and_hochberg_do() -> None:
    values = pd.Series(["a"] * 20 + ["b"] * 20 + ["c"] * 5)
    one = np.arange(45) < 22
    table = compare_compositions(values, one, ~one)
    p = table["p"].to_numpy()
    slow = [min(p[j] * len(p) / (j + 1) for j in range(i, len(p))) for i in range(len(p))]
    np.testing.assert_allclose(table["q"], slow)
    assert tuple(table.columns) == COLUMNS
    assert table.loc[table["value"] == "a", ["one", "other", "share_one"]].to_numpy().tolist() == [[20, 0, 20 / 22]]


def test_wells_behind_a_count_are_counted_once() -> None:
    values = pd.Series(["a", "a", "a", "b", "a", ""])
    wells = np.array(["W1", "W1", "W2", "W2", "W3", "W3"])
    one = np.array([True, True, True, True, False, False])
    table = compare_compositions(values, one, ~one, wells).set_index("value")
    assert table.loc["a", ["one", "wells_one", "other", "wells_other"]].tolist() == [3, 2, 1, 1]
    assert table.loc["none", ["one", "other"]].tolist() == [0, 1]


def test_groups_that_are_empty_or_overlap_are_refused() -> None:
    values, one = pd.Series(["a", "b"]), np.array([True, False])
    with pytest.raises(ProfilesError, match="empty"):
        compare_compositions(values, one, np.zeros(2, bool))
    with pytest.raises(ProfilesError, match="1 profiles are in both"):
        compare_compositions(values, one, np.ones(2, bool))


def test_values_that_say_the_same_come_in_the_order_in_which_people_count() -> None:
    values = pd.Series(["Week10", "Week2", "Week1", "Week10", "Week2", "Week1"])
    one = np.array([True, True, True, False, False, False])
    assert compare_compositions(values, one, ~one)["value"].tolist() == ["Week1", "Week2", "Week10"]
