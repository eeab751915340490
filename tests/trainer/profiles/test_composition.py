"""Counts, and tests that exchange wells: against all arrangements one by one, and on noise of wells that differ."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles.composition import COLUMNS, Composition, compare_compositions
from cdcl.profiles.exchange_units import Places


def screen(plates: int = 2, wells: int = 4, cells: int = 6) -> tuple[np.ndarray, np.ndarray, Places]:
    """Give the number of each cell's well and plate, and their names."""
    well = np.repeat(np.arange(plates * wells), cells)
    plate = well // wells
    return well, plate, Places(np.char.add("w", well.astype(str)), np.char.add("p", plate.astype(str)))


def draw(seed: int, shift: float, *, mixed: bool) -> Composition:
    """Compare cells of 24 wells, of which some are selected more often than others, for no reason or for a value."""
    rng = np.random.default_rng(seed)
    well, plate, places = screen(3, 8, 12)
    if mixed:
        has = rng.random(len(well)) < 1 / (1 + np.exp(-rng.normal(0, 1.5, 24)))[well]
    else:
        has = np.concatenate([rng.permutation(np.arange(8) % 4 == 0) for _ in range(3)])[well]
    leaning = rng.normal(0, 1.5, 24)[well] + rng.normal(0, 1, 3)[plate] + shift * has
    one = rng.random(len(well)) < 1 / (1 + np.exp(0.5 - leaning))
    return compare_compositions(pd.Series(np.where(has, "a", "b")), one, ~one, places)


def test_few_arrangements_are_all_asked() -> None:
    well, plate, places = screen()
    one = np.random.default_rng(0).random(len(well)) < 0.2 + 0.6 * (well % 4 == 1)
    of_well = np.array(list("abbcabcc"))
    found = compare_compositions(pd.Series(of_well[well]), one, ~one, places)
    table = found.table.set_index("value")
    assert (found.unit, found.stratum, found.num_units, found.mixed) == ("well", "plate", 8, False)

    def beyond(labels: np.ndarray, value: str) -> float:
        """Difference of shares, less what the plates give: their shares of the value times their part in each group."""
        has = (labels == value)[well]
        parts = one / one.sum() - ~one / (~one).sum()
        return float(sum(((parts - parts[plate == p].mean()) * has)[plate == p].sum() for p in (0, 1)))

    orders = [np.array(first + second) for first in permutations("abbc") for second in permutations("abcc")]
    for value in "abc":
        seen = beyond(of_well, value)
        assert table.loc[value, "effect"] == pytest.approx(seen)
        reached = [abs(beyond(labels, value)) >= abs(seen) - 1e-12 for labels in orders]
        assert table.loc[value, "p"] == pytest.approx(np.mean(reached))


@pytest.mark.parametrize("mixed", [False, True])
def test_wells_that_differ_at_random_are_not_significant(mixed: bool) -> None:
    p = np.sort([draw(seed, 0.0, mixed=mixed).table["p"].iat[0] for seed in range(40)])
    distance = np.abs(p - (np.arange(40) + 0.5) / 40).max()
    assert distance < 0.24  # Kolmogorov and Smirnov at 40 draws: 0.25 is reached once in a hundred times
    assert (
        p < 0.05
    ).sum() <= 6  # 2 are expected; of 200 such draws with 20 cells a well, Fisher's test calls 24 to 40 %


@pytest.mark.parametrize("mixed", [False, True])
def test_what_is_selected_for_its_value_is_found(mixed: bool) -> None:
    rows = [draw(seed, 2.5, mixed=mixed).table.set_index("value").loc["a"] for seed in range(5)]
    assert sum(row["p"] < 0.05 for row in rows) >= 4
    assert all(row["effect"] > 0 and row["low"] < row["effect"] < row["high"] for row in rows)


def test_what_the_plates_give_is_no_effect() -> None:
    well, plate, places = screen(2, 8)
    values = pd.Series(np.where(np.where(plate == 0, well % 8 < 6, well % 8 < 2), "a", "b"))
    one = np.tile(np.arange(6), 16) < np.where(plate == 0, 5, 1)  # of each well of a plate the same share
    row = compare_compositions(values, one, ~one, places).table.set_index("value").loc["a"]
    assert row["share_one"] - row["share_other"] > 0.3
    assert row["effect"] == pytest.approx(0, abs=1e-12)
    assert np.isnan(row["p"]) or row["p"] == 1.0


def test_plates_are_exchanged_where_a_value_is_given_to_whole_plates() -> None:
    well, plate, places = screen(6, 2)
    values, one = pd.Series(np.array(list("aaabbb"))[plate], name="donor"), (plate < 3) & (well % 2 == 0)
    found = compare_compositions(values, one, ~one, places)
    assert (found.unit, found.stratum, found.num_units) == ("plate", "", 6)
    assert found.table["p"].tolist() == [0.1, 0.1]  # 2 of the 20 ways to choose 3 plates of 6
    names = compare_compositions(pd.Series(places.plates, name="plate"), one, ~one, places)
    assert (names.unit, names.stratum) == ("well", "")


def test_groups_that_share_no_plate_cannot_be_told_from_their_plates() -> None:
    well, plate, places = screen()
    found = compare_compositions(pd.Series(np.array(list("aabbabbb"))[well]), plate == 0, plate == 1, places)
    assert found.table["p"].isna().all()
    assert found.table["effect"].abs().max() < 1e-12


def test_profiles_are_exchanged_where_no_place_is_known() -> None:
    one = np.arange(8) < 3
    found = compare_compositions(pd.Series(list("aaabbbbb")), one, ~one)
    assert (found.unit, found.num_units) == ("profile", 8)
    assert found.table["p"].to_numpy() == pytest.approx([1 / 56, 1 / 56])  # one of the ways to choose 3 of 8
    assert tuple(found.table.columns) == COLUMNS
    assert np.isinf(found.table.set_index("value").loc["a", "odds_ratio"])


def test_the_same_question_has_the_same_answer() -> None:
    one, other = (draw(3, 0.5, mixed=False).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_wells_behind_a_count_are_counted_once() -> None:
    values = pd.Series(["a", "a", "a", "b", "a", ""])
    wells = np.array(["W1", "W1", "W2", "W2", "W3", "W3"])
    one = np.array([True, True, True, True, False, False])
    table = compare_compositions(values, one, ~one, Places(wells)).table.set_index("value")
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
    assert compare_compositions(values, one, ~one).table["value"].tolist() == ["Week1", "Week2", "Week10"]
