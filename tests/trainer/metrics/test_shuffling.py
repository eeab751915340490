"""Shuffled labels: who moves where, and that the quick way gives what the slow way gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.metrics.memory import is_shuffling, remembered, shuffling
from cdcl.metrics.null_scores import null_of, score_with_nulls
from cdcl.metrics.scoring import METRICS, levels_of, measure, to_treatments
from cdcl.metrics.shuffling import Null, interval
from cdcl.profiles import Profiles
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable


def sites_of(wells: Profiles, count: int = 2) -> Profiles:
    rows = np.repeat(np.arange(len(wells)), count)
    noise = 0.1 * np.random.default_rng(0).normal(size=(len(rows), wells.values.shape[1]))
    table = wells.table.iloc[rows].reset_index(drop=True)
    table["site"] = np.tile(np.arange(count), len(wells))
    return Profiles((wells.values[rows] + noise).astype(np.float32), table, "site")


@given(seed=st.integers(0, 100), within=st.sampled_from(["batch", "plate", ""]))
@settings(max_examples=15, deadline=None)
def test_labels_move_between_treated_wells_of_one_group_and_none_is_lost(seed: int, within: str) -> None:
    from tests.trainer.metrics.conftest import make_wells

    profiles = sites_of(make_wells(seed % 5, batches=2, treatments=4, controls=2))
    null = Null(within=within, draws=3, seed=seed)
    table = profiles.table
    everywhere = pd.Series("", index=table.index)
    groups = {"batch": table["batch"], "plate": table["batch"] + "/" + table["plate"], "": everywhere}
    for rows in null.rows(profiles):
        moved = null.relabel(profiles, rows).table
        assert (moved["control"] == table["control"]).all()
        controls = table["control"] == "negative"
        assert (moved["treatment"] == table["treatment"])[controls].all()
        pairs = [pd.crosstab(groups[within], frame["treatment"]) for frame in (table, moved)]
        pd.testing.assert_frame_equal(*pairs)
        known = moved.groupby(["batch", "plate", "well"])[["treatment", "compound", "mechanism"]].nunique()
        assert (known == 1).all().all(), "sites of a well move together"
        kinds = moved[~controls].groupby("treatment")[["compound", "mechanism"]].nunique()
        assert (kinds == 1).all().all(), "what belongs to a treatment moves with it"


def test_the_same_seed_gives_the_same_shuffles(wells: Callable[..., Profiles]) -> None:
    one, other, third = (Null(seed=seed).rows(wells()) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, other)
    assert (one != third).any()


@pytest.mark.parametrize("name", sorted(set(METRICS) - {"treatment_unseen_batch"}))
def test_a_shuffled_score_is_what_the_metric_gives_for_relabelled_profiles(
    name: str, wells: Callable[..., Profiles]
) -> None:
    """The slow way: relabel, then measure from scratch. What is remembered between shuffles must not change a value."""
    profiles = levels_of(sites_of(wells(effect=0.8))).of(name)[0] if not METRICS[name].of_treatments else wells()
    null = null_of(name, draws=3)
    ready = to_treatments if METRICS[name].of_treatments else (lambda each: each)
    relabelled = [ready(null.relabel(profiles, rows)) for rows in null.rows(profiles)]
    slow = [measure(name, each).value for each in relabelled]
    with shuffling():
        quick = [measure(name, each).value for each in relabelled]
    # The probe under shuffled labels is a ridge regression; strangers' percentile is that of the first shuffle.
    loose = name.endswith(("_probe", "_probe_other_plate")) or name == "percent_replicating"
    assert quick == pytest.approx(slow, abs=0.25 if loose else 1e-9, nan_ok=True)


def test_noise_lies_within_its_null_and_treatments_above(wells: Callable[..., Profiles]) -> None:
    strong = {score.name: score for score in finish(score_with_nulls(wells(effect=3.0)))}
    weak = {score.name: score for score in finish(score_with_nulls(wells(effect=0.0)))}
    for name in ("treatment_other_batch", "map_distinct", "percent_replicating", "ari"):
        assert strong[name].value > strong[name].null_high, name
        assert strong[name].lift == pytest.approx(strong[name].value - strong[name].null)
    for name in ("treatment_other_batch", "map_distinct", "map_activity", "clisi", "nmi", "graph_connectivity"):
        spread = weak[name].null_high - weak[name].null_low
        assert weak[name].null_low - 2 * spread <= weak[name].value <= weak[name].null_high + 2 * spread, name


def test_where_no_label_can_move_there_is_no_null_and_the_note_says_so(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=2, treatments=4)
    treated = profiles.table["control"] == ""
    profiles.table["batch"] = profiles.table["batch"].where(~treated, "b" + profiles.table["treatment"])
    found = {score.name: score for score in finish(score_with_nulls(profiles))}
    assert np.isnan(found["clisi"].null)
    assert "labels cannot be shuffled on this design" in found["clisi"].note


def test_nothing_is_remembered_outside() -> None:
    calls: list[int] = []
    for _ in range(2):
        remembered(lambda: calls.append(1), "x", np.arange(3))
    with shuffling():
        assert is_shuffling()
        for _ in range(2):
            remembered(lambda: calls.append(1), "x", np.arange(3))
        remembered(lambda: calls.append(1), "x", np.arange(4))
    assert len(calls) == 4
    assert not is_shuffling()


def test_a_null_of_which_most_draws_failed_is_none() -> None:
    assert interval([0.1, 0.3, float("nan")])[0] == pytest.approx(0.2)
    assert np.isnan(interval([0.1, float("nan"), float("nan")])).all()
