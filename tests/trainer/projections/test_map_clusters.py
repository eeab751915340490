"""Clusters of maps with known ones: found, named by what is in them, and not trusted where they are chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import HDBSCAN  # noqa: F401  takes seconds, which would count as the time of the first test

from cdcl.cli import main
from cdcl.errors import ProfilesError
from cdcl.projections import Projection, read_projection, write_projection
from cdcl.projections.cluster_names import name_clusters
from cdcl.projections.map_clusters import MapClusters, cluster_map
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

PLACES = np.array([[0, 0], [10, 0], [0, 10]])


@pytest.fixture(scope="module")
def screen() -> tuple[np.ndarray, pd.DataFrame]:
    """Two plates of twelve wells of eight fields; three treatments lie apart, of sizes 5, 4 and 3 wells a plate."""
    rng, well = np.random.default_rng(0), np.repeat(np.arange(24), 8)
    kind = np.repeat([0, 1, 2], [5, 4, 3])[well % 12]
    table = pd.DataFrame(
        {"batch": "B1", "plate": [f"P{w // 12}" for w in well], "well": [f"A{w % 12:02d}" for w in well]}
    )
    table = table.assign(site=np.arange(192) % 8, treatment=np.array(["DMSO", "taxol", "AZ1"])[kind])
    return (PLACES[kind] + rng.normal(0, 0.5, (192, 2))).astype(np.float32), table


@pytest.fixture(scope="module")
def found(screen: tuple[np.ndarray, pd.DataFrame]) -> MapClusters:
    points, table = screen
    return finish(cluster_map(points, pd.factorize(table["plate"] + table["well"])[0], smallest=15))


def test_what_lies_apart_is_found_and_stable(found: MapClusters, screen: tuple[np.ndarray, pd.DataFrame]) -> None:
    treatments = screen[1]["treatment"].to_numpy()
    for number, treatment in enumerate(("DMSO", "taxol", "AZ1"), start=1):
        assert set(treatments[found.labels == number]) == {treatment}
        assert (found.labels == number).sum() > 0.8 * (treatments == treatment).sum()
    assert found.stability.shape == (3,)
    assert found.stability.min() > 0.75


def test_clusters_are_named_by_what_is_in_them(found: MapClusters, screen: tuple[np.ndarray, pd.DataFrame]) -> None:
    named = finish(name_clusters(screen[1], found))
    assert named["cluster"].tolist() == ["1: DMSO", "2: taxol", "3: AZ1"]
    assert named["wells"].tolist() == [10, 8, 6]
    other = finish(name_clusters(screen[1].assign(treatment="none"), found))
    assert other["cluster"].tolist() == ["1", "2", "3"]


def test_clusters_of_noise_do_not_come_again() -> None:
    points = np.random.default_rng(1).uniform(size=(300, 2)).astype(np.float32)
    found = finish(cluster_map(points, smallest=8))
    assert len(found.stability) > 2
    assert np.median(found.stability) < 0.6


def test_points_that_were_not_placed_are_in_none(screen: tuple[np.ndarray, pd.DataFrame]) -> None:
    points = np.concatenate([screen[0], np.full((3, 2), np.nan, np.float32)])
    assert finish(cluster_map(points, smallest=15)).labels[-3:].tolist() == [0, 0, 0]


def test_one_point_many_times_is_no_cluster() -> None:
    found = finish(cluster_map(np.zeros((50, 2), np.float32)))
    assert not found.labels.any()
    assert not len(found.stability)


@pytest.mark.parametrize(("num", "smallest", "said"), [(9, 0, "10 points at least"), (40, 41, "say 2 to 40")])
def test_questions_without_answer_are_refused(num: int, smallest: int, said: str) -> None:
    points = np.random.default_rng(0).normal(size=(num, 2)).astype(np.float32)
    with pytest.raises(ProfilesError, match=said):
        finish(cluster_map(points, smallest=smallest))


def test_the_verb_writes_a_column_and_a_list(
    screen: tuple[np.ndarray, pd.DataFrame], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_projection(Projection(screen[0], screen[1], "umap", {"level": "site"}), tmp_path / "map.parquet")
    out = tmp_path / "clusters.parquet"
    assert main(["cluster", str(tmp_path / "map.parquet"), "--smallest", "15", "-o", str(out)]) == 0
    column = read_projection(out).table["cluster"]
    assert set(column) <= {"1: DMSO", "2: taxol", "3: AZ1", "none"}
    assert pd.read_csv(out.with_suffix(".csv"))["profiles"].tolist() == [
        int((column == name).sum()) for name in ("1: DMSO", "2: taxol", "3: AZ1")
    ]
    assert "3 clusters" in "".join(capsys.readouterr())
    assert main(["cluster", str(tmp_path / "map.parquet"), "--by", "donor", "-o", str(out)]) == 2
    assert "no column donor" in capsys.readouterr().err
