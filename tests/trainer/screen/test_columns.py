from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.screen.columns import ALIASES, as_text, interpret, known_columns, normalise_control, standardise


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("Metadata_Plate", "plate"),
        ("Metadata_Well", "well"),
        ("well_position", "well"),
        ("Metadata_Site", "site"),
        ("FieldID", "site"),
        ("Metadata_MOA", "mechanism"),
        ("moa", "mechanism"),
        ("Metadata_MoA", "mechanism"),
        ("Image_Metadata_Compound", "compound"),
        ("broad_sample", "compound"),
        ("Metadata_JCP2022", "compound"),
        ("Metadata_Is_Control", "control"),
        ("control_type", "control"),
        ("Metadata_PertType", "control"),
        ("mmoles_per_liter", "concentration"),
        ("Cell Count", "num_cells"),
        ("Image_Metadata_Well_DAPI", "well"),
    ],
)
def test_a_column_is_known_by_its_other_names(column: str, name: str) -> None:
    assert known_columns([column]) == {column: name}


def test_every_alias_is_known_with_and_without_prefix() -> None:
    for name, aliases in ALIASES.items():
        for alias in aliases:
            assert known_columns([f"Metadata_{alias}"]) == {f"Metadata_{alias}": name}
            assert known_columns([alias.upper()]) == {alias.upper(): name}


def test_of_two_columns_the_more_explicit_gets_the_name_and_both_stay() -> None:
    table = pd.DataFrame({"broad_sample": ["BRD-1"], "pert_iname": ["taxol"], "plate": ["1"], "Metadata_Plate": ["2"]})
    sites = standardise(table)
    assert sites["compound"].tolist() == ["taxol"]
    assert sites["broad_sample"].tolist() == ["BRD-1"]
    assert sites["plate"].tolist() == ["1"]
    assert sites["Metadata_Plate"].tolist() == ["2"]


def test_identifiers_stay_strings_and_concentrations_become_numbers() -> None:
    sites = standardise(pd.DataFrame({"plate": ["0123"], "well": ["a1"], "dose": ["0.30"], "moa": [None]}))
    assert sites.iloc[0].to_dict() == {"plate": "0123", "well": "A01", "concentration": 0.3, "mechanism": ""}


def test_numbers_of_another_table_become_plain_identifiers() -> None:
    sites = standardise(pd.DataFrame({"plate": [12, 13], "site": [1.0, np.nan]}))
    assert sites["plate"].tolist() == ["12", "13"]
    assert sites["site"].tolist() == ["1", ""]


def test_a_concentration_that_does_not_parse_leaves_the_column_text() -> None:
    sites = standardise(pd.DataFrame({"compound": ["a", "b"], "concentration": ["3", "high"]}))
    assert sites["concentration"].tolist() == ["3", "high"]
    assert sites["treatment"].tolist() == ["a@3", "b@high"]


def test_a_treatment_is_compound_at_concentration() -> None:
    table = pd.DataFrame({"compound": ["taxol", "taxol", "DMSO", "x"], "concentration": ["0.300", "10", "0", ""]})
    assert standardise(table)["treatment"].tolist() == ["taxol@0.3", "taxol@10", "DMSO", "x"]
    assert standardise(table[["compound"]])["treatment"].tolist() == ["taxol", "taxol", "DMSO", "x"]


def test_a_treatment_that_is_there_stays() -> None:
    table = pd.DataFrame({"compound": ["a"], "concentration": ["1"], "treatment": ["mine"]})
    assert standardise(table)["treatment"].tolist() == ["mine"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("negcon", "negative"),
        ("NEGATIVE", "negative"),
        ("negative_control", "negative"),
        ("DMSO", "negative"),
        ("True", "negative"),
        ("poscon_cp", "positive"),
        ("positive_control", "positive"),
        ("empty", "empty"),
        ("trt", ""),
        ("False", ""),
        ("treatment", ""),
        ("", ""),
    ],
)
def test_kinds_of_control_are_spelled_one_way(value: str, kind: str) -> None:
    assert normalise_control(value) == kind
    assert normalise_control(kind) == kind


def test_without_a_column_dmso_is_the_negative_control() -> None:
    assert standardise(pd.DataFrame({"compound": ["DMSO", "taxol"]}))["control"].tolist() == ["negative", ""]
    assert "control" not in standardise(pd.DataFrame({"compound": ["water", "taxol"]}))


def test_a_true_flag_of_a_parquet_table_is_a_negative_control() -> None:
    assert standardise(pd.DataFrame({"is_control": [True, False]}))["control"].tolist() == ["negative", ""]


def test_standardising_twice_changes_nothing() -> None:
    table = pd.DataFrame(
        {
            "Metadata_Plate": ["01"],
            "plate_id": ["7"],
            "Metadata_Well": ["b2"],
            "pert_type": ["negcon"],
            "conc": ["2.50"],
        }
    )
    once = standardise(table)
    pd.testing.assert_frame_equal(standardise(once), once)


def test_missing_values_are_empty_text() -> None:
    assert as_text(pd.Series(["a ", "nan", None, np.nan, "NA", ""])).tolist() == ["a", "", "", "", "", ""]
    assert as_text(pd.Series([1.5, np.nan])).tolist() == ["1.5", ""]
    assert as_text(pd.Series(["a", None], dtype="category")).tolist() == ["a", ""]


def test_one_number_of_a_site_is_one_site_however_it_is_written() -> None:
    found = interpret(pd.DataFrame({"well": "A01", "site": ["1", "01", "1.0", "2", "left"]}))
    assert found.table["site"].tolist() == ["1", "1", "1", "2", "left"]
    assert any("01 and 1 and 1.0: each number is one site" in note for note in found.notes)


def test_sites_that_are_spelled_one_way_stay_as_they_are() -> None:
    found = interpret(pd.DataFrame({"well": "A01", "site": ["01", "02", "10"]}))
    assert found.table["site"].tolist() == ["01", "02", "10"]
    assert not [note for note in found.notes if "spelled" in note]


@pytest.mark.parametrize("beside", [{"Dose (nM)": ["5 uM", "7"]}, {"Dose": ["5 uM", "7"], "dose_unit": ["nM", "nM"]}])
def test_a_unit_in_a_cell_that_contradicts_its_heading_is_said(beside: dict[str, list[str]]) -> None:
    found = interpret(pd.DataFrame({"well": ["A01", "A02"], "compound": "x", **beside}))
    assert any("1 cell names another unit" in note and "'5 uM' where these say nM" in note for note in found.notes)
    doses = dict(zip(found.table["concentration"], found.table["concentration_unit"], strict=True))
    assert doses in ({5.0: "µM", 0.007: "µM"}, {5000.0: "nM", 7.0: "nM"})


def test_two_names_of_one_well_that_may_be_one_site_stay_two_and_are_told() -> None:
    found = interpret(pd.DataFrame({"plate": "P1", "well": ["A1", "A01", "B01"], "site": ["1", "s1", "s2"]}))
    assert found.table["site"].tolist() == ["1", "s1", "s2"]
    (told,) = (note for note in found.notes if "may be one" in note)
    assert told.startswith("plate P1, well A01 has sites '1' and 's1', which may be one: they are kept as two.")
