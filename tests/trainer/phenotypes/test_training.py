from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.events import Event, Warned
from cdcl.phenotypes import KINDS, train_classifier
from cdcl.phenotypes.folds import make_folds
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

EACH_KIND = pytest.mark.parametrize("kind", KINDS)


@EACH_KIND
def test_phenotypes_far_apart_are_recognised_in_batches_that_taught_nothing(make_named: Callable, kind: str) -> None:
    profiles, names = make_named()
    classifier, evaluation = finish(train_classifier(profiles, names, kind=kind))
    assert evaluation.apart == "batch"
    assert evaluation.balanced > 0.95
    assert evaluation.confusion.to_numpy().sum() == len(profiles)
    predicted = np.array(classifier.classes)[classifier.probabilities(profiles.values).argmax(axis=1)]
    assert (predicted == names).mean() > 0.97


@EACH_KIND
def test_names_that_mean_nothing_are_recognised_at_chance_and_said_without_confidence(
    make_named: Callable, kind: str
) -> None:
    profiles, names = make_named(apart=0.0, each=40)
    classifier, evaluation = finish(train_classifier(profiles, names, kind=kind))
    assert evaluation.balanced == pytest.approx(1 / 3, abs=0.1)
    assert classifier.probabilities(profiles.values).max(axis=1).mean() < 0.6
    assert evaluation.calibration_error < 0.15


def test_probabilities_are_honest_between_nothing_and_all(make_named: Callable) -> None:
    profiles, names = make_named(apart=1.5, each=100)
    _, evaluation = finish(train_classifier(profiles, names))
    assert 0.55 < evaluation.accuracy < 0.95
    assert evaluation.calibration_error < 0.06


def test_the_confusion_counts_who_was_taken_for_whom(make_named: Callable) -> None:
    profiles, names = make_named()
    swapped = names.where(names != "round", "large")
    swapped[names == "large"] = "round"
    _, evaluation = finish(train_classifier(profiles, swapped))
    assert evaluation.confusion.sum(axis=1).to_dict() == {"large": 60, "round": 60, "small": 60}
    assert np.trace(evaluation.confusion.to_numpy()) == round(evaluation.accuracy * 180)


def test_the_same_seed_gives_the_same_classifier(make_named: Callable) -> None:
    profiles, names = make_named(apart=1.0)
    first, second = (finish(train_classifier(profiles, names, seed=3))[0] for _ in range(2))
    np.testing.assert_array_equal(first.probabilities(profiles.values), second.probabilities(profiles.values))


def test_unnamed_profiles_teach_nothing(make_named: Callable) -> None:
    profiles, names = make_named()
    half = names.where(np.arange(len(names)) % 2 == 0, "")
    alone, _ = finish(train_classifier(profiles.take(half.to_numpy() != ""), half[half != ""].reset_index(drop=True)))
    among, _ = finish(train_classifier(profiles, half))
    np.testing.assert_allclose(among.probabilities(profiles.values), alone.probabilities(profiles.values))


def test_what_is_like_none_of_the_classes_is_told_apart_from_them(make_named: Callable) -> None:
    profiles, names = make_named(each=60)
    classifier, _ = finish(train_classifier(profiles, names))
    fresh, _ = make_named(each=60, seed=9)
    strange = fresh.values.copy()
    strange[:, 5] += 12
    assert np.median(classifier.novelty(strange)) < 0.01
    assert (classifier.novelty(profiles.values) < 0.01).mean() < 0.03


def test_one_profile_is_no_class_and_is_named(make_named: Callable) -> None:
    profiles, names = make_named()
    names[0] = "alone"
    told: list[Event] = []
    classifier, _ = finish(train_classifier(profiles, names), told.append)
    assert "alone" not in classifier.classes
    assert any(isinstance(event, Warned) and "alone" in event.message for event in told)


@pytest.mark.parametrize("names", [{}, {0: "a", 1: "a", 2: "b"}])
def test_fewer_than_two_classes_are_refused_with_what_there_is(make_named: Callable, names: dict[int, str]) -> None:
    profiles, _ = make_named()
    given = pd.Series("", index=profiles.table.index)
    given.update(pd.Series(names, dtype=object))
    with pytest.raises(ProfilesError, match="needs two classes with 2 named profiles each; there are:"):
        finish(train_classifier(profiles, given))


def test_where_a_class_lies_in_one_batch_wells_are_kept_apart_and_that_is_said(make_named: Callable) -> None:
    profiles, names = make_named()
    codes = np.unique(names, return_inverse=True)[1]
    kept = (names != "round") | (profiles.table["batch"] == "B0")
    folds = make_folds(profiles.take(kept.to_numpy()), codes[kept], 0)
    assert folds.apart == "well"
    assert "no two batches hold every class" in folds.note
