from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cdcl.errors import ProfilesError
from cdcl.metrics import linear_probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def test_it_is_scikit_learns_cross_validation_that_leaves_a_batch_out(wells: Callable[..., Profiles]) -> None:
    profiles = wells(copies=3)
    treated = (profiles.table["control"] != "negative").to_numpy()
    values, table = profiles.values[treated].astype(np.float64), profiles.table[treated]
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
    labels = table["treatment"].to_numpy(dtype=str)
    predicted = cross_val_predict(classifier, values, labels, groups=table["batch"], cv=LeaveOneGroupOut())
    score = linear_probe(profiles, "treatment")
    assert score.value == pytest.approx((predicted == labels).mean(), abs=0.011)
    assert score.count == treated.sum()
    assert score.chance == pytest.approx(1 / 8)
    assert score.name == "treatment_probe_other_batch"


def test_the_batch_is_read_off_other_wells_and_low_is_good(wells: Callable[..., Profiles]) -> None:
    near, far = (linear_probe(wells(copies=3, shift=shift), "batch", groups="well") for shift in (0.0, 4.0))
    assert not near.higher_is_better
    assert near.value == pytest.approx(near.chance, abs=0.15)
    assert far.value > 0.95


def test_a_mechanism_is_asked_of_compounds_that_were_not_trained_with(wells: Callable[..., Profiles]) -> None:
    profiles = wells(treatments=16, copies=3)
    # Compounds of a mechanism have nothing in common here: what is learned of one tells nothing of another.
    assert linear_probe(profiles, "mechanism", groups="compound").value < 0.5
    assert linear_probe(profiles, "treatment", groups="plate").value > 0.5


def test_classifiers_that_did_not_converge_are_counted_in_the_note(
    wells: Callable[..., Profiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = wells(copies=3)
    assert "converged" not in linear_probe(profiles, "treatment").note
    monkeypatch.setattr("cdcl.metrics.probe.MOST_STEPS", 1)
    note = linear_probe(profiles, "treatment").note
    assert re.search(r"^(\d) of \1 classifiers stopped after 1 steps, before they converged", note)


def test_labels_of_one_group_are_left_out_and_counted(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    only = (profiles.table["treatment"] == "t0") & (profiles.table["batch"] != "b0")
    score = linear_probe(profiles.take(~only.to_numpy()), "treatment")
    assert "2 profiles not counted: their treatment occurs in one batch only" in score.note
    assert "t0" not in set(score.groups["label"])


def test_many_labels_and_profiles_are_drawn_from(
    wells: Callable[..., Profiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdcl.metrics.probe.MOST_LABELS", 4)
    monkeypatch.setattr("cdcl.metrics.probe.MOST_PROFILES", 20)
    score = linear_probe(wells(), "treatment")
    assert score.note == "4 of 8 labels drawn at random; 20 of 24 profiles drawn at random"


@pytest.mark.parametrize("change", [{"batches": 1}, {"treatments": 1}])
def test_nothing_to_learn_is_said(wells: Callable[..., Profiles], change: dict[str, int]) -> None:
    score = linear_probe(wells(**change), "treatment")
    assert score.note == "fewer than two values of treatment occur in two or more values of batch"


def test_a_constant_feature_changes_nothing(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    flat = np.concatenate([profiles.values, np.full((len(profiles), 1), 7.7, np.float32)], axis=1)
    assert linear_probe(profiles.with_values(flat), "treatment").value == linear_probe(profiles, "treatment").value


def test_an_unknown_column_is_named(wells: Callable[..., Profiles]) -> None:
    with pytest.raises(ProfilesError, match="Did you mean 'plate'"):
        linear_probe(wells(), "treatment", groups="plat")
