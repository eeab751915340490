"""A screen and a config on disk, and a trained run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main
from cdcl.config import write_config
from cdcl.runs import Run
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdcl.config import RunConfig
    from cdcl.screen import Screen


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep decoded pixels of these tests out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDCL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def table(tiny_screen: Screen, tmp_path: Path) -> Path:
    write_screen(tiny_screen, tmp_path / "screen.csv")
    return tmp_path / "screen.csv"


@pytest.fixture
def config_file(tiny_config: Callable[..., RunConfig], tmp_path: Path) -> Path:
    write_config(tiny_config(split={"by": "batch", "test": ["B3"]}), tmp_path / "tiny.toml")
    return tmp_path / "tiny.toml"


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs that were made once; tests take copies."""
    return {"folder": tmp_path_factory.mktemp("runs")}


@pytest.fixture
def trained(table: Path, config_file: Path, tmp_path: Path, runs: dict[str, Path]) -> Run:
    """A run of six steps."""
    if "trained" not in runs:
        folder = runs["folder"] / "trained"
        assert main(["train", str(config_file), "--screen", str(table), "--out", str(folder)]) == 0
        runs["trained"] = folder
    return copy(runs["trained"], tmp_path / "run")


@pytest.fixture
def embedded(trained: Run, runs: dict[str, Path]) -> Run:
    """A run of six steps with its profiles."""
    if "embedded" not in runs:
        assert main(["embed", str(trained.folder)]) == 0
        runs["embedded"] = runs["folder"] / "embedded"
        shutil.copytree(trained.folder, runs["embedded"])
    return copy(runs["embedded"], trained.folder)


def copy(folder: Path, to: Path) -> Run:
    return Run(Path(shutil.copytree(folder, to, dirs_exist_ok=True)))
