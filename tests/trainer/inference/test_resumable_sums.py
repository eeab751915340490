"""An embedding that was interrupted goes on where it stopped, and ends with the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.events import Advanced, Began, Said
from cdcl.inference import embed, load_model
from cdcl.inference.resumable_sums import ResumableSums, resumable_sums
from cdcl.runs import start_run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def interrupt(task: Task[Profiles]) -> None:
    """Close a task in the middle of embedding."""
    embedding = False
    for event in task:
        embedding = embedding or (isinstance(event, Began) and event.task == "embed")
        if embedding and isinstance(event, Advanced) and event.done > 6:
            break
    task.close()


def test_what_was_embedded_is_not_embedded_again(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(embedding={"batch_size": 8}, probes=0)
    run, cache = start_run(tmp_path / "run", config), tmp_path / "cache"
    finish(train(config, tiny_screen, run, cache_folder=cache))
    model = load_model(run.folder, "cpu")
    whole = finish(embed(model, tiny_screen, cache_folder=cache))
    assert not list((cache / "embedding").glob("*"))

    interrupt(embed(model, tiny_screen, cache_folder=cache))
    assert len(list((cache / "embedding").glob("*.npz"))) == 1

    heard: list[object] = []
    again = finish(embed(model, tiny_screen, cache_folder=cache), heard.append)
    np.testing.assert_array_equal(again.values, whole.values)
    assert any(isinstance(event, Said) and "were embedded before" in event.message for event in heard)
    assert not list((cache / "embedding").glob("*"))


def test_other_weights_never_go_on_from_these_sums(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    cache, models = tmp_path / "cache", []
    for seed in (0, 1):
        config = tiny_config(embedding={"batch_size": 8}, probes=0, seed=seed)
        run = start_run(tmp_path / f"run{seed}", config)
        finish(train(config, tiny_screen, run, cache_folder=cache))
        models.append(load_model(run.folder, "cpu"))
    interrupt(embed(models[0], tiny_screen, cache_folder=cache))
    assert list((cache / "embedding").glob("*"))
    heard: list[object] = []
    finish(embed(models[1], tiny_screen, cache_folder=cache), heard.append)
    assert not any(isinstance(event, Said) and "before" in event.message for event in heard)


def test_an_interruption_in_the_middle_of_an_addition_keeps_the_older_sums(tmp_path: Path) -> None:
    path = tmp_path / "sums.npz"
    ones = np.ones((2, 3), np.float32)
    with pytest.raises(KeyboardInterrupt), resumable_sums(path, (2, 3)) as kept:
        kept.add(np.array([0, 1]), ones)
        kept.write()
        kept._whole = False
        kept.sums += 9
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt), resumable_sums(path, (2, 3)) as again:
        np.testing.assert_array_equal(again.sums, ones)
        assert again.done == 1
        raise KeyboardInterrupt


def test_damaged_or_other_sums_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "sums.npz"
    path.write_bytes(b"PK damaged")
    kept = ResumableSums(path, np.zeros((2, 3)))
    kept.read()
    assert kept.done == 0
    ResumableSums(path, np.ones((4, 3)), done=2).write()
    kept.read()
    assert kept.done == 0
