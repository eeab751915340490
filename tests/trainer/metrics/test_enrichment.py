from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.metrics.enrichment import enriched_odds, enriched_share, odds_ratio
from cdcl.metrics.relations import at_the_ends, read_relations, relations_recalled
from cdcl.metrics.several import shares_any
from cdcl.profiles import Profiles

if TYPE_CHECKING:
    from pathlib import Path


def treatments(effect: float, *, count: int = 120, seed: int = 0) -> Profiles:
    """Compounds of mechanisms of six each, one well a compound."""
    rng = np.random.default_rng(seed)
    kinds = np.arange(count) // 6
    values = effect * rng.normal(size=(count // 6, 16))[kinds] + rng.normal(size=(count, 16))
    names = [f"c{number:03d}" for number in range(count)]
    table = pd.DataFrame({"treatment": names, "compound": names, "mechanism": [f"m{kind}" for kind in kinds]})
    return Profiles(values.astype(np.float32), table.assign(control=""), "treatment")


def test_odds_by_hand_with_a_half_only_where_a_count_is_zero() -> None:
    assert odds_ratio(2, 4, 4, 12) == pytest.approx(2 * 6 / (2 * 2))
    assert odds_ratio(1, 1, 5, 119) == pytest.approx(1.5 * 114.5 / (0.5 * 4.5))
    assert odds_ratio(0, 1, 5, 119) == pytest.approx(0.5 * 113.5 / (1.5 * 5.5))


def test_p_of_one_neighbour_is_the_share_of_the_mechanism_among_the_others() -> None:
    found = enriched_share(treatments(3.0))
    assert found.groups is not None
    assert found.value > 0.9
    # 119 others, 5 of the mechanism, one in the top: p is 5 / 119, or 1.
    assert set(found.groups["p"].round(9)) <= {round(5 / 119, 9), 1.0}
    assert found.chance == pytest.approx(5 / 119)
    assert found.count == 120


def test_p_of_a_larger_top_is_hypergeometric() -> None:
    found = enriched_share(treatments(1.0, count=240))
    assert found.groups is not None
    assert (found.groups["count"] == 2).all()
    both = 5 * 4 / (239 * 238)
    any_of = 1 - comb(234, 2) / comb(239, 2)
    assert set(found.groups["p"].round(9)) <= {round(both, 9), round(any_of, 9), 1.0}


def test_noise_is_enriched_no_more_often_than_chance_and_odds_follow() -> None:
    noise, strong = treatments(0.0), treatments(3.0)
    share = enriched_share(noise)
    assert share.low <= share.chance <= share.high
    assert enriched_odds(strong).value > 10 * enriched_odds(noise).value
    odds = enriched_odds(strong)
    assert odds.low <= odds.value <= odds.high


def test_where_one_neighbour_can_never_be_significant_there_is_a_reason() -> None:
    """The nearest 1 % of 40 others is one, and p 4/40 or more: the share was 0 (0 to 0.09)."""
    few = enriched_share(treatments(3.0, count=48).take(np.arange(48) < 41))
    assert np.isnan([few.value, few.low, few.high]).all()
    assert (few.can_be_right, few.can_be_wrong) == (0, 41)
    assert few.note == "none of 41 treatments can reach p < 0.05: the nearest 1% is one neighbour at most"
    many = enriched_share(treatments(3.0))
    assert (many.can_be_right, many.can_be_wrong) == (120, 120)


def test_any_shared_mechanism_counts() -> None:
    same = shares_any(pd.Series(["a|b", "b", "c", None], dtype="string"))
    assert same[0, 1]
    assert not same[0, 2]
    assert not same[3].any()


def test_of_one_mechanism_there_is_a_reason() -> None:
    profiles = treatments(1.0)
    profiles.table["mechanism"] = "m"
    assert "every answer would be right" in enriched_share(profiles).note


def related() -> tuple[Profiles, list[tuple[str, str]]]:
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(10), 3)
    values = 3 * rng.normal(size=(10, 16))[kinds] + rng.normal(size=(30, 16))
    table = pd.DataFrame({"gene": [f"g{number}" for number in range(30)], "control": ""})
    pairs = [(f"g{3 * kind}", f"g{3 * kind + other}") for kind in range(10) for other in (1, 2)]
    return Profiles(values.astype(np.float32), table, "well"), pairs


def test_known_pairs_at_the_ends_are_recalled_and_shuffled_names_reach_chance() -> None:
    profiles, pairs = related()
    narrow, wide = relations_recalled(profiles, [*pairs, ("g0", "unknown")])
    assert (narrow.name, wide.name) == ("relations_05", "relations_10")
    unit = profiles.values / np.linalg.norm(profiles.values, axis=1, keepdims=True)
    cosines = unit @ unit.T
    # Of 435 pairs, 21.75 are 5 %: the 21 least and the 21 greatest cosines.
    every = np.sort(cosines[np.triu_indices(30, 1)])
    hits = [not every[20] < cosines[int(one[1:]), int(other[1:])] < every[-21] for one, other in pairs]
    assert narrow.value == pytest.approx(np.mean(hits))
    assert narrow.count == 20
    assert narrow.value > narrow.null_high
    assert narrow.null == pytest.approx(0.1, abs=0.03)
    assert wide.null == pytest.approx(0.2, abs=0.04)


def test_the_ends_are_counted_by_ranks_as_efaar_does() -> None:
    """190 pairs of 20 entities with cosines of their own: 9 at each end (9.5 are 5 %); of ties across it none."""
    upper = np.triu_indices(20, 1)
    cosines = np.full((20, 20), -1.0)
    cosines[upper] = np.arange(190.0)
    ends = at_the_ends(cosines, 0.05)[upper]
    assert ends.nonzero()[0].tolist() == [*range(9), *range(181, 190)]
    tied = np.where(cosines < 12, 0.0, cosines)  # 12 pairs share the last place: more than 5 %
    assert at_the_ends(tied, 0.05)[upper].nonzero()[0].tolist() == [*range(181, 190)]


def test_profiles_that_are_all_alike_recall_nothing() -> None:
    profiles, pairs = related()
    alike = profiles.with_values(np.ones_like(profiles.values))
    assert [score.value for score in relations_recalled(alike, pairs)] == [0.0, 0.0]


def test_a_pair_named_twice_or_with_itself_counts_once_or_not() -> None:
    profiles, pairs = related()
    plain = relations_recalled(profiles, pairs)
    again = relations_recalled(profiles, [*pairs, *((other, one) for one, other in pairs), ("g3", "g3")])
    assert [(one.value, one.count) for one in again] == [(one.value, one.count) for one in plain]


def test_wells_of_several_genes_count_for_each() -> None:
    profiles, pairs = related()
    table = profiles.table.assign(gene=[f"g{number}|h{number}" for number in range(30)])
    both = Profiles(profiles.values, table, "well")
    plain = relations_recalled(both, [(one.replace("g", "h"), other) for one, other in pairs])
    assert plain[0].count == 20


def test_few_entities_have_a_reason_and_no_entities_an_error() -> None:
    profiles, pairs = related()
    few = profiles.take(np.arange(30) < 10)
    assert "10 entities" in relations_recalled(few, pairs)[0].note
    with pytest.raises(ProfilesError, match="names entities"):
        relations_recalled(Profiles(profiles.values, profiles.table[["control"]], "well"), pairs)


def test_pairs_are_read_from_any_separator_and_one_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("one\ttwo\tscore\nNA\tTP53\t1\nA\tA\t2\n")
    assert read_relations(tmp_path / "pairs.tsv") == [("NA", "TP53")]
    (tmp_path / "one.csv").write_text("gene\nA\n")
    with pytest.raises(ProfilesError):
        read_relations(tmp_path / "one.csv")
