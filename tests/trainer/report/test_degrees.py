from __future__ import annotations

from cdcl.metrics import Score, scores_table
from cdcl.report.degrees import degrees_section


def test_ladders_are_drawn_where_a_screen_has_two_rungs() -> None:
    scores = [
        Score("treatment_anyone", 0.8, 0.7, 0.9, 40, level="well", null=0.1, null_low=0.05, null_high=0.15),
        Score("treatment_other_batch", 0.6, 0.5, 0.7, 40, level="well"),
        Score("treatment_not_same_position", 0.12, 0.05, 0.2, 40, level="well", null_high=0.15),
    ]
    section = degrees_section(scores_table(scores))
    assert section is not None
    assert section.figures[0].png.startswith(b"\x89PNG")
    assert "falls from 0.80 to 0.12" in section.text
    assert "nothing is left: shuffled labels reach 0.15" in section.text
    assert degrees_section(scores_table(scores[:1])) is None
    assert degrees_section(scores_table([])) is None
