from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.config.split import SplitConfig
from cdcl.errors import ConfigError
from cdcl.screen import Screen
from cdcl.screen.splits import assign_split

if TYPE_CHECKING:
    from pathlib import Path


def screen(folder: Path, **columns: list[str]) -> Screen:
    sites = pd.DataFrame({"plate": ["1", "1", "2", "3"], "well": ["A01", "A02", "A01", "A01"], **columns})
    return Screen(sites.assign(site="1", path="a.tif", batch=["b1", "b1", "b2", "b3"]), ("DNA",), folder)


def split(screen: Screen, **settings: object) -> list[str]:
    return assign_split(screen, SplitConfig.model_validate(settings)).sites["split"].tolist()


def test_whole_groups_are_held_out(tmp_path: Path) -> None:
    assert split(screen(tmp_path), test=["b3"], validation=["b2"]) == ["train", "train", "validation", "test"]
    assert split(screen(tmp_path), by="plate", test=["1"]) == ["test", "test", "train", "train"]


def test_groups_stand_before_the_tables_own_split(tmp_path: Path) -> None:
    own = screen(tmp_path, split=["test", "test", "test", "train"])
    assert split(own, test=["b3"]) == ["train", "train", "train", "test"]


def test_the_tables_own_split_is_kept_under_its_other_names(tmp_path: Path) -> None:
    own = screen(tmp_path, split=["Train", "valid", "dev", "TEST"])
    assert split(own) == ["train", "validation", "validation", "test"]


def test_without_a_split_every_row_is_trained_on_and_the_screen_given_is_left_alone(tmp_path: Path) -> None:
    given = screen(tmp_path)
    assert split(given) == ["train"] * 4
    assert "split" not in given.sites


def test_an_unknown_group_or_column_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown batch 'B3'\. Did you mean 'b3'\?"):
        split(screen(tmp_path), test=["B3"])
    with pytest.raises(ConfigError, match="Did you mean 'plate'"):
        split(screen(tmp_path), by="plat", test=["1"])
    with pytest.raises(ConfigError, match="unknown split 'holdout'"):
        split(screen(tmp_path, split=["train", "train", "train", "holdout"]))


SUBSETS = {
    "only_controls": ["train", "train", "", "", ""],
    "only_treatments": ["", "", "train", "train", "train"],
    "half": ["train", "train", "train", "", "train"],
    "half_treatments": ["", "", "train", "", "train"],
}


@pytest.mark.parametrize("subset", SUBSETS)
def test_a_subset_is_trained_on_and_the_rest_of_the_training_rows_is_unused(tmp_path: Path, subset: str) -> None:
    sites = pd.DataFrame({"well": [f"A{i:02d}" for i in range(6)], "plate": ["1", "1", "1", "1", "2", "9"]})
    sites = sites.assign(site="1", path="a.tif", batch=["b1"] * 5 + ["b2"])
    treatments = ["DMSO", "DMSO", "a", "a", "a", "a"]
    given = Screen(sites.assign(treatment=treatments, control=["negative"] * 2 + [""] * 4), ("DNA",), tmp_path)
    assert split(given, subset=subset, test=["b2"]) == [*(part or "unused" for part in SUBSETS[subset]), "test"]


def test_a_subset_that_leaves_nothing_is_refused(tmp_path: Path) -> None:
    given = screen(tmp_path, treatment=["a"] * 4, control=[""] * 4)
    with pytest.raises(ConfigError, match=r"split\.subset = 'only_controls' leaves out all 4 images"):
        split(given, subset="only_controls")


def test_holding_out_everything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing is left to train on"):
        split(screen(tmp_path), test=["b1", "b2"], validation=["b3"])


def test_a_group_cannot_be_held_out_twice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both test and validation"):
        split(screen(tmp_path), test=["b1"], validation=["b1"])
