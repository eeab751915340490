from __future__ import annotations

from math import nan

from cdcl.metrics import Score, scores_table
from cdcl.report import comparison_html, plain_table, scores_html


def test_what_stands_in_a_table_is_escaped() -> None:
    html = plain_table([("<script>", 3)], ("a & b",))
    assert "&lt;script&gt;" in html
    assert "a &amp; b" in html
    assert "<td class='number'>3</td>" in html


def test_bars_are_as_long_as_their_score() -> None:
    score = Score("treatment_other_batch", 0.5, 0.4, 0.6, 120, 0.1, level="well")
    html = scores_html(scores_table([score]))
    assert "Treatment recognised from another batch ↑" in html
    assert "width='70.0'" in html
    assert "M56.0 8H84.0" in html
    assert "0.400 to 0.600" in html


def test_what_is_not_available_is_listed_with_its_reason_once_for_all_levels() -> None:
    missing = [Score("kbet", nan, note="only one batch", level=level) for level in ("site", "well")]
    html = scores_html(scores_table([Score("nsc", 0.8, level="treatment"), *missing]))
    assert "Batches mixed (kBET acceptance) (site, well): only one batch" in html
    assert html.count("<li>") == 1


def test_the_best_of_each_column_is_bold_whichever_way_is_better() -> None:
    dino = [
        Score("treatment_other_batch", 0.3, chance=0.1, level="site"),
        Score("batch_recognised", 0.9, level="site", higher_is_better=False),
    ]
    cdcl = [
        Score("treatment_other_batch", 0.4, chance=0.1, level="site"),
        Score("batch_recognised", 0.2, level="site", higher_is_better=False),
    ]
    html = comparison_html({"DINO": dino, "CDCL": cdcl})
    assert "<b>0.400</b>" in html
    assert "<b>0.200</b>" in html
    assert html.count("<b>") == 2
    assert "Batch recognised (site) ↓" in html
    assert "chance" in html


def test_a_method_without_a_score_has_a_dash() -> None:
    html = comparison_html({"noise": [], "CDCL": [Score("kbet", 0.4, level="well")]})
    assert "<td>noise</td><td>\N{EN DASH}</td>" in html
