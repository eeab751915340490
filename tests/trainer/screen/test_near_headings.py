"""A misspelt heading is offered the known one: it is neither a feature nor plain text without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.profiles.files import read_profiles
from cdcl.screen.columns import interpret
from cdcl.screen.near_headings import near_heading, near_notes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("concentratoin", "concentration"), ("Concentratoin (uM)", "concentration"),
        ("Concentratoin_uM", "concentration"),
        ("treatmnet", "treatment"), ("Metadata_Treatmeent", "treatment"), ("contrl", "control"),
        ("ccontrl", "control"),
        ("compuond", "compound"), ("mehcanism", "mechanism"), ("plat", "plate"), ("wlel", "well"),
        ("cnoc", "concentration"),
        ("cells", "num_cells"), ("pert_inmae", "compound"), ("does", "concentration"),
    ],
)  # fmt: skip
def test_slips_of_known_headings(column: str, meant: str) -> None:
    assert near_heading(column) == meant


@pytest.mark.parametrize(
    "column",
    ["size", "yield", "Cells_AreaShape_Area", "Nuclei_Count", "compound", "plate2", "sites", "density",
     "path_contrl", "DNA", "note", "passage", "donor", "contrast", "context", "Plates", "mean", "intensity", "texture"],
)  # fmt: skip
def test_other_words_are_no_slips(column: str) -> None:
    assert near_heading(column) == ""


def test_a_misspelt_heading_is_offered_the_known_one() -> None:
    table = pd.DataFrame({"well": ["A01"], "treatmnet": ["x"], "contrl": ["y"], "concentratoin": ["1"], "f": ["z"]})
    said = [note for note in interpret(table).notes if "nearly" in note]
    assert said == [
        (
            "3 columns are nearly called as one that cdcl knows, and not taken for it: 'treatmnet' (treatment?), "
            "'contrl' (control?), 'concentratoin' (concentration?); rename it if it is one."
        )
    ]
    table["treatment"] = "x"
    assert not [note for note in interpret(table).notes if "treatmnet" in note]


def test_a_misspelt_file_name_of_a_channel_is_told() -> None:
    said = near_notes(["FileName_DNA", "FilName_RNA", "PathName_DNA", "Pathname_RNA", "illum_x"], ())
    assert len(said) == 1
    assert "'FilName_RNA' (FileName_RNA?)" in said[0]
    assert near_notes(["FilName_RNA"], ()) == []


@pytest.mark.parametrize("column", ["concentratoin", "Concentrat (uM)", "contrl", "dsoe"])
def test_a_misspelt_column_is_no_feature(tmp_path: Path, column: str) -> None:
    path = tmp_path / "profiles.csv"
    table = {"well": ["A01", "A02", "A03"], column: [1.5, 2.5, 4.5], "f1": [0.1, 0.3, 0.2], "f2": [3.1, 1.3, 2.2]}
    pd.DataFrame(table).to_csv(path, index=False)
    profiles = read_profiles(path)
    assert profiles.names == ("f1", "f2")
    told = [note for note in profiles.reading.notes if f"{column} (" in note]
    assert len(told) == 1
    assert "1 column is no feature, for its name is nearly that of a column that cdcl knows" in told[0]
