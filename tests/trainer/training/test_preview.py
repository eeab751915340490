"""What is shown and measured before a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from cdcl.config import SplitConfig
from cdcl.errors import RunError
from cdcl.events import Measured, Warned
from cdcl.runs import Run, reopen_run, start_run
from cdcl.tasks import finish
from cdcl.training import memory, train
from cdcl.training.memory import largest_fitting
from cdcl.training.preview import choose_rows, preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen


def test_views_and_estimate_are_of_this_screen_and_config(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(split={"by": "batch", "test": ["B3"]})
    shown, estimate = finish(preview(config, tiny_screen, Run(tmp_path / "scratch")))
    assert estimate.images == 16
    assert estimate.steps == 6
    assert estimate.seconds_per_step > 0
    assert estimate.cache_bytes == len(tiny_screen) * 2 * (40**2 + 20**2 + 10**2 + 5**2) * 2
    assert {(view.kind, view.partner) for view in shown} == {
        ("global", False), ("global", True), ("local", False), ("local", True),
    }  # fmt: skip
    assert {view.pixels.shape for view in shown} == {(2, 16, 16), (2, 8, 8)}
    assert all(view.place["batch"] != "B3" for view in shown)
    for anchor in {view.anchor for view in shown}:
        own = [view for view in shown if view.anchor == anchor]
        assert len({view.place["treatment"] for view in own}) == 1
        assert len({view.place["batch"] for view in own}) == 2


def test_epochs_are_counted_in_images_of_the_whole_screen(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(steps=None, epochs=10)
    _, estimate = finish(preview(config, tiny_screen, Run(tmp_path / "scratch"), steps=False))
    assert estimate.steps == 10 * 24 // 8
    assert np.isnan(estimate.seconds_per_step)


def test_anchors_come_with_partners_and_controls(tiny_screen: Screen, tiny_config: Callable[..., RunConfig]) -> None:
    config = tiny_config().model_copy(update={"split": SplitConfig()})
    rows, first = choose_rows(tiny_screen.sites, config)
    assert set(first) <= set(rows)
    sites = tiny_screen.sites
    assert set(sites.loc[first, "plate"]) <= set(sites.loc[rows][sites.loc[rows, "control"] == "negative"]["plate"])


@pytest.mark.parametrize("limit", [0, 2, 3, 7, 64, 100, 1000, 65536, 10**6])
@pytest.mark.parametrize("start", [2, 64, 5000])
def test_the_largest_batch_is_found_to_an_eighth(limit: int, start: int) -> None:
    tried: list[int] = []

    def fits(size: int) -> bool:
        tried.append(size)
        return size <= limit

    found = largest_fitting(fits, start, multiple=2)
    reachable = min(limit, memory.LARGEST) // 2 * 2
    assert found <= reachable
    assert found >= reachable * 7 / 8 - 2
    assert len(tried) < 40


def small_memory(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let steps fail that hold the activations of more than `most` images."""
    from cdcl.training.loop import TrainingLoop

    step = TrainingLoop._one_step

    def limited(self: TrainingLoop, batch, waited):  # type: ignore[no-untyped-def]
        if min(self.config.batch_size, self.config.micro_batch or self.config.batch_size) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return step(self, batch, waited)

    monkeypatch.setattr(TrainingLoop, "_one_step", limited)


def test_a_batch_too_large_for_the_memory_is_kept_and_computed_in_parts(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_memory(monkeypatch, 4)
    run = start_run(tmp_path / "run", tiny_config())
    events: list[Event] = []
    with pytest.raises(RunError, match=r"batch_size = 8 does not fit .* cpu; micro_batch = 4 does with the same grad"):
        finish(train(tiny_config(), tiny_screen, run, cache_folder=tmp_path / "cache"), events.append)
    assert Measured(0, {"fitting_micro_batch": 4}) in events
    parts = tiny_config(micro_batch=4)
    finish(train(parts, tiny_screen, reopen_run(run.folder, parts), resume=True, cache_folder=tmp_path / "cache"))
    assert run.checkpoint_steps()[-1] == 6


def test_a_resnets_batch_too_large_for_the_memory_ends_with_one_that_fits(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_memory(monkeypatch, 4)
    config = tiny_config("simclr", model={"backbone": "resnet10t", "drop_path": 0.0})
    run = start_run(tmp_path / "run", config)
    events: list[Event] = []
    with pytest.raises(RunError, match=r"batch_size = 8 does not fit into the memory of cpu; batch_size = 4 does"):
        finish(train(config, tiny_screen, run, cache_folder=tmp_path / "cache"), events.append)
    assert Measured(0, {"fitting_batch": 4}) in events


def test_a_run_that_goes_on_with_smaller_batches_says_from_where(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    run, cache = start_run(tmp_path / "run", tiny_config()), tmp_path / "cache"
    finish(train(tiny_config(), tiny_screen, run, cache_folder=cache))
    smaller = tiny_config(batch_size=4, steps=8)
    events: list[Event] = []
    task = train(smaller, tiny_screen, reopen_run(run.folder, smaller), resume=True, cache_folder=cache)
    finish(task, events.append)
    assert any(
        isinstance(event, Warned) and "from step 6 on batches are of 4 images, not 8" in event.message
        for event in events
    )
    with pytest.raises(RunError, match="batch_size = 4, not 16"):
        reopen_run(run.folder, tiny_config(batch_size=16, steps=8))
