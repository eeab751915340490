from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.screen.plates import normalise_well, plate_keys, well_keys


@pytest.mark.parametrize(
    ("spelled", "well"),
    [("a1", "A01"), ("A-01", "A01"), ("AA7", "AA07"), ("B - 7", "B07"), ("p_024", "P24"), (" af48 ", "AF48")],
)
def test_a_well_is_spelled_one_way(spelled: str, well: str) -> None:
    assert normalise_well(spelled) == well


@pytest.mark.parametrize(("spelled", "well"), [("r01c01", "A01"), ("R16C24", "P24"), ("r27c01", "AA01")])
def test_rows_and_columns_by_number_become_letters(spelled: str, well: str) -> None:
    assert normalise_well(spelled) == well


@pytest.mark.parametrize("other", ["slide 4", "", "well_1x", "ABC1"])
def test_what_is_no_well_is_left_alone(other: str) -> None:
    assert normalise_well(other) == other


@given(st.text(max_size=8))
def test_spelling_twice_changes_nothing(text: str) -> None:
    assert normalise_well(normalise_well(text)) == normalise_well(text)


def test_plates_of_one_name_in_two_batches_are_two_plates() -> None:
    sites = pd.DataFrame({"batch": ["b1", "b2", ""], "plate": ["1", "1", "1"], "well": ["A01", "A01", "A02"]})
    assert plate_keys(sites).tolist() == ["b1/1", "b2/1", "1"]
    assert well_keys(sites).tolist() == ["b1/1/A01", "b2/1/A01", "1/A02"]
    assert plate_keys(sites.drop(columns="batch")).tolist() == ["1", "1", "1"]
