from __future__ import annotations

from math import isnan, nan

import pytest

from cdcl.metrics import Score, half_scores, overall


def test_batches_weigh_four_and_biology_six() -> None:
    scores = [Score("kbet", 0.2), Score("ilisi", 0.4), Score("clisi", 0.9), Score("map_activity", 0.5)]
    score = overall(scores)
    assert score.value == pytest.approx(0.4 * 0.3 + 0.6 * 0.7)
    assert "without bras, graph_connectivity, nmi, ari, silhouette_label, map_distinct" in score.note


def test_wells_count_where_sites_were_scored_too() -> None:
    scores = [Score("kbet", 0.2, level="site"), Score("kbet", 0.6, level="well"), Score("clisi", 1.0, level="well")]
    assert overall(scores).value == pytest.approx(0.4 * 0.6 + 0.6)
    assert overall(scores).level == "well"


@pytest.mark.parametrize(("present", "missing"), [("kbet", "biology"), ("clisi", "batches")])
def test_half_a_table_has_no_overall(present: str, missing: str) -> None:
    score = overall([Score(present, 0.5), Score("nsc", 0.5), Score("ilisi", nan)])
    assert isnan(score.value)
    assert score.note == f"no score of {missing} could be had"


def test_halves_are_means_of_what_is_there() -> None:
    assert half_scores({"kbet": 0.2, "ilisi": nan, "nmi": 0.4, "ari": 0.2, "nsc": 1.0}) == pytest.approx((0.2, 0.3))
    assert all(map(isnan, half_scores({"nsc": 1.0})))
