"""The list of treatments behind a score: sorted as people count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from napari_cdcl.panels.scores.treatment_list import TreatmentList

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LABELS = ["taxol@10", "taxol@1", "taxol@0.5", "DMSO", "taxol@3"]


def test_labels_are_sorted_as_people_count_and_equal_values_keep_that_order(qtbot: QtBot) -> None:
    shown = TreatmentList()
    qtbot.addWidget(shown)
    shown.show_table(pd.DataFrame({"label": LABELS, "value": [0.5] * 5, "count": [4] * 5}), "treatment")
    in_order = ["DMSO", "taxol@0.5", "taxol@1", "taxol@3", "taxol@10"]
    shown.sort_by("value", down=True)
    assert shown.labels() == in_order
    shown.sort_by("label", down=False)
    assert shown.labels() == in_order
    shown.sort_by("label", down=True)
    assert shown.labels() == in_order[::-1]


def test_missing_values_are_last_both_ways(qtbot: QtBot) -> None:
    shown = TreatmentList()
    qtbot.addWidget(shown)
    values = [0.1, float("nan"), 0.3, 0.2, float("nan")]
    shown.show_table(pd.DataFrame({"label": LABELS, "value": values, "count": [4] * 5}), "treatment")
    shown.sort_by("value", down=True)
    assert shown.labels() == ["taxol@0.5", "DMSO", "taxol@10", "taxol@1", "taxol@3"]
    shown.sort_by("value", down=False)
    assert shown.labels() == ["taxol@10", "DMSO", "taxol@0.5", "taxol@1", "taxol@3"]
