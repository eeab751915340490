"""A folder with a table a plate is read as one, and what of it is not is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import read_profiles
from cdcl.profiles.sources import open_profiles

if TYPE_CHECKING:
    from pathlib import Path


def plate(number: int, features: str = "abc") -> pd.DataFrame:
    rng = np.random.default_rng(number)
    frame = pd.DataFrame({"Metadata_Plate": f"P{number}", "Metadata_Well": [f"A{well:02d}" for well in range(1, 7)]})
    return frame.assign(**{f"Cells_{name}": rng.normal(size=6) for name in features})


def test_a_table_a_plate_is_one_set_of_profiles(tmp_path: Path) -> None:
    tables = [plate(number) for number in range(3)]
    for number, table in enumerate(tables):
        (tmp_path / f"week{number}").mkdir()
        table.to_csv(tmp_path / f"week{number}" / f"P{number}.csv", index=False)
    profiles, run = open_profiles(tmp_path)
    assert run is None
    assert profiles.level == "well"
    assert list(profiles.table["plate"]) == ["P0"] * 6 + ["P1"] * 6 + ["P2"] * 6
    expected = pd.concat(tables)[["Cells_a", "Cells_b", "Cells_c"]].to_numpy()
    np.testing.assert_allclose(profiles.values, expected, rtol=1e-6)
    assert profiles.reading.facts[:2] == (
        "3 tables, 18 wells: P0.csv, P1.csv, P2.csv",
        "3 features: Cells_a, Cells_b, ..., Cells_c",
    )
    assert profiles.provenance["tables"] == ["P0.csv", "P1.csv", "P2.csv"]


def test_what_not_every_table_has_is_left_out_and_named(tmp_path: Path) -> None:
    plate(0, "abc").to_csv(tmp_path / "one.csv", index=False)
    plate(1, "cbp").assign(Metadata_Compound="taxol").to_parquet(tmp_path / "two.parquet")
    pd.DataFrame({"Metadata_Plate": ["P0"], "Metadata_Note": ["wet"]}).to_csv(tmp_path / "notes.csv", index=False)
    profiles = read_profiles(tmp_path)
    assert profiles.names == ("Cells_b", "Cells_c")
    np.testing.assert_allclose(profiles.values[6:], plate(1, "cbp")[["Cells_b", "Cells_c"]], rtol=1e-6)
    assert list(profiles.table["compound"]) == [""] * 6 + ["taxol"] * 6
    assert profiles.reading.notes[:3] == (
        "notes.csv has no features and is left out.",
        "features that are not in every table are left out: Cells_a, Cells_p; two.parquet lacks the first.",
        "columns that are not in every table are empty for the others: compound, treatment.",
    )


def test_facts_of_compounds_beside_the_plates_are_no_profiles_and_folders_below_are_named(tmp_path: Path) -> None:
    for number in range(2):
        plate(number).to_csv(tmp_path / f"P{number}.csv", index=False)
    facts = pd.DataFrame({"Metadata_Treatment": list("abcdef"), "weight_of_it": np.arange(6) * 1.7 + 0.3})
    facts.to_csv(tmp_path / "compounds.tsv", sep="\t", index=False)
    (tmp_path / "older").mkdir()
    plate(3).to_csv(tmp_path / "older" / "P3.csv", index=False)
    profiles = read_profiles(tmp_path)
    assert len(profiles) == 12
    assert profiles.reading.notes[:2] == (
        "compounds.tsv has none of the others' features and is left out.",
        "1 table in the folders below is not read, such as older/P3.csv.",
    )


def test_the_only_table_of_a_folder_is_named(tmp_path: Path) -> None:
    plate(0).to_csv(tmp_path / "P0.csv", index=False)
    assert read_profiles(tmp_path).reading.facts[0] == "1 table: P0.csv"


def test_tables_that_name_no_plate_are_a_plate_each(tmp_path: Path) -> None:
    for number in range(2):
        plate(number).drop(columns="Metadata_Plate").to_csv(tmp_path / f"BR{number}.csv.gz", index=False)
    profiles = read_profiles(tmp_path)
    assert set(profiles.table["plate"]) == {"BR0", "BR1"}
    assert "each is taken for one plate, called as its file" in profiles.reading.notes[0]


def test_a_note_of_all_tables_is_given_once(tmp_path: Path) -> None:
    for number in range(2):
        plate(number).assign(Metadata_Well="A01", Cells_x=1).assign(leiden=0.5).to_csv(
            tmp_path / f"{number}.csv", index=False
        )
    notes = [note for note in read_profiles(tmp_path).reading.notes if "leiden" in note]
    assert len(notes) == 1
    assert notes[0].startswith("in all 2 tables: ")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("P0.csv", "again.csv"), "P0.csv and again.csv both hold wells of P0, A01; leave one table a plate"),
        (("P0.csv", "other.csv"), "no feature in common"),
        (("P0.csv", "treatments.csv"), r"tables of several levels \(P0.csv of wells, treatments.csv of treatments\)"),
        (("notes.csv",), r"none of its tables has features \(notes.csv\)"),
        (("part-0.parquet", "part-1.parquet"), "parts of a table as it seems"),
        (("plate=P1/0.parquet",), "parts of a table as it seems"),
    ],
)
def test_tables_that_do_not_belong_together_are_refused(names: tuple[str, ...], words: str, tmp_path: Path) -> None:
    without = plate(0).drop(columns="Metadata_Plate")
    tables = {
        "P0.csv": plate(0),
        "again.csv": plate(0),
        "other.csv": plate(1, "pqr"),
        "treatments.csv": plate(0).drop(columns=["Metadata_Well"]).assign(Metadata_Treatment="t"),
        "notes.csv": pd.DataFrame({"Metadata_Plate": ["P0"], "Metadata_Note": ["wet"]}),
        "part-0.parquet": without,
        "part-1.parquet": without,
        "plate=P1/0.parquet": without,
    }
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        tables[name].to_csv(path, index=False) if name.endswith("csv") else tables[name].to_parquet(path)
    with pytest.raises(ProfilesError, match=words):
        read_profiles(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t.xlsx", "t.xlsx is a workbook: save its sheet of profiles as CSV, and give that."),
        ("t.rds", "t.rds: profiles are read from .parquet, .csv, .tsv and .txt (also .gz), DeepProfiler's .npz, "),
    ],
)
def test_what_is_not_read_is_refused_with_what_is_and_its_path_once(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(ProfilesError) as refused:
        read_profiles(tmp_path / name)
    assert words in str(refused.value)
    assert str(refused.value).count(str(tmp_path)) == 1


def test_text_with_tabs_is_read(tmp_path: Path) -> None:
    plate(0).to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    np.testing.assert_allclose(read_profiles(tmp_path / "t.tsv").values, plate(0).iloc[:, 2:], rtol=1e-6)


def test_features_are_counted_when_those_with_gaps_are_gone(tmp_path: Path) -> None:
    frame = plate(0, "abcd")
    frame.loc[2, "Cells_b"] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert read_profiles(tmp_path / "t.csv").reading.facts[0] == "3 features: Cells_a, Cells_c, ..., Cells_d"
