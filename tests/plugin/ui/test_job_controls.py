"""What a child says while it works: the stage in front, facts on a line of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from qtpy.QtWidgets import QWidget

from cdcl.events import Advanced, Began, Said
from napari_cdcl.ui.job_controls import JobControls

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def controls(qtbot: QtBot) -> JobControls:
    parent = QWidget()
    qtbot.addWidget(parent)
    return JobControls("Score", "", done="Scored.", cancelled="Cancelled.", parent=parent)


def test_a_fact_stands_below_the_stage_and_never_in_front_of_its_progress(controls: JobControls) -> None:
    fact = "columns: plate = Metadata_Plate, well = Metadata_Well"
    controls._hear(Said(fact))
    assert controls.words.text() == fact
    controls._hear(Began("score", total=3, unit="score"))
    assert controls.words.text() == f"scoring …\n{fact}"
    controls._hear(Advanced(1, "grit"))
    assert controls.words.text() == f"scoring: grit\n{fact}"
    assert controls.said == fact


def test_the_stage_stays_without_facts(controls: JobControls) -> None:
    controls._hear(Began("field quality", total=None, unit="field"))
    controls._hear(Advanced(4))
    assert controls.words.text() == "field quality"
