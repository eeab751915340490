"""A screen and a config on disk, and a trained run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main
from cdcl.config import write_config
from cdcl.runs import Run
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen


@pytest.fixture
def table(tiny_screen: Screen, tmp_path: Path) -> Path:
    write_screen(tiny_screen, tmp_path / "screen.csv")
    return tmp_path / "screen.csv"


@pytest.fixture
def config_file(tiny_config: Callable[..., RunConfig], tmp_path: Path) -> Path:
    split = {"by": "batch", "test": ["B3"]}
    write_config(tiny_config(split=split), tmp_path / "tiny.toml")
    return tmp_path / "tiny.toml"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep decoded pixels of these tests out of the user's cache."""
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path_factory.getbasetemp() / "cdcl-cache"))


@pytest.fixture
def trained(table: Path, config_file: Path, tmp_path: Path) -> Run:
    assert main(["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run")]) == 0
    return Run(tmp_path / "run")


@pytest.fixture
def embedded(trained: Run) -> Run:
    assert main(["embed", str(trained.folder)]) == 0
    return trained
