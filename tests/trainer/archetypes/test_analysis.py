"""From profiles to archetypes, labels, plates, controls and files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.archetypes import (
    Analysis,
    Files,
    compositions,
    controls_outside,
    describe,
    find_archetypes,
    mixed,
    polygon,
    write_analysis,
)
from cdcl.archetypes.space import principal, scaled
from cdcl.errors import ProfilesError
from cdcl.events import Event, Said, Warned
from cdcl.profiles import Profiles, read_profiles
from cdcl.projections import project
from cdcl.projections.archetypes import drawn
from cdcl.runs.own_tables import QUALITY
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def analysis(assay: Profiles) -> Analysis:
    return finish(find_archetypes(assay, 3))


def test_treatments_that_were_drawn_apart_are_archetypes(analysis: Analysis) -> None:
    assert analysis.names == ("A1", "A2", "A3")
    found = dict(zip(describe(analysis)["archetype"], describe(analysis)["examples"], strict=True))
    assert "DMSO" in found["A1"]
    assert "Dull" in found["A1"]
    assert {text.split(" ")[0] for text in found.values()} == {"Dull", "Stop", "Grow"}


def test_archetypes_are_numbered_by_their_share(analysis: Analysis) -> None:
    shares = analysis.weights.mean(axis=0)
    assert (np.diff(shares) <= 0).all()
    np.testing.assert_allclose(describe(analysis)["share"], shares)
    assert shares.sum() == pytest.approx(1.0)


def test_only_confident_profiles_are_labelled(analysis: Analysis) -> None:
    labels = analysis.labels(0.7)
    best = analysis.weights.max(axis=1)
    assert ((labels == "") == (best < 0.7)).all()
    assert (analysis.labels(0.01) != "").all()
    named = analysis.weights[labels == "A2"]
    assert len(named) > 0
    assert (named.argmax(axis=1) == 1).all()


def test_the_order_of_profiles_changes_nothing_but_their_order(assay: Profiles, analysis: Analysis) -> None:
    order = np.random.default_rng(0).permutation(len(assay))
    other = finish(find_archetypes(assay.take(order), 3))
    np.testing.assert_allclose(other.weights, analysis.weights[order], atol=0.02)


def test_held_out_profiles_are_weighed_but_shape_nothing(assay: Profiles) -> None:
    split = np.where(assay.table["batch"] == "B2", "test", "train")
    held_out = replace(assay, table=assay.table.assign(split=split))
    changed = replace(held_out, values=assay.values + 9.0 * (split == "test")[:, None] * np.eye(1, 10, 5))
    events: list[Event] = []
    one, other = finish(find_archetypes(held_out, 3), events.append), finish(find_archetypes(changed, 3))
    trained = split == "train"
    np.testing.assert_array_equal(one.fitted, trained)
    np.testing.assert_allclose(one.weights[trained], other.weights[trained])
    np.testing.assert_allclose(one.weights.sum(axis=1), 1.0)
    assert any(
        isinstance(event, Said) and "48 site profiles (those trained on, of 96)" in event.message for event in events
    )


def test_the_control_that_went_bad_is_found(analysis: Analysis) -> None:
    outside = controls_outside(analysis)
    assert outside[["batch", "plate", "well", "treatment"]].to_numpy().tolist() == [["B2", "P2", "A09", "DMSO"]]
    assert outside["expected"].tolist() == ["A1"]
    assert outside["found"].iloc[0] != "A1"
    assert outside["drift"].iloc[0] > 0.5


def test_controls_that_are_a_mixture_are_not_asked_for_an_archetype(analysis: Analysis) -> None:
    rng = np.random.default_rng(0)
    negative = (analysis.profiles.table["control"] == "negative").to_numpy()
    weights = analysis.weights.copy()
    weights[negative] = rng.dirichlet([20.0, 20.0, 20.0], negative.sum())
    first = np.flatnonzero(negative)[:2]  # the two sites of one well
    weights[first] = [0.0, 0.0, 1.0]
    outside = controls_outside(replace(analysis, weights=weights))
    assert outside[outside["control"] == "negative"][["well", "expected", "found"]].to_numpy().tolist() == [
        ["A01", "mixture", "A3"]
    ]


def test_without_controls_none_is_outside(assay: Profiles, tmp_path: Path) -> None:
    bare = replace(assay, table=assay.table.drop(columns="control"))
    none = controls_outside(finish(find_archetypes(bare, 3)))
    assert len(none) == 0
    # As a file it is a table of the same kind: the report reads it again.
    none.to_csv(tmp_path / "controls.csv", index=False)
    assert len(QUALITY["controls"].read(tmp_path / "controls.csv")) == 0


def test_plates_are_made_of_what_their_profiles_are(analysis: Analysis) -> None:
    plates = compositions(analysis)
    assert plates["plate"].tolist() == ["B1/P1", "B1/P2", "B2/P1", "B2/P2"]
    assert (plates["profiles"] == 24).all()
    np.testing.assert_allclose(plates[["A1", "A2", "A3"]].sum(axis=1), 1.0)
    assert plates["control_drift"].idxmax() == 3
    assert plates["drift"].between(0, 1).all()


def test_profiles_without_plates_have_no_compositions(assay: Profiles) -> None:
    bare = replace(assay, table=assay.table.drop(columns=["plate", "batch", "well"]))
    assert len(compositions(finish(find_archetypes(bare, 3)))) == 0


def test_everything_is_written_and_weights_are_read_as_profiles(analysis: Analysis, tmp_path: Path) -> None:
    files = Files(tmp_path / "deep" / "site.parquet")
    finish(write_analysis(analysis, files))
    weights = read_profiles(files.weights)
    assert weights.names == ("A1", "A2", "A3")
    np.testing.assert_allclose(weights.values, analysis.weights, atol=1e-6)
    assert weights.table["archetype"].tolist() == analysis.labels().tolist()
    np.testing.assert_allclose(weights.table["confidence"], analysis.weights.max(axis=1))
    corners = read_profiles(files.profiles)
    assert corners.values.shape == (3, 10)
    assert corners.table["archetype"].tolist() == ["A1", "A2", "A3"]
    assert len(pd.read_csv(files.plates)) == 4
    assert len(pd.read_csv(files.controls)) == 1
    assert not files.numbers.exists()


def test_the_numbers_that_were_tried_are_written_too(assay: Profiles, tmp_path: Path) -> None:
    events: list[Event] = []
    analysis = finish(find_archetypes(assay), events.append)
    files = Files(tmp_path / "site.parquet")
    finish(write_analysis(analysis, files))
    tried = pd.read_csv(files.numbers)
    assert tried["archetypes"].tolist()[0] == 2
    assert tried["chosen"].sum() == 1
    assert int(tried.loc[tried["chosen"], "archetypes"].iloc[0]) == len(analysis.names) == 3
    assert any(isinstance(event, (Said, Warned)) and "a bootstrap finds them" in event.message for event in events)


def test_an_archetype_is_a_mixture_of_profiles(analysis: Analysis) -> None:
    low, high = analysis.profiles.values.min(axis=0), analysis.profiles.values.max(axis=0)
    assert (analysis.archetypes >= low - 1e-4).all()
    assert (analysis.archetypes <= high + 1e-4).all()


@pytest.mark.parametrize(
    ("level", "drop", "words"),
    [
        ("site", [], "negative controls of each plate"),
        ("site", ["control"], "all profiles of each plate"),
        ("site", ["plate"], "over all profiles"),
        ("treatment", [], "over all profiles"),
    ],
)
def test_plates_are_scaled_by_what_the_table_allows(level: str, drop: list[str], words: str, assay: Profiles) -> None:
    profiles = replace(assay, level=level, table=assay.table.drop(columns=drop))
    assert words in str(scaled(profiles).provenance["scale"])


def test_profiles_that_were_corrected_are_not_corrected_again(assay: Profiles) -> None:
    done = replace(assay, provenance={"correction": {"method": "tvn"}})
    assert scaled(done).provenance["scale"] == "as they are"
    np.testing.assert_array_equal(scaled(done).values, assay.values)


def test_without_plates_each_feature_is_brought_to_one_scale(assay: Profiles) -> None:
    values = scaled(replace(assay, values=assay.values * [1000.0, *[1.0] * 8, 0.0]), "all").values
    np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=0), [1.0] * 9 + [0.0], atol=1e-5)


def test_principal_scores_keep_all_distances_where_dimensions_are_few() -> None:
    values = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    for rows in (np.arange(20), np.arange(4)):  # more rows than features, and fewer
        found = principal(values, rows)
        mine = np.linalg.norm(found.scores[0] - found.scores[1])
        assert mine == pytest.approx(np.linalg.norm(values[0] - values[1]), rel=1e-4)
        assert found.share == pytest.approx(1.0)


def test_a_polygon_has_its_corners_evenly_on_the_circle() -> None:
    corners = polygon(np.random.default_rng(0).normal(size=(5, 7)))
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 1.0)
    np.testing.assert_allclose(corners.sum(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(corners[0], [0.0, 1.0], atol=1e-9)


def test_similar_archetypes_are_neighbours_on_the_polygon() -> None:
    ring = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=float)
    corners = polygon(ring)
    assert np.linalg.norm(corners[0] - corners[1]) == pytest.approx(2.0)  # opposite stays opposite
    assert np.linalg.norm(corners[2] - corners[3]) == pytest.approx(2.0)


def test_a_pure_profile_lies_on_its_corner_and_an_even_mixture_in_the_middle() -> None:
    corners = polygon(np.eye(3))
    np.testing.assert_allclose(mixed(np.eye(3), corners), corners, atol=1e-6)
    np.testing.assert_allclose(mixed(np.full((1, 3), 1 / 3), corners), [[0, 0]], atol=1e-6)


def test_archetypes_are_a_projection_like_the_others(assay: Profiles) -> None:
    found = finish(project(assay, method="archetypes"))
    assert found.points.shape == (96, 2)
    assert np.linalg.norm(found.points, axis=1).max() <= 1.0 + 1e-6
    assert found.parameters["archetypes"] == len(found.parameters["corners"]) >= 2


def test_an_analysis_is_drawn_on_its_own_weights(analysis: Analysis) -> None:
    points, parameters = drawn(analysis)
    np.testing.assert_allclose(points, analysis.weights @ np.array(parameters["corners"]), atol=1e-5)


@pytest.mark.parametrize(
    ("rows", "num", "words"),
    [
        (5, 6, "6 archetypes cannot be found among 5 profiles"),
        (2, None, "archetypes cannot be found among 2 profiles"),
        (5, 1, "1 archetypes say nothing"),
        (5, 0, "0 archetypes say nothing"),
    ],
)
def test_numbers_that_cannot_be_had_are_refused(rows: int, num: int | None, words: str, assay: Profiles) -> None:
    with pytest.raises(ProfilesError, match=words):
        finish(find_archetypes(assay.take(np.arange(rows)), num))


def test_profiles_with_nan_are_refused_before_anything_is_computed(assay: Profiles) -> None:
    assay.values[7, 2] = np.nan
    with pytest.raises(ProfilesError, match=r"emb_0002.*row 7"):
        finish(find_archetypes(assay, 3))


def test_equal_profiles_have_no_archetypes(assay: Profiles) -> None:
    flat = replace(assay, values=np.ones_like(assay.values))
    with pytest.raises(ProfilesError, match="all 96 profiles are equal"):
        finish(find_archetypes(flat, 3))
    drawn = finish(project(flat, method="archetypes")).points
    assert (drawn == drawn[0]).all()  # one point, not a cloud of rounding


def test_two_profiles_have_no_polygon(assay: Profiles) -> None:
    with pytest.raises(ProfilesError, match="use method='pca'"):
        finish(project(assay.take([0, 1]), method="archetypes"))


def test_microtubule_stabilisers_are_an_extreme_of_bbbc021_and_its_controls_lie_together(shared_data: Path) -> None:
    profiles = read_profiles(shared_data / "profiles" / "bbbc021_ljosa2013_well_means.csv.gz")
    analysis = finish(find_archetypes(profiles, 3))
    found = profiles.table.assign(archetype=analysis.labels())
    commonest = found[found["archetype"] != ""].groupby("archetype")["mechanism"].agg(lambda names: names.mode()[0])
    assert "Microtubule stabilizers" in set(commonest)
    stabilised = found[found["archetype"] == commonest[commonest == "Microtubule stabilizers"].index[0]]
    assert (stabilised["mechanism"] == "Microtubule stabilizers").mean() > 0.9
    assert len(controls_outside(analysis)) == 0
