"""Corrections joined by `+`: fitted in their order, stored and applied as one; each new step by its right values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from cdcl.errors import ProfilesError
from cdcl.profiles import fit_correction, read_correction, write_correction
from cdcl.profiles.corrections import CORRECTIONS, PRESETS, STEPS, Chain, Settings, steps_of, title_of
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles

CHAINS = ("z+tvn", "robust-z+rint+select", "pc64+batch-z", "centre+zca+z", *PRESETS)


def test_chain_is_its_steps_by_hand(wells: Profiles) -> None:
    first = fit_correction(wells, "z")
    between = first.apply(wells)
    by_hand = fit_correction(between, "tvn").apply(between)
    chained = fit_correction(wells, "z+tvn").apply(wells)
    np.testing.assert_array_equal(chained.values, by_hand.values)
    assert chained.names == by_hand.names


def test_chain_of_one_is_the_correction_itself(wells: Profiles) -> None:
    assert not isinstance(fit_correction(wells, "z"), Chain)
    assert steps_of("z") == ("z",)


@pytest.mark.parametrize("method", CHAINS)
def test_what_is_stored_applies_as_what_was_fitted(method: str, wells: Profiles, tmp_path: Path) -> None:
    fitted = fit_correction(wells, method)
    write_correction(fitted, tmp_path / "chain.npz")
    again = read_correction(tmp_path / "chain.npz")
    assert (again.method, again.notes, again.fitted_on) == (fitted.method, fitted.notes, fitted.fitted_on)
    np.testing.assert_array_equal(again.apply(wells).values, fitted.apply(wells).values)
    assert np.isfinite(fitted.apply(wells).values).all()


@pytest.mark.parametrize("method", [*CHAINS, "rint", "select", "pc64", "batch-z"])
def test_rows_that_are_added_change_no_other(method: str, wells: Profiles) -> None:
    fitted = fit_correction(wells, method)
    half = wells.take(np.arange(0, len(wells), 2))
    alone, among = fitted.apply(half).values, fitted.apply(wells).values[::2]
    np.testing.assert_allclose(alone, among, rtol=1e-5, atol=1e-5)


def test_provenance_names_every_step(wells: Profiles) -> None:
    noted = fit_correction(wells, "z+tvn").apply(wells).provenance["correction"]
    assert noted["method"] == "z+tvn"
    assert [step["method"] for step in noted["steps"]] == ["z", "tvn"]


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("z+tvm", "unknown correction 'tvm'. Did you mean 'tvn'?"),
        ("z+", "unknown correction ''"),
        ("+", "unknown correction ''"),
        ("arevallo", "Did you mean 'arevalo'?"),
    ],
)
def test_step_that_is_not_known_is_named(method: str, said: str, wells: Profiles) -> None:
    with pytest.raises(ProfilesError, match=r"joined by \+") as error:
        fit_correction(wells, method)
    assert said in str(error.value)


def test_step_that_fails_is_named_with_its_place(wells: Profiles) -> None:
    lonely = replace(wells, table=wells.table.drop(columns="batch"))
    with pytest.raises(ProfilesError, match=r"batch-z, step 2 of z\+batch-z: "):
        fit_correction(lonely, "z+batch-z")


def test_presets_are_chains_of_known_steps() -> None:
    for name in PRESETS:
        assert set(steps_of(name)) <= set(STEPS)
    assert title_of("z+tvn") == f"{CORRECTIONS['z'].title}, then {CORRECTIONS['tvn'].title}"


def test_rank_normal_values_are_bloms(wells: Profiles) -> None:
    found = fit_correction(wells, "rint").apply(wells).values
    ranks = rankdata(wells.values, axis=0)
    wanted = norm.ppf((ranks - 0.375) / (len(wells) + 0.25))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@given(st.lists(st.floats(-5, 5, width=32), min_size=2, max_size=30))
@settings(deadline=None, max_examples=30)
def test_rank_normal_keeps_the_order_of_new_values(new: list[float]) -> None:
    rng = np.random.default_rng(0)
    method = STEPS["rint"]
    from cdcl.profiles.corrections.sample import Sample

    def sample(values: list[float]) -> Sample:
        rows = np.ones(len(values), dtype=bool)
        return Sample(np.array(values)[:, None], np.zeros(len(values), np.int64), ("all",), rows, rows)

    arrays = finish(method.learn(sample(rng.normal(size=50).tolist()), Settings())).arrays
    found = method.apply(arrays, sample(sorted(new)), Settings())[:, 0]
    assert (np.diff(found) >= 0).all()
    assert np.isfinite(found).all()


def test_components_keep_distances_among_controls(wells: Profiles) -> None:
    found = fit_correction(wells, "pc64").apply(wells).values
    controls = (wells.table["control"] == "negative").to_numpy()
    centred = wells.values[controls] - wells.values[controls].mean(axis=0)
    np.testing.assert_allclose(found[controls] @ found[controls].T, centred @ centred.T, rtol=1e-3, atol=1e-2)
    spread = found[controls].var(axis=0)
    assert (np.diff(spread) <= 1e-3 * spread[0]).all()


def test_batch_z_gives_controls_of_each_batch_mean_0_and_deviation_1(wells: Profiles) -> None:
    found = fit_correction(wells, "batch-z").apply(wells).values
    for batch in ("0", "1", "2"):
        rows = ((wells.table["control"] == "negative") & (wells.table["batch"] == batch)).to_numpy()
        np.testing.assert_allclose(found[rows].mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(found[rows].std(axis=0, ddof=1), 1, atol=0.02)


def test_selection_drops_what_is_constant_or_said_twice(wells: Profiles) -> None:
    values = np.column_stack([wells.values, wells.values[:, 0] * 2 + 1, np.ones(len(wells))]).astype(np.float32)
    names = (*wells.names, "twice", "constant")
    more = replace(wells, values=values, features=names)
    found = fit_correction(more, "select").apply(more)
    assert "constant" not in found.names
    assert len({wells.names[0], "twice"} & set(found.names)) == 1
    correlation = np.abs(np.corrcoef(found.values, rowvar=False))
    np.fill_diagonal(correlation, 0)
    assert correlation.max() <= 0.9 + 1e-6
    for name in found.names:
        np.testing.assert_array_equal(found.values[:, found.names.index(name)], values[:, names.index(name)])
