from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.quality import held_out_separation, robust_z_prime, separation, ssmd, wells_of, z_prime
from cdcl.quality.separation import discriminant

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.quality import Wells

POSITIVE, NEGATIVE = np.array([9.0, 10, 11]), np.array([-2.0, 0, 2])


def test_the_formulas_by_hand() -> None:
    assert z_prime(POSITIVE, NEGATIVE) == pytest.approx(1 - 3 * (1 + 2) / 10)
    assert robust_z_prime(POSITIVE, NEGATIVE) == pytest.approx(1 - 3 * 1.4826 * (1 + 2) / 10, abs=1e-4)
    assert ssmd(POSITIVE, NEGATIVE) == pytest.approx(10 / np.sqrt(1 + 4))


def test_one_bad_well_does_not_decide_the_robust_one() -> None:
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(20, 1, 16), rng.normal(0, 1, 16)
    spoiled = np.append(positive, -50.0)
    assert z_prime(spoiled, negative) < 0
    assert robust_z_prime(spoiled, negative) > 0.5


def test_equal_controls_are_not_separated() -> None:
    assert z_prime(NEGATIVE, NEGATIVE) == float("-inf")


def test_without_an_effect_the_plate_itself_would_lie_and_the_others_do_not(make_wells: Callable[..., Wells]) -> None:
    """The trap of many features: an axis fitted on the wells it is judged by separates noise."""
    wells = make_wells(4, dim=300)
    own = wells.plates == 0
    positive, negative = (wells.profiles.values[own & (wells.control == kind)] for kind in ("positive", "negative"))
    axis = discriminant(positive, negative)
    in_sample = z_prime(positive @ axis, negative @ axis)
    held_out = held_out_separation(wells)
    assert in_sample > held_out["z_prime"].max() + 1
    assert held_out["z_prime"].max() < -1
    assert 0.2 < held_out["auc"].mean() < 0.8
    assert abs(held_out["axis_cosine"]).max() < 0.5


def test_an_effect_that_is_the_same_on_all_plates_is_found(make_wells: Callable[..., Wells]) -> None:
    found = held_out_separation(make_wells(4, dim=30, effect=20))
    assert list(found["plate"]) == ["B0/P0", "B0/P1", "B1/P2", "B1/P3"]
    assert (found["z_prime"] > 0.4).all()
    assert (found["auc"] == 1).all()
    assert (found["axis_cosine"] > 0.8).all()
    assert (found["ssmd"] > 5).all()


def test_one_plate_is_judged_by_fifths_of_its_wells(make_wells: Callable[..., Wells]) -> None:
    strong, none = (held_out_separation(make_wells(1, dim=60, effect=effect)).iloc[0] for effect in (20, 0))
    assert strong["note"] == "one plate: judged by fifths of its wells"
    assert strong["z_prime"] > 0.2
    assert none["z_prime"] < -1


def test_few_wells_are_judged_with_a_warning(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(2, effect=10)
    keep = wells.negative()
    for plate in (0, 1):
        keep[np.flatnonzero((wells.control == "positive") & (wells.plates == plate))[:3]] = True
    found = held_out_separation(wells_of(wells.profiles.take(keep)))
    assert set(found["note"]) == {"3 wells of a control; 8 are needed to rely on it"}


def test_any_number_of_wells_is_judged_alike(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(2, effect=10)
    found = separation(wells, wells.profiles.values[:, 0].astype(float), "first feature")
    own = wells.plates == 0
    expected = z_prime(*(wells.profiles.values[own & (wells.control == kind), 0] for kind in ("positive", "negative")))
    assert found["z_prime"].iloc[0] == pytest.approx(expected)
    assert set(found["value"]) == {"first feature"}


def test_no_positive_controls_give_an_empty_table(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(1)
    wells.profiles.table["control"] = "negative"
    assert len(held_out_separation(wells_of(wells.profiles))) == 0
