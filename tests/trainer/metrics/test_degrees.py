from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.centring import direction_sentences
from cdcl.metrics.degrees import DEGREES, LADDERS, ladder_table, layout_sentences
from cdcl.metrics.score import scores_table
from cdcl.metrics.scoring import METRICS, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles

RUNGS = [name for ladder in LADDERS for name in ladder.rungs.values()]


def table_of(profiles: Profiles) -> pd.DataFrame:
    return scores_table([measure(name, profiles) for name in RUNGS])


def laid_out(wells: Callable[..., Profiles], shift: float) -> Profiles:
    """Each treatment at two positions of its own, one on the first plate of each batch and one on the second."""
    profiles = wells(batches=3, plates=2, treatments=8, controls=4, effect=0.0)
    table = profiles.table
    kinds = pd.factorize(table["treatment"], sort=True)[0]
    place = kinds + 9 * (table["plate"] == "p1")
    table["position"] = [f"place {number}" for number in place]
    axes = np.random.default_rng(1).normal(size=(int(place.max()) + 1, profiles.values.shape[1]))
    return profiles.with_values(profiles.values + shift * axes[place])


def test_every_ladder_has_every_degree_as_a_metric() -> None:
    for ladder in LADDERS:
        assert list(ladder.rungs) == list(DEGREES)
        assert set(ladder.rungs.values()) <= set(METRICS)


def test_a_screen_of_positions_and_nothing_else_falls_to_nothing_when_positions_are_shut_out(
    wells: Callable[..., Profiles],
) -> None:
    scores = table_of(laid_out(wells, 4.0))
    rungs = ladder_table(scores).set_index(["ladder", "degree"])["value"]
    title = "Treatment recognised (k-NN)"
    assert rungs[title, "anyone"] > 0.9
    assert rungs[title, "position"] < 0.3
    told = layout_sentences(scores)
    assert told
    assert "The layout carries part of it: treatment recognised (k-NN) falls from" in told[0]


def test_treatments_that_are_known_anywhere_carry_no_layout(wells: Callable[..., Profiles]) -> None:
    scores = table_of(wells(effect=4.0))
    rungs = ladder_table(scores).set_index(["ladder", "degree"])["value"]
    assert rungs["Treatment recognised (k-NN)", "position"] > 0.9
    assert layout_sentences(scores) == []


def test_a_fixed_layout_cannot_be_told_from_treatments_and_that_is_said_once(wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=4.0)
    codes = pd.factorize(profiles.table["compound"] + profiles.table["treatment"])[0]
    profiles.table["position"] = [f"place {code}" for code in codes]
    table = table_of(profiles)
    # Mechanisms of two compounds each still have another position.
    assert pd.isna(table.set_index("name")["value"]["treatment_not_same_position"])
    told = layout_sentences(table)
    assert len(told) == 1
    assert "Nothing stands at two well positions" in told[0]


def test_without_a_source_the_rung_says_so_and_the_others_come(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles = replace(profiles, table=profiles.table.drop(columns="source"))
    rows = ladder_table(table_of(profiles)).set_index(["ladder", "degree"])
    assert "source" in rows.loc[("Treatment active (mAP)", "source"), "note"]
    assert pd.notna(rows.loc[("Treatment active (mAP)", "batch"), "value"])


def test_profiles_that_share_a_direction_are_told_to_be_centred(wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=1.2, shift=0.1)
    shared = profiles.with_values(profiles.values + 300.0)
    names = ("treatment_other_plate", "treatment_other_plate_centred")
    plain, blunt = (scores_table([measure(name, one) for name in names]) for one in (profiles, shared))
    assert direction_sentences(plain) == []
    (sentence,) = direction_sentences(blunt)
    assert "share a direction" in sentence
    assert f"{blunt['value'][0]:.2f} becomes {blunt['value'][1]:.2f} (treatment other plate)" in sentence


def test_a_gain_of_each_profile_is_what_the_centred_vote_stumbles_over(wells: Callable[..., Profiles]) -> None:
    """Why the uncentred score stays the headline: a cosine forgives brightness only as long as nothing is taken off."""
    profiles = wells(effect=1.2, shift=0.1)
    gain = np.random.default_rng(0).uniform(0.5, 1.5, (len(profiles), 1))
    bright = profiles.with_values(((profiles.values + 30) * gain).astype(np.float32))
    plain, centred = (
        measure(name, bright).value for name in ("treatment_other_plate", "treatment_other_plate_centred")
    )
    assert plain > centred + 0.15
