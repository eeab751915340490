"""A run that begins at another's checkpoint, and a model that is given away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import RunError
from cdcl.runs import Run, branch_run, export_model, find_checkpoint, start_run
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("branching")


@pytest.fixture
def trained(tiny_screen: Screen, tiny_config: Callable[..., RunConfig], folder: Path) -> Run:
    """A run of six steps with checkpoints at 3 and 6."""
    from cdcl.training import train

    run = Run(folder / "first")
    if not run.config.exists():
        run = start_run(run.folder, tiny_config())
        finish(train(tiny_config(), tiny_screen, run, cache_folder=folder / "cache"))
    return run


def weights(run: Run, step: int) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(run.checkpoints / str(step) / "weights.safetensors")


def test_a_branch_with_the_same_settings_ends_where_its_source_did(
    trained: Run, tiny_screen: Screen, tiny_config: Callable[..., RunConfig], folder: Path
) -> None:
    from cdcl.training import train

    run = branch_run(trained.checkpoints / "3", folder / "same", tiny_config())
    finish(train(tiny_config(), tiny_screen, run, resume=True, cache_folder=folder / "cache"))
    for name, value in weights(trained, 6).items():
        np.testing.assert_array_equal(value, weights(run, 6)[name])
    assert len(run.log.read_text().splitlines()) == len(trained.log.read_text().splitlines())


def test_a_branch_may_learn_otherwise_and_leaves_its_source_alone(
    trained: Run, tiny_screen: Screen, tiny_config: Callable[..., RunConfig], folder: Path
) -> None:
    from cdcl.training import train

    before = (trained.log.read_bytes(), trained.events.exists(), trained.checkpoint_steps())
    config = tiny_config(optimizer={"lr": 0.01}, steps=8)
    run = branch_run(trained.checkpoints / "3", folder / "other", config)
    finish(train(config, tiny_screen, run, resume=True, cache_folder=folder / "cache"))
    assert run.checkpoint_steps() == [6, 8]
    assert any((value != weights(run, 6)[name]).any() for name, value in weights(trained, 6).items())
    assert before == (trained.log.read_bytes(), trained.events.exists(), trained.checkpoint_steps())


def test_a_branch_with_another_network_is_refused_in_a_line(
    trained: Run, tiny_screen: Screen, tiny_config: Callable[..., RunConfig], folder: Path
) -> None:
    from cdcl.training import train

    config = tiny_config(model={"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 32, "depth": 2, "heads": 2})
    run = branch_run(trained.checkpoints / "3", folder / "wide", config)
    with pytest.raises(RunError, match="of another network"):
        finish(train(config, tiny_screen, run, resume=True, cache_folder=folder / "cache"))


def test_a_run_stands_for_its_newest_checkpoint(trained: Run, tmp_path: Path) -> None:
    assert find_checkpoint(trained.folder) == (trained, 6)
    assert find_checkpoint(trained.checkpoints / "3") == (trained, 3)
    with pytest.raises(RunError, match="neither a run with a checkpoint"):
        find_checkpoint(tmp_path)


def test_an_exported_model_is_two_files_and_can_be_loaded(trained: Run, tmp_path: Path) -> None:
    from cdcl.inference import load_model

    folder = export_model(trained, tmp_path / "model")
    assert sorted(path.name for path in folder.iterdir()) == ["weights.json", "weights.safetensors"]
    assert load_model(folder, "cpu").channels == ("DNA", "Actin")


def test_an_export_overwrites_nothing_and_names_the_steps_there_are(trained: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there are: 3, 6"):
        export_model(trained, tmp_path / "model", step=5)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="already exists"):
        export_model(trained, tmp_path / "mine")
