from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import aggregate, read_profiles

if TYPE_CHECKING:
    from pathlib import Path


def field(path: Path, cells: int, dim: int = 4, **more: np.ndarray) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    features = np.random.default_rng(cells).normal(size=(cells, dim)).astype(np.float32)
    arrays = {"features": features, "metadata": np.array({"Metadata_Plate": "p"}, dtype=object), **more}
    np.savez(path, **arrays)
    return features


@pytest.mark.parametrize("name", ["{plate}/{well}/{site}.npz", "{plate}/{well}-{site}.npz"])
def test_cells_are_read_from_a_folder_of_plates(name: str, tmp_path: Path) -> None:
    first = field(tmp_path / name.format(plate="P1", well="a1", site=1), 3)
    second = field(tmp_path / name.format(plate="P2", well="B12", site=2), 5)
    cells = read_profiles(tmp_path)
    np.testing.assert_array_equal(cells.values, np.concatenate([first, second]))
    assert cells.level == "cell"
    assert list(cells.table.iloc[3][["plate", "well", "site", "cell"]]) == ["P2", "B12", "2", "0"]
    assert len(aggregate(cells, "well")) == 2


def test_the_pickle_beside_the_features_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    from pathlib import Path

    field(tmp_path / "P1" / "A01" / "1.npz", 2, metadata=np.array([Trap()], dtype=object))
    assert len(read_profiles(tmp_path)) == 2
    assert not (tmp_path / "sprung").exists()


def test_places_of_cells_are_kept(tmp_path: Path) -> None:
    places = np.array([[1, 2], [3, 4]])
    field(tmp_path / "P1" / "A01" / "1.npz", 2, locations=places)
    cells = read_profiles(tmp_path / "P1" / "A01" / "1.npz")
    np.testing.assert_array_equal(cells.table[["x", "y"]], places)


def test_a_table_in_the_folder_says_what_is_in_the_wells(tmp_path: Path) -> None:
    field(tmp_path / "P1" / "A01" / "1.npz", 2)
    field(tmp_path / "P1" / "A02" / "1.npz", 3)
    (tmp_path / "index.csv").write_text("Metadata_Plate,Metadata_Well,Metadata_Compound\nP1,A01,DMSO\nP1,A02,taxol\n")
    cells = read_profiles(tmp_path)
    assert list(cells.table["compound"]) == ["DMSO"] * 2 + ["taxol"] * 3
    assert list(cells.table["control"]) == ["negative"] * 2 + [""] * 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: np.savez(path, other=np.zeros(3)), "no array `features`"),
        (lambda path: np.savez(path, features=np.array([None])), "its features are a pickle"),
        (lambda path: path.write_bytes(b"zip"), "damaged"),
        (lambda path: np.savez(path, features=np.zeros(3)), "have 1 axes, not two"),
    ],
)
def test_a_file_that_is_none_is_named(make, words: str, tmp_path: Path) -> None:
    path = tmp_path / "P1" / "A01" / "1.npz"
    path.parent.mkdir(parents=True)
    make(path)
    with pytest.raises(ProfilesError, match=words) as caught:
        read_profiles(path)
    assert "1.npz" in str(caught.value)


def test_fields_of_two_networks_are_refused(tmp_path: Path) -> None:
    field(tmp_path / "P1" / "A01" / "1.npz", 2)
    field(tmp_path / "P1" / "A02" / "1.npz", 2, dim=7)
    with pytest.raises(ProfilesError, match="has 7 features"):
        read_profiles(tmp_path)


def test_a_path_without_a_well_is_refused(tmp_path: Path) -> None:
    field(tmp_path / "some" / "where" / "x.npz", 2)
    with pytest.raises(ProfilesError, match="names no well"):
        read_profiles(tmp_path)


def test_sites_of_files_and_of_the_table_are_one_however_they_are_spelled(tmp_path: Path) -> None:
    field(tmp_path / "P1" / "A01" / "s1.npz", 2)
    (tmp_path / "index.csv").write_text("Metadata_Plate,Metadata_Well,Metadata_Site,Compound\nP1,A01,1,taxol\n")
    assert list(read_profiles(tmp_path).table["compound"]) == ["taxol"] * 2


def test_two_files_of_a_well_that_may_be_one_site_are_told(tmp_path: Path) -> None:
    field(tmp_path / "P1" / "A01" / "s1.npz", 2)
    field(tmp_path / "P1" / "A01" / "1.npz", 3)
    cells = read_profiles(tmp_path)
    assert cells.table["site"].nunique() == 2
    assert any("sites '1' and 's1', which may be one" in note for note in cells.reading.notes)
