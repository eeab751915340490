"""What guides read from the table, and which columns are refused before a pixel is decoded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cdcl.config.recipes import check_config
from cdcl.errors import ConfigError
from cdcl.screen.guide_columns import guide_columns
from cdcl.screen.requirements import check_columns, check_labels


@pytest.fixture
def sites() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "treatment": ["a", "b", "", "a", "b", None],
            "batch": ["1"] * 6,
            "well": [f"A{row}" for row in range(6)],
            "dose": [0.01, 100.0, 0.0, np.nan, 1.0, -1.0],
            "same": [3.0] * 6,
            "concentration": ["1", "1", "", "10", "10", ""],
            "concentration_unit": ["µM", "nM", "", "nM", "µM", ""],
        }
    )


def read(sites: pd.DataFrame, guide: dict[str, Any], **more: Any) -> Any:
    config = check_config({"guides": [guide], **more}, where="test")
    return guide_columns(sites, config)[0]


def test_names_are_numbered_and_what_is_missing_is_counted(sites: pd.DataFrame) -> None:
    column = read(sites, {"column": "treatment", "keep": False})
    assert column.values.tolist() == [0, 1, -1, 0, 1, -1]
    assert (column.num_values, column.missing) == (2, 2)
    assert column.told() == (
        "guide treatment: hidden from the features (2 values, classify, weight 0.01); 2 of 6 training rows without a "
        "value are left out of its loss"
    )


def test_numbers_are_standardised_on_their_scale(sites: pd.DataFrame) -> None:
    column = read(sites, {"column": "dose", "kind": "regress", "log": True})
    np.testing.assert_allclose(column.values, np.array([-2, 2, np.nan, np.nan, 0, np.nan]) / np.sqrt(8 / 3), rtol=1e-6)
    assert (column.missing, column.not_positive) == (3, 2)
    assert "3 of 6 training rows without a value, 2 of them at or below 0 are left out" in column.told()
    assert "kept in the features (numbers, log10, mean 0, spread 1.633" in column.told()


@pytest.mark.parametrize("nothing", ["", None, float("nan")])
def test_numbers_that_only_held_out_rows_have_are_no_text(sites: pd.DataFrame, nothing: object) -> None:
    with pytest.raises(ConfigError, match="has no value in the training rows; leave it out"):
        read(sites.assign(late=[nothing] * 6), {"column": "late", "kind": "regress"})


def test_doses_in_several_units_are_of_one_scale(sites: pd.DataFrame) -> None:
    column = read(sites, {"column": "concentration", "kind": "regress", "log": True})
    logs = np.array([0, -3, np.nan, -2, 1, np.nan])
    known = logs[np.isfinite(logs)]
    np.testing.assert_allclose(column.values, (logs - known.mean()) / known.std(), rtol=1e-5)


def test_a_nuisance_takes_what_is_unknown_for_a_value(sites: pd.DataFrame) -> None:
    config = check_config({"nuisance": {"weight": 1.0, "column": "treatment"}}, where="test")
    (column,) = guide_columns(sites, config)
    assert column.values.tolist() == [0, 1, 2, 0, 1, 2]
    assert (column.num_values, column.missing) == (3, 0)


@pytest.mark.parametrize(
    ("guide", "words"),
    [
        ({"column": "batch"}, "guides: 'batch' has fewer than two values in the training rows"),
        ({"column": "well"}, "guides: 'well' has a value of its own in each of its 6 training rows"),
        ({"column": "well", "kind": "contrast"}, "guides: 'well' has a value of its own"),
        ({"column": "well", "kind": "regress"}, "guides: 'well' is not a column of numbers"),
        ({"column": "same", "kind": "regress"}, "guides: 'same' has fewer than two numbers"),
    ],
)
def test_a_column_that_nothing_is_learned_from_is_refused(
    sites: pd.DataFrame, guide: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        check_labels(sites, check_config({"guides": [guide]}, where="test"))
    assert "\n" not in str(caught.value)


def test_a_column_that_is_not_there_is_named(sites: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match=r"guides: unknown column 'tratment'\. Did you mean 'treatment'\?"):
        check_columns(sites, check_config({"guides": [{"column": "tratment"}]}, where="test"))


TWINS = {"gene": list("aabbcc"), "gen": list("zzyyxx"), "pathway": list("ppqqqq"), "lot": list("uvuvuv")}


@pytest.mark.parametrize(
    ("guides", "said"),
    [
        (["gene", "hide gen"], "is 'gene', which shall be kept, under other names"),
        (["hide lot", "lot."], "both guide_lot in the log"),
        ([{"column": "gene", "start": 1.0}], "never feels it"),
    ],
)
def test_guides_that_contradict_or_do_nothing_are_refused(guides: list[Any], said: str) -> None:
    table = pd.DataFrame({**TWINS, "lot.": list("uuvvuu")}).assign(treatment="x", batch="1")
    with pytest.raises(ConfigError, match=said):
        guide_columns(table, check_config({"guides": guides}, where="test"))


def test_the_column_of_nuisance_cannot_be_kept_as_well() -> None:
    config = {"guides": ["lot"], "nuisance": {"column": "lot", "weight": 0.1}}
    with pytest.raises(ConfigError, match="'lot' has a second guide"):
        guide_columns(pd.DataFrame(TWINS), check_config(config, where="test"))


def test_a_hidden_column_that_a_kept_one_tells_is_said_and_others_are_not() -> None:
    read_ = guide_columns(
        pd.DataFrame(TWINS), check_config({"guides": ["gene", "hide pathway", "hide lot"]}, where="t")
    )
    assert [len(column.notes) for column in read_] == [0, 1, 0]
    assert "each gene, which is kept, has one pathway only" in read_[1].told()
    assert read_[1].values.tolist() == [0, 0, 1, 1, 1, 1]


def test_a_logarithm_of_names_is_said_to_be_none() -> None:
    config = check_config({"guides": ["log gene", "lot"]}, where="test")
    names, plain = guide_columns(pd.DataFrame(TWINS), config)
    assert "log is not heeded, for kind = 'classify' reads names" in names.told()
    assert plain.notes == ()
