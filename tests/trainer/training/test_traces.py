"""What is skipped, interrupted or changed leaves no trace, or is said."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
import torch

from cdcl.config import load_config
from cdcl.data.loader import Loader
from cdcl.errors import ConfigError, RunError
from cdcl.events import Measured, Said, Warned
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.changes import lower_rate
from cdcl.training.checkpoints import checkpoint_steps, load_state
from cdcl.training.distributed import joined_team

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.screen import Screen

Make = "Callable[..., RunConfig]"

RESNET = {"backbone": "resnet10t"}


def make_run(folder: Path) -> Run:
    folder.mkdir()
    return Run(folder)


def spoil(monkeypatch: pytest.MonkeyPatch, bad: int) -> None:
    """Let one pixel of one view of step `bad` be infinite."""
    original = Loader.batches

    def batches(self, first, last, device):  # type: ignore[no-untyped-def]
        for step, batch in enumerate(original(self, first, last, device), first):
            views = tuple(view.clone() for view in batch.views)
            if step == bad:
                views[0][0, 0, 0, 0] = torch.inf
            yield replace(batch, views=views)

    monkeypatch.setattr(Loader, "batches", batches)


@pytest.mark.parametrize("method", ["simclr", "byol"])
def test_an_infinity_in_one_view_leaves_no_trace_in_a_resnet(
    method: str,
    tiny_screen: Screen,
    tiny_config: Make,
    tmp_path: Path,
    cache_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tiny_config(method, model=RESNET, steps=4)
    spoil(monkeypatch, 2)
    run = make_run(tmp_path / "run")
    events: list[Event] = []
    finish(train(config, tiny_screen, run, cache_folder=cache_folder), events.append)
    assert sum(isinstance(event, Warned) and "is skipped" in event.message for event in events) == 1
    state, _ = load_state(run)
    names = [name for name in state["method"] if name.endswith(("running_mean", "running_var"))]
    assert names, "a ResNet has BatchNorm"
    for name, value in state["method"].items():
        assert value.isfinite().all(), name


def test_running_statistics_after_a_skipped_step_are_those_before_it(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config("simclr", model=RESNET, steps=3, save_every=100)
    clean = make_run(tmp_path / "clean")

    def stop_after_two(event: Event) -> None:
        if isinstance(event, Measured) and "loss" in event.values:
            clean.ask_to_stop()

    finish(
        train(config.model_copy(update={"log_every": 1}), tiny_screen, clean, cache_folder=cache_folder), stop_after_two
    )
    spoil(monkeypatch, 1)
    spoiled = make_run(tmp_path / "spoiled")

    def stop_after_the_bad_one(event: Event) -> None:
        if isinstance(event, Warned) and "is skipped" in event.message:
            spoiled.ask_to_stop()

    finish(train(config, tiny_screen, spoiled, cache_folder=cache_folder), stop_after_the_bad_one)
    before, after = load_state(clean)[0], load_state(spoiled)[0]
    assert (before["step"], after["step"]) == (1, 2)
    for name, value in before["method"].items():
        assert torch.equal(value, after["method"][name]), name


def test_an_interrupt_in_the_middle_of_an_update_saves_no_half_step(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdcl.methods.dino import Dino

    original = Dino.after_update

    def after_update(self, batch, progress):  # type: ignore[no-untyped-def]
        if progress.step == 4:
            raise KeyboardInterrupt
        original(self, batch, progress)

    run = make_run(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(Dino, "after_update", after_update)
        with pytest.raises(KeyboardInterrupt):
            finish(train(tiny_config("dino"), tiny_screen, run, cache_folder=cache_folder))
    assert checkpoint_steps(run.checkpoints) == [3]
    finish(train(tiny_config("dino"), tiny_screen, run, resume=True, cache_folder=cache_folder))
    whole = make_run(tmp_path / "whole")
    finish(train(tiny_config("dino"), tiny_screen, whole, cache_folder=cache_folder))
    for name, value in load_state(whole)[0]["method"].items():
        assert torch.equal(value, load_state(run)[0]["method"][name]), name


def test_images_replaced_between_stop_and_resume_are_noticed(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    finish(train(tiny_config(steps=3), tiny_screen, run, cache_folder=cache_folder))
    path = tiny_screen.paths(5)[0]
    before = tifffile.imread(path)
    try:
        tifffile.imwrite(path, np.asarray(before + 1, np.uint16))
        with pytest.raises(
            RunError, match=rf"1 of 24 images are not those .* \(the first: .*{path.name}\); bring them back"
        ):
            finish(train(tiny_config(), tiny_screen, run, resume=True, cache_folder=cache_folder))
    finally:
        tifffile.imwrite(path, before)
    events: list[Event] = []
    finish(train(tiny_config(), tiny_screen, run, resume=True, cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Said) and "resumed at step 3" in event.message for event in events)


def test_another_number_of_threads_and_a_tuned_setting_are_said_on_resume(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    finish(train(tiny_config(steps=3), tiny_screen, run, cache_folder=cache_folder))
    assert '"torch_threads"' in run.environment.read_text()
    threads = torch.get_num_threads()
    events: list[Event] = []
    try:
        torch.set_num_threads(threads + 1)
        config = tiny_config(precision="bf16")
        finish(train(config, tiny_screen, run, resume=True, cache_folder=cache_folder), events.append)
    finally:
        torch.set_num_threads(threads)
    said = [event.message for event in events if isinstance(event, Warned)]
    assert any(f"OMP_NUM_THREADS={threads} goes on to the bit" in message for message in said)
    assert any("from step 3 on precision is bf16, not fp32" in message for message in said)


def test_every_setting_that_changed_is_named_when_a_run_goes_on(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    finish(train(tiny_config(steps=3), tiny_screen, run, cache_folder=cache_folder))
    changed = {"steps": 4, "save_every": 9, "log_every": 3, "probes": 1, "workers": 0, "recipe": "other", "about": "x"}
    events: list[Event] = []
    config = tiny_config().model_copy(update=changed)
    finish(train(config, tiny_screen, run, resume=True, cache_folder=cache_folder), events.append)
    named = {
        event.message.split()[4]: event
        for event in events
        if isinstance(event, Said | Warned) and event.message.startswith("from step 3 on ")
    }
    assert set(named) == set(changed) - {"about"}
    assert isinstance(named["steps"], Warned)
    assert "steps is 4, not 3: the learning rate" in named["steps"].message
    assert named["workers"].message == "from step 3 on workers is 0, not 1"


@pytest.mark.parametrize(
    ("rate", "recipe", "advised"),
    [(1e9, "cdcl-small", None), (1e9, "", 5e-4), (1e-5, "cdcl-small", 1e-6), (2e-3, "dino", 2e-4)],
)
def test_a_rate_that_led_astray_is_answered_by_one_that_can_work(
    rate: float, recipe: str, advised: float | None, tiny_config: Make
) -> None:
    own = load_config(recipe or "dino").optimizer.lr
    config = tiny_config(optimizer={"lr": rate}).model_copy(update={"recipe": recipe})
    assert lower_rate(config) == pytest.approx(own if advised is None else advised)


@pytest.mark.parametrize(
    ("size", "words"), [("2", "MASTER_ADDR, MASTER_PORT is not set: start them with torchrun"), ("two", "no count")]
)
def test_a_team_that_has_no_meeting_place_is_told_how_to_meet(
    size: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(os.environ, "WORLD_SIZE", size)
    monkeypatch.setitem(os.environ, "RANK", "0")
    with pytest.raises(ConfigError, match=words), joined_team(torch.device("cpu")):
        pass


@pytest.mark.parametrize("place", ["log.csv", "events.jsonl", "STOP", "probes"])
def test_a_folder_in_the_place_of_what_is_only_told_ends_no_training(
    place: str, tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    if place == "probes":
        run.snapshots.write_text("in the way")
    else:
        (run.folder / place / "deep").mkdir(parents=True)
    finish(train(tiny_config(probes=2), tiny_screen, run, cache_folder=cache_folder))
    assert checkpoint_steps(run.checkpoints)[-1] == 6
