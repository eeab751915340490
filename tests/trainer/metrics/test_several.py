"""Several mechanisms of a treatment: one rule for all scores, against the rule written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.hits.references import nearest_references
from cdcl.metrics import knn_accuracy, linear_probe, map_consistency, nsc, nscb
from cdcl.metrics.knn import TEMPERATURE
from cdcl.metrics.positives import ROUNDING
from cdcl.metrics.precision import several_precisions
from cdcl.metrics.scoring import METRICS, measure
from cdcl.metrics.several import parts_of, shares_any
from cdcl.profiles import Profiles
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.metrics.score import Score

OF_MECHANISMS = [name for name in METRICS if name.startswith(("mechanism_", "map_consistency", "nsc"))]


def several(seed: int = 0, count: int = 40) -> Profiles:
    """Treatments, each of its own compound, with one or two of five mechanisms, in two batches."""
    rng = np.random.default_rng(seed)
    names = [sorted(rng.choice(list("abcde"), size=1 + number % 2, replace=False)) for number in range(count)]
    directions = rng.normal(size=(5, 8))
    values = np.array([sum(directions["abcde".index(name)] for name in own) for own in names])
    values += 0.8 * rng.normal(size=values.shape)
    table = pd.DataFrame(
        {
            "treatment": [f"t{number}" for number in range(count)],
            "compound": [f"c{number}" for number in range(count)],
            "mechanism": ["|".join(own) for own in names],
            "batch": [f"b{number % 3}" for number in range(count)],
            "plate": "p",
            "well": [f"W{number}" for number in range(count)],
        }
    )
    return Profiles(values.astype(np.float32), table, "treatment")


def sets_of(profiles: Profiles) -> list[set[str]]:
    return [set(text.split("|")) for text in profiles.table["mechanism"]]


def test_sharing_any_is_sharing() -> None:
    profiles = several()
    own = sets_of(profiles)
    slow = [[bool(one & other) for other in own] for one in own]
    np.testing.assert_array_equal(shares_any(profiles.table["mechanism"]), slow)


def test_a_bar_in_the_name_of_a_treatment_is_part_of_it() -> None:
    assert parts_of(["a|b"], "treatment") is None
    assert parts_of(["a", "b"], "mechanism") is None


@pytest.mark.parametrize(("metric", "apart"), [(nsc, ("compound",)), (nscb, ("compound", "batch"))])
def test_the_nearest_matches_where_it_shares_any(metric: Callable[[Profiles], Score], apart: tuple[str, ...]) -> None:
    profiles = several()
    own, cosines = sets_of(profiles), unit(profiles.values) @ unit(profiles.values).T
    for name in apart:
        column = profiles.table[name].to_numpy()
        cosines[column[:, None] == column[None, :]] = -np.inf
    hits = [bool(own[row] & own[int(cosines[row].argmax())]) for row in range(len(own))]
    found = metric(profiles)
    assert found.value == pytest.approx(np.mean(hits))
    allowed = cosines > -np.inf
    shared = np.array([[bool(one & other) for other in own] for one in own]) & allowed
    assert found.chance == pytest.approx((shared.sum(axis=1) / allowed.sum(axis=1)).mean())


def test_neighbours_vote_for_each_of_their_mechanisms() -> None:
    profiles = several(1)
    own, cosines = sets_of(profiles), unit(profiles.values) @ unit(profiles.values).T
    np.fill_diagonal(cosines, -np.inf)
    hits, chances = [], []
    for row in range(len(own)):
        right = sum(bool(own[row] & other) for number, other in enumerate(own) if number != row)
        votes = dict.fromkeys("abcde", 0.0)
        for other in np.argsort(-cosines[row], kind="stable")[: min(10, right)].tolist():
            for name in own[other]:
                votes[name] += float(np.exp((cosines[row, other] - 1) / TEMPERATURE))
        hits.append(max(votes, key=lambda name: votes[name]) in own[row])
        chances.append(right / (len(own) - 1))
    found = knn_accuracy(profiles, "mechanism", diffby=("compound",))
    assert found.value == pytest.approx(np.mean(hits))
    assert found.chance == pytest.approx(np.mean(chances))
    assert set(found.groups["label"]) <= set("abcde")


def test_precision_has_sharers_for_positives_and_those_that_share_nothing_for_negatives() -> None:
    profiles = several(2)
    own, cosines = sets_of(profiles), unit(profiles.values) @ unit(profiles.values).T
    held, singles = parts_of(profiles.table["mechanism"].to_numpy(dtype=str), "mechanism") or (None, None)
    assert singles.tolist() == list("abcde")
    found, labels, _ = several_precisions(profiles.values, held, np.arange(len(own)))
    means: dict[str, list[float]] = {name: [] for name in "abcde"}
    for row, one in enumerate(own):
        mine = sorted((cosines[row, j] for j, other in enumerate(own) if j != row and one & other), reverse=True)
        theirs = np.array([cosines[row, j] for j, other in enumerate(own) if not one & other])
        value = np.mean([(k + 1) / (k + 1 + (theirs >= c - ROUNDING).sum()) for k, c in enumerate(mine)])
        for name in one:
            means[name].append(float(value))
    for number, name in enumerate("abcde"):
        assert found.values[labels == number] == pytest.approx(means[name])
    score = map_consistency(profiles)
    assert score.value == pytest.approx(np.mean([np.mean(values) for values in means.values()]))
    assert score.groups["label"].tolist() == list("abcde")


def test_a_probe_is_right_where_it_names_any_mechanism_and_counts_each_profile_once() -> None:
    found = linear_probe(several(3, 60), "mechanism", groups="compound")
    assert found.count == 60
    assert found.value > 0.6 > found.chance > 0.2
    assert found.groups["count"].sum() == 60


@pytest.mark.parametrize("name", OF_MECHANISMS)
def test_no_mechanism_is_a_third_kind(name: str) -> None:
    """Compounds with both mechanisms beside compounds with one: joined text would have no equal in another compound."""
    rng = np.random.default_rng(0)
    count = 36
    kinds = np.resize(["a", "b", "a|b", "c", "d", "c|d"], count)
    centres = {"a": [1, 0], "b": [1, 0.4], "a|b": [1, 0.2], "c": [-1, 0], "d": [-1, 0.4], "c|d": [-1, 0.2]}
    values = np.array([centres[kind] for kind in kinds]) + 0.02 * rng.normal(size=(count, 2))
    table = pd.DataFrame({"treatment": [f"t{number}" for number in range(count)], "mechanism": kinds})
    table = table.assign(compound=table["treatment"], batch=np.resize(["x", "y", "z", "w", "v"], count), plate="p")
    table = table.assign(well=[f"W{number}" for number in range(count)], source=np.resize(["s", "t"], count))
    only = kinds != "a|b"
    only[np.flatnonzero(~only)[0]] = True  # one compound alone has both
    score = measure(name, Profiles(values.astype(np.float32)[only], table[only].reset_index(drop=True), "well"))
    if name not in ("mechanism_not_same_position", "mechanism_odds", "mechanism_enriched"):
        assert score.available, score.note
    if name in ("nsc", "nscb", "mechanism_other_compound"):
        assert score.can_be_right == int(only.sum())


def test_likeness_is_right_where_any_mechanism_is_shared() -> None:
    """Half of the nearest share one of two mechanisms: by the joined text none would be right, nor answerable."""
    angles = np.deg2rad(np.concatenate([[10 * n, 10 * n + 1] for n in range(12)]))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    kinds = np.array([name for n in range(12) for name in (f"m{n}|x{n}", f"m{n}" if n % 2 else f"y{n}")])
    kinds[1::4] = "z"  # what others have too, though not the nearest
    found = nearest_references(vectors, np.array([f"c{n}" for n in range(24)]), kinds)
    assert found["confidence"].dropna().between(0.2, 0.8).all()
    assert len(found["confidence"].dropna()) == 24
