from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned
from cdcl.profiles import CORRECTIONS, Profiles, Settings, correct, fit_correction
from cdcl.profiles.corrections.difference import share_between
from cdcl.tasks import finish

EVERY = sorted(CORRECTIONS)
AFFINE = sorted(set(CORRECTIONS) - {"harmony"})


def in_batch(profiles: Profiles, batch: str) -> Profiles:
    return profiles.take((profiles.table["batch"] == batch).to_numpy())


@pytest.mark.parametrize("method", EVERY)
def test_less_variance_lies_between_batches(method: str, wells: Profiles) -> None:
    after = fit_correction(wells, method).apply(wells)
    assert np.isfinite(after.values).all()
    assert share_between(after, "batch") < 0.7 * share_between(wells, "batch")


@pytest.mark.parametrize("method", EVERY)
def test_the_table_and_the_given_values_stay_as_they_were(method: str, wells: Profiles) -> None:
    before = wells.values.copy()
    after = fit_correction(wells, method).apply(wells)
    np.testing.assert_array_equal(wells.values, before)
    pd.testing.assert_frame_equal(after.table, wells.table)
    assert after.provenance["correction"]["method"] == method


@pytest.mark.parametrize("method", EVERY)
def test_a_new_plate_is_corrected_alone_as_it_is_among_all(method: str, wells: Profiles) -> None:
    correction = fit_correction(wells, method)
    among_all = in_batch(correction.apply(wells), "1")
    np.testing.assert_allclose(correction.apply(in_batch(wells, "1")).values, among_all.values, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", EVERY)
def test_held_out_plates_teach_nothing(method: str, wells: Profiles) -> None:
    split = np.where(wells.table["batch"] == "2", "test", "train")
    held_out = replace(wells, table=wells.table.assign(split=split))
    other = held_out.values.copy()
    other[split == "test"] = np.random.default_rng(1).normal(size=(120, 8)) * 50
    one, two = fit_correction(held_out, method), fit_correction(held_out.with_values(other), method)
    for name in one.arrays:
        np.testing.assert_array_equal(one.arrays[name], two.arrays[name])
    assert np.isfinite(one.apply(held_out).values).all()


@pytest.mark.parametrize("method", AFFINE)
def test_fitted_on_controls_the_treated_teach_nothing(method: str, wells: Profiles) -> None:
    treated = (wells.table["control"] != "negative").to_numpy()
    other = wells.values.copy()
    other[treated] += 100
    one = fit_correction(wells, method, Settings(reference="controls"))
    two = fit_correction(wells.with_values(other), method, Settings(reference="controls"))
    for name in one.arrays:
        np.testing.assert_array_equal(one.arrays[name], two.arrays[name])


def test_auto_takes_all_profiles_where_a_plate_has_no_controls(wells: Profiles) -> None:
    assert fit_correction(wells, "z").settings.reference == "controls"
    wells.table.loc[wells.table["plate"] == "P3", "control"] = ""
    assert fit_correction(wells, "z").settings.reference == "all"
    assert fit_correction(wells, "zca").settings.reference == "controls"
    table = wells.table.drop(columns="control")
    assert fit_correction(replace(wells, table=table), "zca").settings.reference == "all"


@pytest.mark.parametrize("method", ["zca", "pca", "tvn", "harmony"])
def test_plates_without_controls_can_take_what_was_learned_elsewhere(method: str, wells: Profiles) -> None:
    correction = fit_correction(wells, method)
    treated = wells.take((wells.table["control"] == "").to_numpy())
    bare = replace(treated, table=treated.table.drop(columns="control"))
    among_all = correction.apply(wells).values[(wells.table["control"] == "").to_numpy()]
    np.testing.assert_allclose(correction.apply(bare).values, among_all, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", EVERY)
def test_a_constant_feature_makes_no_nan(method: str, wells: Profiles) -> None:
    wells.values[:, 3] = 0.1
    assert np.isfinite(fit_correction(wells, method).apply(wells).values).all()


@pytest.mark.parametrize("method", EVERY)
def test_fewer_controls_than_features_make_no_nan(method: str, wells: Profiles) -> None:
    few = wells.take(wells.table.groupby(["plate", "control"]).head(2).index.to_numpy())
    wide = replace(few, values=np.random.default_rng(0).normal(size=(len(few), 40)).astype(np.float32))
    assert np.isfinite(fit_correction(wide, method).apply(wide).values).all()


def test_the_task_tells_what_changed_and_on_whom_it_was_fitted(wells: Profiles) -> None:
    events = []
    corrected, correction = finish(correct(wells, "z"), events.append)
    said = [event.message for event in events if isinstance(event, Said)]
    assert said[0] == "Plate z-scores: fitted on 120 negative controls, level well."
    assert "variance between batches" in said[1]
    assert " -> " in said[1]
    again, _ = finish(correct(wells, "", fitted=correction))
    np.testing.assert_array_equal(again.values, corrected.values)


def test_a_correction_that_changed_nothing_says_so(wells: Profiles) -> None:
    centred = fit_correction(wells, "centre").apply(wells)
    events = []
    finish(correct(centred, "centre"), events.append)
    warned = [event.message for event in events if isinstance(event, Warned)]
    assert len(warned) == 1
    assert warned[0].startswith("Plates centred changed nothing")


@pytest.mark.parametrize(
    ("change", "method", "words"),
    [
        (lambda table: table.drop(columns="plate"), "z", "unknown column 'plate'"),
        (lambda table: table.drop(columns="batch"), "combat", "unknown column 'batch'"),
        (lambda table: table.assign(batch="one"), "combat", "ComBat needs two or more batches"),
        (lambda table: table.assign(batch="one"), "harmony", "Harmony needs two or more batches"),
        (lambda table: table.assign(split="test"), "tvn", "every reference profile is held out"),
        (lambda table: table.assign(batch=table["batch"].where(table["plate"] != "P1", "")), "combat", "have no batch"),
        (lambda table: table, "harmonie", "Did you mean 'harmony'?"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_a_line(change, method: str, words: str, wells: Profiles) -> None:
    with pytest.raises(ProfilesError) as caught:
        fit_correction(replace(wells, table=change(wells.table)), method)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_controls_at_all_are_named(wells: Profiles) -> None:
    none = replace(wells, table=wells.table.assign(control=""))
    with pytest.raises(ProfilesError, match="no profile is a negative control"):
        fit_correction(none, "zca", Settings(reference="controls"))


def test_treatment_profiles_belong_to_no_plate(wells: Profiles) -> None:
    with pytest.raises(ProfilesError, match="correct wells, then aggregate"):
        fit_correction(replace(wells, level="treatment"), "z")


def test_profiles_of_another_network_are_refused(wells: Profiles) -> None:
    correction = fit_correction(wells, "zca")
    other = replace(wells, features=tuple("abcdefgh"))
    with pytest.raises(ProfilesError, match=r"fitted on 8 features, .* emb_0000, emb_0001, emb_0002 are missing"):
        correction.apply(other)
