from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.events import Event, Said, Warned
from cdcl.profiles import Profiles
from cdcl.projections import project, read_projection, write_projection
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


def clusters(count: int = 60, dim: int = 8) -> Profiles:
    rng = np.random.default_rng(0)
    code = np.arange(count) % 3
    values = 8 * np.eye(3, dim)[code] + rng.normal(size=(count, dim))
    table = pd.DataFrame({"plate": "p", "well": [f"A{n:02d}" for n in range(count)], "treatment": code.astype(str)})
    return Profiles(values.astype(np.float32), table, "well")


def test_pca_gives_the_two_directions_of_largest_variance() -> None:
    profiles = clusters()
    found = finish(project(profiles, method="pca"))
    centred = profiles.values - profiles.values.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(found.points), np.abs(left[:, :2] * sizes[:2]), rtol=1e-3, atol=1e-3)
    shares = (sizes**2 / (sizes**2).sum())[:2]
    np.testing.assert_allclose(found.parameters["explained_variance"], shares, atol=1e-5)


def test_pca_does_not_depend_on_the_order_of_the_rows() -> None:
    profiles, order = clusters(), np.random.default_rng(1).permutation(60)
    one, other = (finish(project(each, method="pca")) for each in (profiles, profiles.take(order)))
    np.testing.assert_allclose(one.points[order], other.points, atol=1e-4)


@pytest.mark.parametrize(("count", "dim"), [(1, 5), (2, 5), (5, 1)])
def test_pca_of_next_to_nothing_is_finite(count: int, dim: int) -> None:
    found = finish(project(clusters(count, max(dim, 3)), method="pca"))
    assert found.points.shape == (count, 2)
    assert np.isfinite(found.points).all()


def test_umap_keeps_clusters_together_and_follows_its_seed() -> None:
    events: list[Event] = []
    one = finish(project(clusters(), seed=3), events.append)
    again = finish(project(clusters(), seed=3))
    np.testing.assert_array_equal(one.points, again.points)
    assert any(isinstance(event, Said) and "compiling" in event.message for event in events)
    distances = np.linalg.norm(one.points[:, None] - one.points[None], axis=2) + 1e9 * np.eye(60)
    codes = np.arange(60) % 3
    assert (codes[distances.argmin(axis=1)] == codes).all()
    assert one.parameters["seed"] == 3


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_profiles_of_a_collapsed_network_are_one_point_and_no_cloud(method: str) -> None:
    rng = np.random.default_rng(0)
    values = np.full((40, 16), 0.25, np.float32) * (1 + 1e-7 * rng.normal(size=(40, 16))).astype(np.float32)
    table, events = pd.DataFrame({"well": [f"A{n}" for n in range(40)]}), list[Event]()
    found = finish(project(Profiles(values, table, "well"), method=method), events.append)
    assert np.ptp(found.points, axis=0).tolist() == [0.0, 0.0]
    assert any(isinstance(event, Warned) and "has collapsed" in event.message for event in events)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = finish(project(clusters(), method="pca"))
    write_projection(found, tmp_path / "pca.parquet")
    back = read_projection(tmp_path / "pca.parquet")
    np.testing.assert_array_equal(back.points, found.points)
    pd.testing.assert_frame_equal(back.table, found.table)
    assert (back.method, dict(back.parameters)) == ("pca", dict(found.parameters))


def test_an_unknown_method_is_named_with_the_nearest() -> None:
    with pytest.raises(ProfilesError, match=r"unknown projection 'unap'\. Did you mean 'umap'"):
        finish(project(clusters(), method="unap"))


def test_umap_of_three_profiles_points_to_pca() -> None:
    with pytest.raises(ProfilesError, match="use method='pca'"):
        finish(project(clusters(3)))


def test_profiles_with_nan_are_refused_before_anything_is_computed() -> None:
    profiles = clusters()
    profiles.values[7, 2] = np.nan
    with pytest.raises(ProfilesError, match=r"emb_0002.*row 7"):
        finish(project(profiles))


def test_a_file_that_is_no_projection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfilesError, match="holds no projection"):
        read_projection(tmp_path / "umap.parquet")
    pd.DataFrame({"x": [1.0], "y": [2.0]}).to_parquet(tmp_path / "umap.parquet")
    with pytest.raises(ProfilesError, match="holds no projection"):
        read_projection(tmp_path / "umap.parquet")


def test_many_profiles_are_placed_on_the_map_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdcl.projections.umap.FITTED", 90)
    monkeypatch.setattr("cdcl.projections.umap.PLACED", 50)
    profiles, events = clusters(240), list[Event]()
    one = finish(project(profiles, seed=1), events.append)
    assert one.parameters["fitted_on"] == 90
    said = [event.message for event in events if isinstance(event, Said)]
    assert "the map is fitted on 90 of 240 profiles; the others are placed on it" in said
    np.testing.assert_array_equal(one.points, finish(project(profiles, seed=1)).points)
    distances = np.linalg.norm(one.points[:, None] - one.points[None], axis=2) + 1e9 * np.eye(240)
    codes = np.arange(240) % 3
    assert (codes[distances.argmin(axis=1)] == codes).mean() > 0.95
