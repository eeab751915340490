"""Guides in the Train form: added, changed, refused and removed by mouse and keys, and what the screen says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hands import press
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tiny import make_config, make_screen

from cdcl.config import GuideConfig
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.train.form import ConfigForm
from napari_cdcl.panels.train.guide_words import TIPS, look_at_guides
from napari_cdcl.panels.train.readiness import HINT

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QComboBox, QLineEdit, QWidget

    from napari_cdcl.panels.train.guides_editor import GuidesEditor
    from napari_cdcl.panels.train.panel import TrainPanel

COLUMNS = ("treatment", "batch", "plate", "well", "concentration")


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    form = ConfigForm()
    qtbot.addWidget(form)
    form.offer("guides", COLUMNS)
    form.set_config(make_config())
    return form


def editor_of(form: ConfigForm) -> GuidesEditor:
    form.folds["guides"].open()
    assert form.guides is not None
    return form.guides


def guides_of(form: ConfigForm) -> tuple[GuideConfig, ...]:
    assert form.config is not None, form.problems
    return form.config.guides


def choose(box: QComboBox, title: str) -> None:
    """Choose from a drop-down with the keyboard, as its users do."""
    box.setFocus()
    while box.currentText() != title:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down if box.findText(title) > before else Qt.Key.Key_Up)
        assert box.currentIndex() != before


def type_into(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, text)


def test_guides_are_added_with_what_each_column_asks_for(form: ConfigForm) -> None:
    editor = editor_of(form)
    for _ in range(4):
        press(editor.adder)
    found = [(guide.column, guide.keep, guide.kind, guide.log, guide.weight) for guide in guides_of(form)]
    assert found == [
        ("treatment", True, "classify", False, 0.1),
        ("batch", False, "classify", False, 0.01),
        ("plate", False, "classify", False, 0.01),
        ("concentration", True, "regress", True, 0.1),
    ]


def test_a_guide_is_changed_and_what_is_not_shown_stays(form: ConfigForm) -> None:
    form.set_config(make_config(guides=[{"column": "treatment", "start": 0.25, "hidden": 32}, "hide batch"]))
    first, second = editor_of(form).rows
    choose(first.kind, "as groups")
    type_into(first.weight, "0.3")
    choose(second.aim, "keep")
    kept, other = guides_of(form)
    assert (kept.kind, kept.weight, kept.start, kept.hidden) == ("contrast", 0.3, 0.25, 32)
    assert (other.keep, other.weight) == (True, 0.1)
    choose(second.aim, "hide")
    assert guides_of(form)[1].weight == 0.01
    choose(first.aim, "hide")
    assert guides_of(form)[0].weight == 0.3, "a weight that was chosen stays"


def test_a_column_is_typed_or_picked(form: ConfigForm) -> None:
    editor = editor_of(form)
    press(editor.adder)
    column = editor.rows[0].column
    assert [column.itemText(number) for number in range(column.count())] == list(COLUMNS)
    line = column.lineEdit()
    assert line is not None
    type_into(line, "donor")
    assert guides_of(form)[0].column == "donor"
    form.offer("guides", ("batch", "treatment"))
    assert column.currentText() == "donor", "the guide's own column stays when another screen is opened"
    line.clear()
    choose(column, "batch")
    assert guides_of(form)[0].column == "batch"


def test_what_is_wrong_is_said_in_its_row(form: ConfigForm) -> None:
    editor = editor_of(form)
    press(editor.adder)
    press(editor.adder)
    first, second = editor.rows
    type_into(second.weight, "lots")
    assert form.config is None
    assert (first.problem.text(), second.problem.text()) == ("", "weight: should be a valid number")
    assert "⚠" in form.folds["guides"].heading.text()
    assert form.title_of("guides.1.weight") == "guide 2 (batch), weight"
    type_into(second.weight, "0.02")
    assert guides_of(form)[1].weight == 0.02
    assert second.problem.isHidden()


def test_one_column_cannot_be_kept_and_hidden(form: ConfigForm) -> None:
    form.set_config(make_config(guides=["treatment", "hide batch"]))
    editor = editor_of(form)
    line = editor.rows[1].column.lineEdit()
    assert line is not None
    type_into(line, "treatment")
    assert form.config is None
    assert "treatment has two guides" in editor.problem.text()


def test_a_wrong_setting_in_a_fold_opens_it(form: ConfigForm) -> None:
    form.set_config(make_config(guides=["treatment"]))
    row = editor_of(form).rows[0]
    row.mark({"ramp": "should be less than or equal to 1"})
    assert row.further.heading.isChecked()
    assert "less than or equal" in row.settings["ramp"].reason.text()


def test_further_settings_are_those_of_the_kind(form: ConfigForm) -> None:
    form.set_config(make_config(guides=["treatment"]))
    row = editor_of(form).rows[0]
    press(row.further.heading)
    shown = {name for name, setting in row.settings.items() if not setting.isHidden()}
    assert shown == {"start", "ramp", "balance", "hidden"}
    choose(row.kind, "as groups")
    assert not row.settings["temperature"].isHidden()
    choose(row.kind, "as numbers")
    assert row.settings["temperature"].isHidden()
    log = row.settings["log"].editor.native
    QTest.keyClick(log, Qt.Key.Key_Space)
    assert guides_of(form)[0].log is True


def test_guides_are_removed_and_the_keyboard_goes_to_the_next(form: ConfigForm, qtbot: QtBot) -> None:
    form.set_config(make_config(guides=["treatment", "hide batch"]))
    editor = editor_of(form)
    form.show()
    form.activateWindow()
    first, second = editor.rows
    first.remove.setFocus()
    QTest.keyClick(first.remove, Qt.Key.Key_Space)
    assert [guide.column for guide in guides_of(form)] == ["batch"]
    assert editor.focusWidget() is second.remove
    QTest.keyClick(second.remove, Qt.Key.Key_Space)
    assert guides_of(form) == ()
    assert editor.focusWidget() is editor.adder


def test_every_control_has_a_name_and_a_tip_in_plain_words(form: ConfigForm) -> None:
    form.set_config(make_config(guides=["treatment", "hide batch"]))
    editor = editor_of(form)
    for row in editor.rows:
        press(row.further.heading)
    controls: list[QWidget] = [box for row in editor.rows for box in (row.column, row.aim, row.kind, row.weight)]
    assert [box.accessibleName() for box in controls[4:]] == [
        "column of the guide, batch",
        "keep or hide, batch",
        "how it is read, batch",
        "weight, batch",
    ]
    assert editor.rows[0].remove.accessibleName() == "remove the guide, treatment"
    assert set(TIPS) == set(GuideConfig.model_fields)
    for jargon in ("gradient", "norm", "softmax", "loss", "encoder", "ProtoNCE", "backbone", "head"):
        assert not any(jargon in tip for tip in TIPS.values()), jargon


def test_the_screen_says_what_it_has_of_each_column(tmp_path: Path) -> None:
    config = make_config(guides=["treatment", "hide donor", "classify path", "regress batch"])
    kept, unknown, own, names = look_at_guides(make_screen(tmp_path), config)
    assert kept == ("4 names in 16 images to train on", False)
    assert unknown == ("This screen has no column 'donor'.", True)
    assert own.doubtful
    assert "a value of its own in each of its 16" in own.words
    assert names.doubtful
    assert "not a column of numbers" in names.words


@pytest.mark.usefixtures("own_folders")
def test_the_panel_offers_the_screens_columns_and_says_what_it_found(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    form = panel.setup.form
    press(form.folds["guides"].heading)
    assert form.guides is not None
    press(form.guides.adder)
    row = form.guides.rows[0]
    assert row.column.findText("well") >= 0
    qtbot.waitUntil(lambda: row.found.text() == "4 names in 16 images to train on")
    type_into(row.weight, "much")
    qtbot.waitUntil(
        lambda: panel.setup.starting.message.text() == "guide 1 (treatment), weight: should be a valid number."
    )
    assert not panel.setup.starting.start.isEnabled()


@pytest.mark.usefixtures("own_folders")
def test_nothing_starts_that_the_training_would_refuse(
    qtbot: QtBot, panel: TrainPanel, viewer: ViewerModel, tmp_path: Path
) -> None:
    setup = panel.setup
    assert setup.starting.start.toolTip() == HINT, "a button that is off says why"
    session_of(viewer).screen = make_screen(tmp_path / "screen")
    tip = setup.starting.start.toolTip()
    assert tip.startswith("Start it in a process of its own")
    press(setup.form.folds["guides"].heading)
    assert setup.form.guides is not None
    press(setup.form.guides.adder)
    press(setup.form.guides.adder)
    line = setup.form.guides.rows[1].column.lineEdit()
    assert line is not None
    type_into(line, "donor")
    wrong = "guide 2 (donor): This screen has no column 'donor'."
    qtbot.waitUntil(lambda: not setup.starting.start.isEnabled())
    assert (setup.starting.start.toolTip(), setup.starting.message.text()) == (wrong, wrong)
    assert not any(
        button.isEnabled()
        for button in (setup.starting.copy, setup.starting.slurm, setup.starting.submit, setup.preview.button)
    )
    type_into(line, "plate")
    qtbot.waitUntil(setup.starting.start.isEnabled)
    assert (setup.starting.start.toolTip(), setup.starting.message.text()) == (tip, "")
    type_into(line, "donor")
    qtbot.waitUntil(lambda: not setup.starting.start.isEnabled())
    press(setup.form.guides.rows[1].remove)
    qtbot.waitUntil(setup.starting.start.isEnabled)
    assert setup.starting.message.text() == ""
