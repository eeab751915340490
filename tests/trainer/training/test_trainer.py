"""Training: what it writes, how it stops, and that it goes on as if nothing had happened."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file

from cdcl.errors import ConfigError, RunError
from cdcl.events import Ended, Measured, Said, Warned
from cdcl.methods import METHODS
from cdcl.methods.dino import Dino
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.checkpoints import best_step, checkpoint_steps

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.screen import Screen

Make = "Callable[..., RunConfig]"


def make_run(folder: Path) -> Run:
    folder.mkdir()
    return Run(folder)


def weights(run: Run, step: int) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / str(step) / "weights.safetensors")


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_run_is_bit_identical(
    method: str, tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    config = tiny_config(method, save_every=100)
    whole, parted = make_run(tmp_path / "whole"), make_run(tmp_path / "parted")
    finish(train(config, tiny_screen, whole, cache_folder=cache_folder))

    def stop_after_three(event: Event) -> None:
        if isinstance(event, Measured) and event.step == 2 and "loss" in event.values:
            parted.stop.touch()

    finish(train(config, tiny_screen, parted, cache_folder=cache_folder), stop_after_three)
    assert checkpoint_steps(parted.checkpoints)[-1] == 3
    finish(train(config, tiny_screen, parted, resume=True, cache_folder=cache_folder))
    assert same(weights(whole, 6), weights(parted, 6))
    kept = torch.load(whole.checkpoints / "6" / "state.pt", weights_only=True)
    again = torch.load(parted.checkpoints / "6" / "state.pt", weights_only=True)
    assert same(kept["method"], again["method"])
    for name in ("state.pt", "weights.safetensors", "weights.json"):
        files = [run.checkpoints / "6" / name for run in (whole, parted)]
        assert files[0].read_bytes() == files[1].read_bytes(), name


def test_a_checkpoint_that_a_killed_run_had_no_time_to_drop_goes_when_it_goes_on(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    finish(train(tiny_config(steps=9), tiny_screen, run, cache_folder=cache_folder))
    shutil.copytree(run.checkpoints / "6", run.checkpoints / "3")
    finish(train(tiny_config(steps=9), tiny_screen, run, resume=True, cache_folder=cache_folder))
    assert checkpoint_steps(run.checkpoints) == [6, 9]


def test_the_same_config_gives_the_same_weights_whatever_the_workers(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    """Noise too: threads draw it, each for its step."""
    runs = [make_run(tmp_path / name) for name in "abc"]
    for run, workers, noise in zip(runs, (0, 3, 3), (0.1, 0.1, 0.0), strict=True):
        config = tiny_config(workers=workers)
        noisy = config.model_copy(update={"views": config.views.model_copy(update={"noise": noise})})
        finish(train(noisy, tiny_screen, run, cache_folder=cache_folder))
    assert same(weights(runs[0], 6), weights(runs[1], 6))
    assert not same(weights(runs[1], 6), weights(runs[2], 6))


def test_another_seed_gives_other_weights(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    runs = [make_run(tmp_path / name) for name in "ab"]
    for seed, run in enumerate(runs):
        finish(train(tiny_config(seed=seed), tiny_screen, run, cache_folder=cache_folder))
    assert not same(weights(runs[0], 6), weights(runs[1], 6))


def test_run_folder_holds_card_log_and_two_checkpoints(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    events: list[Event] = []
    finish(train(tiny_config(steps=9), tiny_screen, run, cache_folder=cache_folder), events.append)
    assert checkpoint_steps(run.checkpoints) == [6, 9]
    card = json.loads((run.checkpoints / "9" / "weights.json").read_text())
    assert card["channels"] == ["DNA", "Actin"]
    assert card["config"]["method"]["name"] == "cdcl"
    with run.log.open() as file:
        lines = list(csv.DictReader(file))
    assert [int(line["step"]) for line in lines] == [0, 2, 4, 6, 8]
    assert {"loss", "lr", "data_wait", "images_per_second", "teacher_entropy", "feature_spread"} <= lines[0].keys()
    assert sum(isinstance(event, Measured) and "loss" in event.values for event in events) == 5
    assert any(isinstance(event, Said) and "another batch 24" in event.message for event in events)
    assert Ended("done", "done at step 9 of 9") in events


def test_closing_the_task_leaves_a_checkpoint(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    task = train(tiny_config(), tiny_screen, run, cache_folder=cache_folder)
    for event in task:
        if isinstance(event, Measured) and event.step == 2 and "loss" in event.values:
            break
    task.close()
    assert checkpoint_steps(run.checkpoints) == [3]


def test_a_log_longer_than_the_checkpoint_is_cut_back_on_resume(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    finish(train(tiny_config(steps=6), tiny_screen, run, cache_folder=cache_folder))
    clean = [line.split(",")[0] for line in run.log.read_text().splitlines()]
    run.log.write_text(run.log.read_text() + "6,9.9,1.0\n8,")  # what kill -9 leaves behind
    finish(train(tiny_config(steps=6), tiny_screen, run, resume=True, cache_folder=cache_folder))
    assert [line.split(",")[0] for line in run.log.read_text().splitlines()] == clean


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    finish(train(tiny_config(), tiny_screen, run, cache_folder=cache_folder))
    good = weights(run, 6)
    state = run.checkpoints / "6" / "state.pt"
    state.write_bytes(state.read_bytes()[:500])
    events: list[Event] = []
    finish(train(tiny_config(), tiny_screen, run, resume=True, cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Warned) and "damaged" in event.message for event in events)
    assert any(isinstance(event, Said) and "resumed at step 3" in event.message for event in events)
    assert same(weights(run, 6), good)


def test_resume_without_a_checkpoint_is_refused(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    with pytest.raises(RunError, match="no checkpoint to resume from"):
        finish(train(tiny_config(), tiny_screen, run, resume=True, cache_folder=cache_folder))


def test_steps_that_are_not_finite_are_skipped_and_the_third_in_a_row_ends_the_run(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Dino.step
    spoiled = {1, 3, 4, 5}

    def step(self, batch, progress, *, diagnostics=False):  # type: ignore[no-untyped-def]
        outcome = original(self, batch, progress, diagnostics=diagnostics)
        if progress.step in spoiled:
            outcome.loss.data.fill_(float("nan"))
        return outcome

    monkeypatch.setattr(Dino, "step", step)
    run = make_run(tmp_path / "run")
    events: list[Event] = []
    with pytest.raises(RunError, match="not finite in 3 steps in a row"):
        finish(train(tiny_config("dino", save_every=3), tiny_screen, run, cache_folder=cache_folder), events.append)
    assert sum(isinstance(event, Warned) and "skipped" in event.message for event in events) == 3
    assert checkpoint_steps(run.checkpoints) == [3], "weights that give no finite loss are not worth a checkpoint"
    for name, value in weights(run, 3).items():
        assert value.isfinite().all(), name


def test_held_out_batches_are_not_trained_on(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    events: list[Event] = []
    config = tiny_config(split={"by": "batch", "test": ["B3"]})
    finish(train(config, tiny_screen, make_run(tmp_path / "run"), cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Said) and "training on 16 of 24" in event.message for event in events)


def test_neither_steps_nor_epochs_is_a_config_error(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    with pytest.raises(ConfigError, match="neither steps nor epochs"):
        finish(train(tiny_config(steps=None), tiny_screen, make_run(tmp_path / "run"), cache_folder=cache_folder))


def test_validation_batches_are_watched_and_the_best_checkpoint_is_kept(
    tiny_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    config = tiny_config(steps=15, split={"by": "batch", "validation": ["B2"], "test": ["B3"]})
    events: list[Event] = []
    finish(train(config, tiny_screen, run, cache_folder=cache_folder), events.append)
    watched = {
        e.step: e.values["validation_accuracy"]
        for e in events
        if isinstance(e, Measured) and "validation_accuracy" in e.values
    }
    assert sorted(watched) == [3, 6, 9, 12, 15]
    assert all(0 <= value <= 1 for value in watched.values())
    best = max(watched, key=lambda step: (watched[step], step))
    assert set(checkpoint_steps(run.checkpoints)) == {best, 12, 15}
    assert best_step(run.checkpoints) == best
