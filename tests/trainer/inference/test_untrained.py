"""The network as it was before training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from cdcl.inference import load_model
from cdcl.inference.untrained import untrained
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.inference import TrainedModel
    from cdcl.screen import Screen


@pytest.fixture
def model(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path
) -> TrainedModel:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    finish(train(tiny_config(), tiny_screen, run, cache_folder=cache_folder))
    return load_model(run.folder)


def weights(model: TrainedModel) -> torch.Tensor:
    return torch.cat([parameter.flatten() for parameter in model.encoder.parameters()])


def test_it_follows_its_seed_and_keeps_all_but_the_weights(model: TrainedModel) -> None:
    one, again, other = (untrained(model, seed) for seed in (1, 1, 2))
    assert torch.equal(weights(one), weights(again))
    assert not torch.equal(weights(one), weights(other))
    assert not torch.equal(weights(one), weights(model))
    assert (one.channels, one.tile, one.config) == (model.channels, model.tile, model.config)
    assert not one.encoder.training


def test_the_chance_of_others_is_left_as_it_was(model: TrainedModel) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    untrained(model)
    assert torch.equal(torch.rand(3), expected)
