"""Recipes, config files and overrides: what is accepted, and what is said about the rest."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cdcl.config import list_recipes, load_config, write_config
from cdcl.config.recipes import check_config, dump_config
from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = sorted(list_recipes())


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_shipped_recipe_is_valid_and_says_what_it_does(recipe: str) -> None:
    config = load_config(recipe)
    assert config.recipe == recipe
    assert config.about.endswith(".")
    assert list_recipes()[recipe] == config.about


@pytest.mark.parametrize("recipe", RECIPES)
def test_written_config_is_the_same_config(recipe: str, tmp_path: Path) -> None:
    config = load_config(recipe)
    write_config(config, tmp_path / "config.toml")
    assert load_config(str(tmp_path / "config.toml")) == config


def test_written_config_spells_out_every_default() -> None:
    table = tomllib.loads(dump_config(load_config("dino")))
    assert table["optimizer"]["clip_per"] in ("all", "tensor")
    assert table["views"]["local_crops"]["count"] >= 0
    assert table["embedding"]["mode"] == "tiles"


def test_config_is_frozen() -> None:
    with pytest.raises(ValidationError):
        load_config("dino").seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("optimizer.lr=1e-4", 1e-4),
        ("optimizer.lr = 0.5", 0.5),
        ("method.name=dino", "dino"),
        ('device="cuda:1"', "cuda:1"),
        ("device=cuda:1", "cuda:1"),
        ("views.flip=false", False),
        ('split.test=["a", "b"]', ("a", "b")),
        ("views.global_crops.scale=[0.2, 0.4]", (0.2, 0.4)),
    ],
)
def test_override_is_read_as_toml_would(override: str, value: object) -> None:
    config: object = load_config("dino", [override])
    for part in override.partition("=")[0].strip().split("."):
        config = getattr(config, part)
    assert config == value


def test_later_override_wins() -> None:
    assert load_config("dino", ["seed=1", "seed=2"]).seed == 2


@given(lr=st.floats(1e-8, 1e3), steps=st.integers(1, 10**9), seed=st.integers(0, 2**31))
def test_numbers_survive_override_and_file(lr: float, steps: int, seed: int) -> None:
    config = load_config("dino", [f"optimizer.lr={lr!r}", f"steps={steps}", f"seed={seed}"])
    assert (config.optimizer.lr, config.steps, config.seed) == (lr, steps, seed)
    assert check_config(tomllib.loads(dump_config(config)), where="test") == config


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("batchsize=3", "unknown setting 'batchsize'. Did you mean 'batch_size'?"),
        ("optimizer.lrr=3", "Did you mean 'optimizer.lr'?"),
        ("method.prototype=3", "Did you mean 'method.prototypes'?"),
        ("lr=3", "unknown setting 'lr'"),
        ("batch_size=1", "batch_size = 1: Input should be greater than or equal to 2"),
        ("batch_size=many", "batch_size = 'many'"),
        ("batch_size=2.5", "batch_size = 2.5: that is no whole number"),
        ("optimizer.lr=fast", "optimizer.lr = 'fast': that is no number"),
        ("split=batch", "split = 'batch': that is a section; set what is in it, such as split.NAME=VALUE"),
        ("intensities=3", "intensities = 3: that is a section"),
        ("method.name=dyno", "unknown method 'dyno'. Did you mean 'dino'?"),
        ("seed", "write it as name=value"),
        ("=3", "write it as name=value"),
        ("seed.deep=3", "'seed' is a single value, it has no settings inside"),
        ("views.global_crops.scale=[0.5, 0.2]", "scale must satisfy 0 < low <= high <= 1"),
        ("intensities.percentiles=[50, 10]", "percentiles must satisfy"),
    ],
)
def test_wrong_override_is_named_with_its_mend(override: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("demo-cdcl", ["seed=1", override])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"unknown recipe 'demo-cdlc'. Did you mean 'demo-cdcl'\?"):
        load_config("demo-cdlc")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no config file at .*nothing\.toml"):
        load_config(str(tmp_path / "nothing.toml"))


@pytest.mark.parametrize("content", [b"steps = ", b"\xff\xfe\x00", b"[a]\n[a]\n"])
def test_what_is_no_toml_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not a readable TOML file") as caught:
        load_config(str(path))
    assert "\n" not in str(caught.value)


def test_folder_is_no_config(tmp_path: Path) -> None:
    folder = tmp_path / "x.toml"
    folder.mkdir()
    with pytest.raises(ConfigError, match="is a folder, no file"):
        load_config(str(folder))
