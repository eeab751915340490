from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.metrics import active_share, active_share_ranks, map_activity, map_consistency, map_cross_batch, map_distinct
from cdcl.metrics.nulls import Nulls
from cdcl.metrics.retrieval import able_to_be_significant
from cdcl.profiles import Profiles, aggregate, read_profiles
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.metrics import Score


def slow_map(values: np.ndarray, label: list[str], positive: Callable, negative: Callable) -> dict[str, float]:
    """Spell the definition out over all pairs; rules take two rows."""
    units = unit(values)
    found: dict[str, list[float]] = {}
    for query in range(len(values)):
        pairs = [(float(units[query] @ units[row]), positive(query, row)) for row in range(len(values))
                 if row != query and (positive(query, row) or negative(query, row))]  # fmt: skip
        ranked = [hit for _, hit in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))]
        if not any(ranked) or all(ranked):
            continue
        places = [place for place, hit in enumerate(ranked, start=1) if hit]
        found.setdefault(label[query], []).append(float(np.mean([n / at for n, at in enumerate(places, start=1)])))
    return {name: float(np.mean(values)) for name, values in found.items()}


def compared(score: Score) -> dict[str, float]:
    assert score.groups is not None
    return dict(zip(score.groups["label"], score.groups["value"], strict=True))


@pytest.mark.parametrize("seed", [0, 1])
def test_activity_equals_the_definition_written_as_a_loop(wells: Callable[..., Profiles], seed: int) -> None:
    profiles = wells(seed)
    table = profiles.table
    plate, treatment, control = table["batch"] + table["plate"], table["treatment"], table["control"] == "negative"
    expected = slow_map(
        profiles.values,
        list(treatment),
        lambda q, r: not control[q] and treatment[q] == treatment[r],
        lambda q, r: not control[q] and control[r] and plate[q] == plate[r],
    )
    score = map_activity(profiles)
    assert compared(score) == pytest.approx(expected)
    assert score.value == pytest.approx(np.mean(list(expected.values())))
    assert score.low <= score.value <= score.high
    crossed = slow_map(
        profiles.values,
        list(treatment),
        lambda q, r: not control[q] and treatment[q] == treatment[r] and table["batch"][q] != table["batch"][r],
        lambda q, r: not control[q] and control[r] and plate[q] == plate[r],
    )
    assert compared(map_cross_batch(profiles)) == pytest.approx(crossed)
    others = slow_map(
        profiles.values,
        list(treatment),
        lambda q, r: not control[q] and treatment[q] == treatment[r],
        lambda q, r: not (control[q] or control[r]) and treatment[q] != treatment[r] and plate[q] == plate[r],
    )
    assert compared(map_distinct(profiles)) == pytest.approx(others)


def test_consistency_equals_the_definition_written_as_a_loop(wells: Callable[..., Profiles]) -> None:
    profiles = wells(treatments=12)
    drugs = aggregate(profiles, "treatment")
    drugs = drugs.take((drugs.table["control"] != "negative").to_numpy())
    mechanism, compound = drugs.table["mechanism"], drugs.table["compound"]
    expected = slow_map(
        drugs.values,
        list(mechanism),
        lambda q, r: mechanism[q] == mechanism[r] and compound[q] != compound[r],
        lambda q, r: mechanism[q] != mechanism[r],
    )
    assert compared(map_consistency(profiles)) == pytest.approx(expected)


def test_blocks_do_not_change_it(wells: Callable[..., Profiles], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = map_distinct(wells(copies=3))
    monkeypatch.setattr("cdcl.metrics.neighbours._BLOCK_NUMBERS", 50)
    assert map_distinct(wells(copies=3)).value == pytest.approx(whole.value)


def test_strong_treatments_are_active_and_noise_is_at_chance(wells: Callable[..., Profiles]) -> None:
    strong, noise = (wells(treatments=40, controls=20, effect=effect, shift=0.0) for effect in (5.0, 0.0))
    assert active_share(strong).value == 1.0
    assert map_activity(noise).value == pytest.approx(map_activity(noise).chance, abs=0.04)
    assert active_share(noise).value < 0.05
    assert "of 40 retrieved" in map_activity(noise).note


def test_profiles_that_are_all_equal_retrieve_nothing(wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=0.0)
    score = map_activity(profiles.with_values(np.ones_like(profiles.values)))
    assert score.value < score.chance
    assert not score.groups["retrieved"].any()


def test_sites_of_the_own_well_are_not_found_for_credit(wells: Callable[..., Profiles]) -> None:
    profiles = wells(batches=1, plates=1)
    sites = profiles.take(np.repeat(np.arange(len(profiles)), 3))
    assert not map_activity(sites).available


def test_too_few_controls_to_tell_anything_are_said(wells: Callable[..., Profiles]) -> None:
    score = map_activity(wells(batches=1, plates=2, controls=3))
    assert "8 cannot reach p < 0.05" in score.note
    assert "retrieved" not in score.note, "of what nobody can reach there is no count"


@pytest.mark.parametrize("effect", [0.0, 9.0])
def test_a_share_that_nobody_can_reach_is_no_value_but_a_reason(wells: Callable[..., Profiles], effect: float) -> None:
    """One control and one well a plate on 3 plates: 2 x 2 x 2 ways, p is 1/8 or more; the share was 0 (0 to 0.56)."""
    profiles = wells(batches=1, plates=3, treatments=3, controls=1, effect=effect)
    for metric in (active_share, active_share_ranks):
        score = metric(profiles)
        assert np.isnan([score.value, score.low, score.high]).all()
        assert (score.can_be_right, score.can_be_wrong) == (0, 3)
        assert "none of 3 treatments can reach q < 0.05" in score.note
    assert "p is 0.125 or more" in active_share(profiles).note


def test_those_who_could_be_significant_are_counted(wells: Callable[..., Profiles]) -> None:
    score = active_share(wells(batches=1, plates=3, treatments=4, effect=9.0))
    assert (score.value, score.can_be_right, score.can_be_wrong) == (1.0, 4, 4)
    # The last has no p: it neither can be significant nor counts as a test.
    least = np.array([1 / 343, 1 / 343, 1 / 3, np.nan])
    assert able_to_be_significant(least).tolist() == [True, True, False, False]
    # 40 tests of which one can have p = 0.04: its q is 1.
    assert not able_to_be_significant([0.04, *[0.5] * 39]).any()


def test_without_controls_there_is_a_reason(wells: Callable[..., Profiles]) -> None:
    profiles = wells(controls=0)
    for metric in (map_activity, active_share, map_cross_batch):
        assert metric(profiles).note == "no negative controls: no row has control 'negative'"
    assert map_distinct(profiles).available


def test_one_batch_has_no_other_to_find_replicates_in(wells: Callable[..., Profiles]) -> None:
    assert not map_cross_batch(wells(batches=1)).available


def test_an_unknown_column_is_named(wells: Callable[..., Profiles]) -> None:
    with pytest.raises(ProfilesError, match="Did you mean 'treatment'"):
        map_activity(wells(), "treatmant")


def test_a_treatment_without_replicates_is_left_out_and_counted(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles.table.loc[profiles.table["treatment"] == "t0", "treatment"] = [f"single{n}" for n in range(6)]
    assert "6 without a replicate" in map_activity(profiles).note


def read_cpjump1(shared_data: Path, *numbers: int) -> Profiles:
    """Read plates of one layout: 306 compounds, U2OS, 48 hours."""
    folder = shared_data / "profiles" / "cpjump1"
    plates = [read_profiles(path) for number in numbers for path in folder.glob(f"BR001170{number}*.csv.gz")]
    table = pd.concat([plate.table for plate in plates], ignore_index=True)
    return Profiles(np.concatenate([plate.values for plate in plates]), table, "well", plates[0].features)


def test_cpjump1_has_the_mean_and_the_share_of_copairs(shared_data: Path) -> None:
    plates = read_cpjump1(shared_data, 10, 11, 12, 13)
    score = map_activity(plates, "broad_sample")
    assert (score.count, round(score.value, 3)) == (306, 0.578)
    assert active(score, "q_ranks") == pytest.approx(0.611, abs=5e-4)
    # By exchange with the controls of all four plates jointly, more of them are told from accident.
    assert active(score, "q") == pytest.approx(0.817, abs=0.02)


def active(score: Score, column: str) -> float:
    """Share of treatments below q = 0.05, of scores that were measured already: the draws take many seconds."""
    assert score.groups is not None
    return float((score.groups[column].dropna() < 0.05).mean())


@pytest.mark.slow
def test_three_plates_of_cpjump1_have_fewer_active_by_all_rankings_than_by_a_lucky_draw(shared_data: Path) -> None:
    # 39 compounds lie at p = 0.031 to 0.034, on the edge of q = 0.05: copairs' seed 0 puts them below it, 196 of 306
    # (64.1 %), its seeds 1 and 2 above. All 2145 rankings of 2 among 66, listed, put them above.
    # (157 without the feature Cells_Parent_Nuclei, which is no measurement.)
    score = map_activity(read_cpjump1(shared_data, 10, 11, 12), "broad_sample")
    assert round(score.value, 3) == 0.571
    assert round(active(score, "q_ranks") * 306) in (157, 158)


class CopairsNulls(Nulls):
    """Draws as copairs does."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__()
        self._folder, self._seed = folder, seed
        self._order = [(2, 66), (5, 69)]

    def of(self, num_positive: int, total: int) -> np.ndarray:
        from copairs.compute import get_null_dists

        kinds = np.array(self._order)
        drawn = get_null_dists(kinds, self.size, self._seed, cache_dir=self._folder, progress_bar=False)
        return drawn[self._order.index((num_positive, total))].astype(np.float64)

    def all_of(self, num_positive: int, total: int) -> np.ndarray:
        return self.of(num_positive, total)


def test_cpjump1_with_the_draws_of_copairs_has_the_share_of_its_readme(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("copairs")
    score = active_share_ranks(
        read_cpjump1(shared_data, 10, 11, 12), "broad_sample", nulls=CopairsNulls(tmp_path, seed=0)
    )
    assert (round(score.value * 306), score.count) == (196, 306)
    assert score.value == pytest.approx(0.641, abs=5e-4)


COPAIRS = {map_activity: [], map_cross_batch: ["batch"]}
"""Our metrics, and where copairs' positives must differ."""


@pytest.mark.slow
@pytest.mark.parametrize("metric", COPAIRS, ids=["activity", "cross-batch"])
def test_it_is_that_of_copairs(wells: Callable[..., Profiles], metric: Callable, tmp_path: Path) -> None:
    copairs = pytest.importorskip("copairs.map")
    profiles = wells(2, treatments=20, controls=12)
    table = profiles.table.assign(key=profiles.table["batch"] + profiles.table["plate"])
    negative = (table["control"] == "negative").to_numpy()
    alone = np.where(negative, [f"control{row}" for row in range(len(table))], table["treatment"])
    table = table.assign(treatment=alone, id=alone, control=np.where(negative, "negative", "treated"))
    rules = (["treatment"], COPAIRS[metric], ["key"], ["control", "id"])
    found = copairs.average_precision(table, profiles.values.astype(np.float64), *rules, progress_bar=False)
    found = found[found["control"] == "treated"]
    means = copairs.mean_average_precision(
        found, ["treatment"], null_size=10_000, threshold=0.05, seed=0, progress_bar=False, cache_dir=tmp_path
    )
    ours = metric(profiles).groups.set_index("label")
    theirs = means.set_index("treatment").loc[ours.index]
    np.testing.assert_allclose(ours["value"], theirs["mean_average_precision"], atol=1e-4)
    # Theirs is one draw of 10 000, and counts only draws that are better.
    np.testing.assert_allclose(ours["p_ranks"], theirs["p_value"], atol=0.03)


@pytest.mark.slow
def test_treatments_are_the_consensus_of_pycytominer(wells: Callable[..., Profiles]) -> None:
    pycytominer = pytest.importorskip("pycytominer")
    profiles = wells()
    frame = pd.DataFrame(profiles.values, columns=list(profiles.names))
    frame.insert(0, "Metadata_treatment", profiles.table["treatment"])
    theirs = pycytominer.aggregate(
        frame, strata=["Metadata_treatment"], features=list(profiles.names), operation="median"
    ).sort_values("Metadata_treatment")
    ours = aggregate(profiles, "treatment")
    np.testing.assert_allclose(ours.values, theirs[list(profiles.names)].to_numpy(), atol=1e-4)
