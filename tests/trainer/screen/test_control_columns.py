"""A column that says which wells are controls is taken where that is certain, and asked about elsewhere."""

from __future__ import annotations

import pandas as pd
import pytest

from cdcl.screen.columns import interpret

HEADINGS = [
    "Type", "type", "Role", "Well type", "WellType", "Class", "Well class", "Kind", "Metadata_Type", "Ctrl type",
    "Cntrl", "Ctrl", "ctl_type", "Controls", "is_ctrl", "Well_Role", "Category", "Status",
]  # fmt: skip
WORDS = [
    ("Neg Ctrl", "Sample", "Pos Ctrl"),
    ("negative control", "compound", "positive control"),
    ("NegCon", "Test", "PosCon"),
    ("DMSO", "treated", "pos. control"),
    ("Neg", "Sample", "Pos"),
    ("vehicle", "", "positive"),
    ("NEG_CTRL", "library", "POS_CTRL"),
    ("negative", "treatment", "positive"),
]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("words", WORDS)
def test_words_of_controls_are_taken_under_any_heading_for_what_wells_are(heading: str, words: tuple[str, ...]) -> None:
    found = interpret(pd.DataFrame({"compound": ["v", "a", "p"], heading: words}))
    assert found.table["control"].tolist() == ["negative", "", "positive"]
    assert found.taken["control"] == heading
    assert heading not in found.table
    assert f"control = {heading}" in found.columns()


def test_what_was_taken_is_said_word_by_word() -> None:
    found = interpret(pd.DataFrame({"compound": list("abcd"), "Type": ["Sample", "Neg Ctrl", "Sample", "Pos Ctrl"]}))
    assert (
        "column 'Type' says which wells are controls: 'Sample' (2) treated; 'Neg Ctrl' (1) negative; 'Pos Ctrl' (1) "
        "positive." in found.notes
    )


@pytest.mark.parametrize("words", [
    ("Negativkontrolle", "Probe", "Positivkontrolle"), ("Negative control N", "Sample X1", "Positive control P"),
    ("Kontrolle neg.", "Substanz", "Kontrolle pos."), ("unbehandelt", "behandelt", "Positivkontrolle"),
])  # fmt: skip
@pytest.mark.parametrize("heading", ["Kontrolle", "Content", "Typ", "Well-Typ"])
def test_words_of_german_laboratories_and_plate_readers_are_known(heading: str, words: tuple[str, ...]) -> None:
    found = interpret(pd.DataFrame({"compound": ["v", "a", "p"], heading: words}))
    assert found.table["control"].tolist() == ["negative", "", "positive"]


def test_samples_with_numbers_are_one_kind() -> None:
    content = ["Negative control N", *(f"Sample X{number}" for number in range(1, 40))]
    found = interpret(pd.DataFrame({"compound": list(range(40)), "Content": content}))
    assert found.table["control"].tolist() == ["negative", *[""] * 39]
    said = [note for note in found.notes if "says which wells are controls" in note]
    assert "'Sample X' (39) treated; 'Negative control N' (1) negative" in said[0]


@pytest.mark.parametrize("heading", ["is_negative_control", "Negative Control", "neg_ctrl", "Is NegCon"])
def test_a_flag_of_negative_controls_is_taken(heading: str) -> None:
    found = interpret(pd.DataFrame({"compound": ["v", "a"], heading: ["TRUE", "FALSE"]}))
    assert found.table["control"].tolist() == ["negative", ""]


def test_a_flag_of_positive_controls_is_asked_about_beside_one_of_negative() -> None:
    table = {"compound": ["v", "p"], "negative_control": ["1", "0"], "positive_control": ["0", "1"]}
    found = interpret(pd.DataFrame(table))
    assert found.table["control"].tolist() == ["negative", ""]
    assert any("column 'positive_control' ('0' (1), '1' (1)) looks like controls" in note for note in found.notes)


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Type", ("Neg Ctrl", "A", "B")),
        ("Class", ("Neg Ctrl", "kinase", "Pos Ctrl")),
        ("remark", ("Neg Ctrl", "Sample", "Pos Ctrl")),
        ("layout", ("DMSO", "Sample", "Sample")),
        ("is_ctrl", ("maybe", "Sample", "x")),
    ],
)
def test_what_is_not_certain_is_asked_about(heading: str, words: tuple[str, ...]) -> None:
    found = interpret(pd.DataFrame({"compound": ["v", "a", "p"], heading: words}))
    assert "control" not in found.table
    assert found.table[heading].tolist() == list(words)
    assert any(f"column '{heading}' (" in note and "call it control" in note for note in found.notes)


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Type", ("A", "B", "C")),
        ("Class", ("positive", "negative", "positive")),
        ("Class", ("kinase", "protease", "kinase")),
        ("solvent", ("DMSO", "DMSO", "DMSO")),
        ("cell line", ("U2OS", "A549", "control line")),
        ("Status", ("1", "0", "1")),
        ("Group", ("n", "y", "y")),
    ],
)
def test_results_and_other_words_are_neither_taken_nor_asked_about(heading: str, words: tuple[str, ...]) -> None:
    found = interpret(pd.DataFrame({"compound": ["v", "a", "p"], heading: words}))
    assert "control" not in found.table
    assert not [note for note in found.notes if heading in note]


def test_a_column_of_controls_stands_above_one_that_looks_like_it() -> None:
    table = {"compound": ["a", "b"], "Type": ["Neg Ctrl", "Sample"], "control_type": ["", "negcon"]}
    found = interpret(pd.DataFrame(table))
    assert found.table["control"].tolist() == ["", "negative"]
    assert found.table["Type"].tolist() == ["Neg Ctrl", "Sample"]
