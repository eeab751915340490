"""The form holds what the config holds, takes what one types, and marks what is wrong where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import make_config

from cdcl.config import list_recipes, load_config
from napari_cdcl.panels.train.form import BASIC, ConfigForm
from napari_cdcl.panels.train.setting import in_words, write_value

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    form = ConfigForm()
    qtbot.addWidget(form)
    form.set_config(make_config())
    return form


@pytest.mark.parametrize("recipe", sorted(list_recipes()))
def test_every_recipe_comes_out_as_it_went_in(qtbot: QtBot, recipe: str) -> None:
    form = ConfigForm()
    qtbot.addWidget(form)
    config = load_config(recipe)
    form.set_config(config)
    for fold in form.folds.values():
        fold.open()
    assert form.config == config
    form.set_value("seed", str(config.seed))
    assert form.config == config


def test_basic_settings_are_there_and_the_rest_is_built_when_it_is_unfolded(form: ConfigForm) -> None:
    assert set(form.settings) == set(BASIC)
    form.folds["views"].open()
    assert "views.global_crops.size" in form.settings
    assert "model.depth" not in form.settings


def test_descriptions_are_tooltips(form: ConfigForm) -> None:
    assert "Peak learning rate." in form.settings["optimizer.lr"].editor.native.toolTip()


def test_what_is_typed_is_in_the_config(form: ConfigForm) -> None:
    form.settings["batch_size"].editor.value = "32"
    form.settings["split.test"].editor.value = "B1, B2"
    form.settings["steps"].editor.value = ""
    form.settings["epochs"].editor.value = "3"
    config = form.config
    assert config is not None
    assert (config.batch_size, config.split.test, config.steps, config.epochs) == (32, ("B1", "B2"), None, 3)


def test_choices_and_switches_are_in_the_config(form: ConfigForm) -> None:
    form.folds["views"].open()
    form.folds["more"].open()
    form.settings["views.flip"].editor.value = False
    form.settings["sampler"].editor.value = "balanced"
    config = form.config
    assert config is not None
    assert config.views.flip is False
    assert config.sampler == "balanced"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("optimizer.lr", "much", "valid number"),
        ("batch_size", "1", "greater than or equal to 2"),
        ("steps", "2.5", "integer"),
        ("optimizer.lr", "-1", "greater than 0"),
    ],
)
def test_a_wrong_value_is_marked_where_it_stands(form: ConfigForm, name: str, value: str, reason: str) -> None:
    form.settings[name].editor.value = value
    assert form.config is None
    assert list(form.problems) == [name]
    assert reason in form.settings[name].reason.text()
    form.set_value(name, getattr(make_config(), name, None) or 1e-3)
    assert form.config is not None
    assert form.settings[name].reason.text() == ""


def test_a_wrong_value_in_a_fold_is_marked_on_its_heading_and_a_range_as_a_whole(form: ConfigForm) -> None:
    form.folds["views"].open()
    form.settings["views.global_crops.scale"].editor.value = "0.9, 0.3"
    assert form.config is None
    assert "⚠" in form.folds["views"].heading.text()
    assert "scale must satisfy" in " ".join(setting.reason.text() for setting in form.settings.values())


def test_another_method_brings_its_own_settings(form: ConfigForm) -> None:
    form.set_config(load_config("simclr-small"))
    form.folds["method"].open()
    assert "method.temperature" in form.settings
    assert "method.barlow_weight" not in form.settings
    form.settings["method.temperature"].editor.value = "x"
    assert form.config is None
    assert list(form.problems) == ["method.temperature"]


def test_values_are_written_as_one_types_them() -> None:
    assert write_value((0.4, 1.0)) == "0.4, 1"
    assert write_value(None) == ""
    assert write_value(1e-05) == "1e-05"
    assert in_words("optimizer.weight_decay_end") == "weight decay end"


def test_groups_to_hold_out_are_picked_from_a_list(form: ConfigForm) -> None:
    form.offer("split.test", ["Week1", "Week2", "Week10"])
    setting = form.settings["split.test"]
    menu = setting.picker.menu()
    assert menu is not None
    assert not setting.picker.isHidden()
    for action in menu.actions()[1:]:
        action.trigger()
    assert form.config is not None
    assert form.config.split.test == ("Week2", "Week10")
    form.set_config(form.config)
    again = form.settings["split.test"].picker.menu()
    assert again is not None
    assert [action.isChecked() for action in again.actions()] == [False, True, True]
