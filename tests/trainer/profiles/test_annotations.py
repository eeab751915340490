"""Names find their profiles again, whatever the order of rows, and reach the screen's fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles.annotations import annotate_screen, count_names, read_annotations, write_annotations
from cdcl.screen import Screen


@pytest.fixture
def sites() -> pd.DataFrame:
    places = [(batch, well, site) for batch in ("B1", "B2") for well in ("A01", "A02") for site in ("1", "2")]
    table = pd.DataFrame(places, columns=["batch", "well", "site"]).assign(plate="P1", path="x.tif")
    return table.assign(treatment=table["well"])


def test_names_come_back_to_shuffled_rows(sites: pd.DataFrame, tmp_path: Path) -> None:
    names = pd.Series(["round", "", "flat", "", "", "round", "", "flat"])
    write_annotations(tmp_path / "a.parquet", sites, "site", names)
    order = np.random.default_rng(0).permutation(8)
    shuffled = sites.iloc[order].reset_index(drop=True)
    found = read_annotations(tmp_path / "a.parquet", shuffled, "site")
    assert found.tolist() == names.iloc[order].tolist()


def test_levels_share_a_file_and_names_are_taken_back(sites: pd.DataFrame, tmp_path: Path) -> None:
    path, wells = tmp_path / "a.parquet", sites.drop_duplicates(["batch", "well"], ignore_index=True)
    write_annotations(path, sites, "site", pd.Series(["x"] * 8))
    write_annotations(path, wells, "well", pd.Series(["y", "", "", ""]))
    write_annotations(path, sites, "site", pd.Series([""] * 8))
    assert set(read_annotations(path, sites, "site")) == {""}
    assert read_annotations(path, wells, "well").tolist() == ["y", "", "", ""]


def test_no_file_is_no_names_and_a_damaged_one_is_told(sites: pd.DataFrame, tmp_path: Path) -> None:
    assert set(read_annotations(tmp_path / "none.parquet", sites, "site")) == {""}
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ProfilesError, match=r"bad\.parquet cannot be read"):
        read_annotations(tmp_path / "bad.parquet", sites, "site")


def test_cells_lend_their_field_the_commonest_name(sites: pd.DataFrame) -> None:
    screen = Screen(sites, ("DNA",), Path())
    cells = sites.iloc[[0, 0, 0, 1, 2]].reset_index(drop=True).assign(cell=[1, 2, 3, 1, 1])
    labelled = annotate_screen(screen, cells, "cell", pd.Series(["a", "b", "b", "", "a"]))
    assert labelled.sites["annotation"].tolist() == ["b", "", "a", "", "", "", "", ""]


def test_wells_and_treatments_name_all_their_fields(sites: pd.DataFrame) -> None:
    screen = Screen(sites, ("DNA",), Path())
    wells = sites.drop_duplicates(["batch", "well"], ignore_index=True)
    of_wells = annotate_screen(screen, wells, "well", pd.Series(["a", "", "", "b"]))
    assert of_wells.sites["annotation"].tolist() == ["a", "a", "", "", "", "", "b", "b"]
    treatments = pd.DataFrame({"treatment": ["A02"]})
    of_treatments = annotate_screen(screen, treatments, "treatment", pd.Series(["c"]))
    assert (of_treatments.sites["annotation"] == "c").tolist() == [False, False, True, True] * 2


def test_names_are_counted_without_the_unnamed() -> None:
    assert count_names(pd.Series(["b", "", "a", "b"])) == {"a": 1, "b": 2}
