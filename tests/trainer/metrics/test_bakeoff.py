from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.metrics.answers import PLACES, answers_to, weights_of
from cdcl.metrics.bakeoff import BakeOff, Entry, bake_off, choose
from cdcl.metrics.halves import compounds_of, halves_of
from cdcl.metrics.resampling import DRAWS, interval, resampling
from cdcl.metrics.scoring import measure
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


@pytest.fixture(scope="module")
def compared(wells: Callable[..., Profiles]) -> BakeOff:
    """Profiles with an effect and with none, as they are and centred."""
    good = wells(effect=1.0, shift=0.5, treatments=12, dim=12, controls=4)
    noise = good.with_values(np.random.default_rng(1).normal(size=good.values.shape))
    asked = compounds_of(good) >= 0
    return finish(bake_off({"good": good, "poor": noise}, ["centre"], asked, nulls=3))


@pytest.mark.parametrize("name", sorted(PLACES))
def test_weighted_answers_are_the_score(name: str, wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=0.8)
    answers = answers_to(profiles, name)
    weights = weights_of(profiles, name, answers)
    score = measure(name, profiles)
    if not score.available:
        assert np.isnan(answers).all()
        return
    assert np.nansum(answers * weights) / weights.sum() == pytest.approx(score.value)


def test_a_missing_column_answers_nothing(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    bare = replace(profiles, table=profiles.table.drop(columns="source"))
    assert np.isnan(answers_to(bare, "treatment_not_same_source")).all()


def test_halves_keep_compounds_whole_and_share_out_each_mechanism(wells: Callable[..., Profiles]) -> None:
    profiles = wells(treatments=16)
    halves = halves_of(profiles)
    table = profiles.table.assign(half=halves)
    treated = table[table["control"] == ""]
    assert (treated.groupby("compound")["half"].nunique() == 1).all()
    assert (treated.groupby("mechanism")["half"].nunique() == 2).all()
    assert set(table.loc[table["control"] != "", "half"]) == {-1}
    assert (halves_of(profiles) == halves).all()


def test_resampled_means_are_the_definition_written_as_a_loop() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat([5, -1, 7, 9], 4)
    values, weights = rng.random(16), rng.random(16)
    draws = resampling(groups)
    means = draws.means(values, weights)
    assert means.shape == (DRAWS,)
    for draw in range(5):
        times = {group: draws.counts[draw, number] for number, group in enumerate((5, 7, 9))}
        rows = [row for row in range(16) if groups[row] >= 0 for _ in range(int(times[int(groups[row])]))]
        assert means[draw] == pytest.approx(np.average(values[rows], weights=weights[rows]))
    assert np.isnan(interval(np.full(3, np.nan))).all()


def test_profiles_that_know_treatments_win_and_no_shuffle_reaches_them(compared: BakeOff) -> None:
    best, other = compared.pipelines
    assert (best.candidate, other.candidate) == ("good", "poor")
    name = compared.deciding[0]  # treatments; the mechanisms of these wells mean nothing
    assert compared.value(best.answers, name)[1] > best.nulls[name][2]
    assert compared.decisions(best.answers)[0] > compared.decisions(other.answers)[0] + 0.2


def test_each_half_is_reported_after_what_the_other_half_chose(
    compared: BakeOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = compared.wells

    def first_half_chooses_centre(draft: BakeOff, _entries: object, asked: NDArray[np.bool_]) -> str:
        return "centre" if asked[draft.halves == 0].all() and not asked[draft.halves == 1].any() else "none"

    monkeypatch.setattr("cdcl.metrics.bakeoff.choose", first_half_chooses_centre)
    found = finish(bake_off({"good": good}, ["centre"], compared.halves >= 0, nulls=0))
    plain, centred = (one.answers for one in found.entries)
    mixed = found.pipelines[0]
    assert mixed.chains == ("centre", "none")
    for name in found.deciding:
        expected = np.where(found.halves == 1, centred[name], plain[name])
        np.testing.assert_array_equal(mixed.answers[name], expected)


def test_a_correction_that_costs_any_question_is_not_chosen(compared: BakeOff) -> None:
    plain = next(one for one in compared.entries if one.candidate == "good" and one.chain == "centre")
    name, other = compared.deciding[0], compared.deciding[-1]
    better = {**plain.answers, name: np.where(np.isnan(plain.answers[name]), np.nan, 1.0)}
    costly = {**better, other: plain.answers[other] * 0.0}
    entries = {
        "none": Entry("good", "none", plain.answers, 0.0),
        "gain": Entry("good", "gain", better, 0.0),
        "cost": Entry("good", "cost", costly, 0.0),
    }
    asked = compared.halves >= 0
    assert choose(compared, entries, asked) == "gain"
    assert choose(compared, {one: entries[one] for one in ("none", "cost")}, asked) == "none"


def test_fewer_than_four_compounds_choose_nothing(compared: BakeOff) -> None:
    entries = {one.chain: one for one in compared.entries if one.candidate == "good"}
    few = np.isin(compounds_of(compared.wells), [0, 1, 2]) & (compared.halves >= 0)
    assert choose(compared, entries, few) == "none"


def test_wells_of_nothing_that_others_have_are_refused_in_one_line(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=1, plates=1)
    profiles.table["mechanism"] = ""
    asked = compounds_of(profiles) >= 0
    with pytest.raises(ProfilesError, match="fewer than 10 can be asked"):
        finish(bake_off({"alone": profiles}, [], asked, nulls=0))
