"""Fine-tuning: what is frozen stays, adapters merge into plain weights, deep layers learn faster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file

from cdcl.config import ModelConfig, OptimizerConfig
from cdcl.errors import ConfigError
from cdcl.events import Said, Warned
from cdcl.inference import load_model
from cdcl.models.backbones import build_backbone
from cdcl.models.freezing import depth_of
from cdcl.models.lora import add_adapters, plain_state
from cdcl.models.multicrop import MultiCrop
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.gain import tell_gain
from cdcl.training.optimizers import Schedule, build_optimizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 3, "heads": 2, "drop_path": 0.0}
IMAGES = torch.randn(2, 2, 16, 16, generator=torch.Generator().manual_seed(0))


def test_an_adapter_changes_nothing_at_first_and_merges_into_plain_weights() -> None:
    network, plain = (build_backbone(ModelConfig(**TINY), 2, 16).eval() for _ in range(2))
    before = network(IMAGES)
    add_adapters(network, 3)
    torch.testing.assert_close(network(IMAGES), before)
    for name, parameter in network.named_parameters():
        if "lora" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    plain.load_state_dict(plain_state(network))
    assert not torch.allclose(network(IMAGES), before, atol=1e-2)
    torch.testing.assert_close(plain(IMAGES), network(IMAGES), rtol=1e-4, atol=1e-5)


def test_adapters_are_for_transformers() -> None:
    with pytest.raises(ConfigError, match=r"model\.lora is for Vision Transformers"):
        build_backbone(ModelConfig(backbone="resnet18", lora=4), 2, 32)


@pytest.fixture
def start(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path
) -> Callable[..., Run]:
    def make(name: str, **changes: object) -> Run:
        run = Run(tmp_path / name)
        run.folder.mkdir()
        finish(train(tiny_config("dino", **changes), tiny_screen, run, cache_folder=cache_folder))
        return run

    return make


def weights(run: Run, step: int) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / str(step) / "weights.safetensors")


def moved(run: Run, start: Run, step: int) -> set[str]:
    before, after = weights(start, 0), weights(run, step)
    assert before.keys() == after.keys()
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_the_last_blocks_alone_are_trained(start: Callable[..., Run]) -> None:
    first = start("first", steps=0, model=TINY)
    tuned = start(
        "tuned", steps=3, model={**TINY, "pretrained": str(first.folder)}, optimizer={"lr": 1e-2, "trained_blocks": 1}
    )
    names = moved(tuned, first, 3)
    assert names
    assert all(name.startswith(("blocks.2.", "norm.")) for name in names)


def test_a_run_with_adapters_leaves_plain_weights(start: Callable[..., Run]) -> None:
    first = start("first", steps=0, model=TINY)
    tuned = start("tuned", steps=3, model={**TINY, "lora": 2, "pretrained": str(first.folder)}, optimizer={"lr": 1e-2})
    names = moved(tuned, first, 3)
    assert names
    assert all(name.endswith(("attn.qkv.weight", "attn.proj.weight")) for name in names)
    load_model(tuned.folder)


def test_the_backbone_waits_for_its_head(start: Callable[..., Run]) -> None:
    first = start("first", steps=0, model=TINY)
    tuned = start(
        "tuned", steps=4, save_every=2, model={**TINY, "pretrained": str(first.folder)},
        optimizer={"lr": 1e-2, "head_first": 0.9},
    )  # fmt: skip
    assert not moved(tuned, first, 2)


def test_layers_near_the_pixels_learn_more_slowly() -> None:
    network = build_backbone(ModelConfig(**TINY), 2, 16)
    student = MultiCrop(network, torch.nn.Linear(16, 4))
    config = OptimizerConfig(lr=1.0, layer_decay=0.5, warmup=0.0, head_first=0.2, head_ramp=0.2)
    optimizer = build_optimizer(student, config)
    Schedule(config, 8).apply(optimizer, 0.4)
    rate = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    top = rate[id(student.head.weight)]  # type: ignore[union-attr]
    for name, parameter in network.named_parameters():
        assert rate[id(parameter)] == pytest.approx(top * 0.5 ** (4 - depth_of(name, network)))
    Schedule(config, 8).apply(optimizer, 0.3)
    rate = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    assert rate[id(network.norm.weight)] == pytest.approx(0.5 * rate[id(student.head.weight)])  # type: ignore[union-attr]


def test_settings_that_ask_for_nothing_leave_two_groups_as_ever() -> None:
    student = MultiCrop(build_backbone(ModelConfig(**TINY), 2, 16), torch.nn.Linear(16, 4))
    groups = build_optimizer(student, OptimizerConfig()).param_groups
    assert [group["decays"] for group in groups] == [True, False]


def test_the_gain_over_the_frozen_start_is_told_with_what_chance_would_give(start: Callable[..., Run]) -> None:
    first = start("first", steps=0, model=TINY)
    model, split = {**TINY, "pretrained": str(first.folder)}, {"by": "batch", "validation": ["B3"]}
    tuned = start("tuned", steps=2, model=model, split=split, optimizer={"lr": 1e-3})
    found = json.loads((tuned.checkpoints / "2" / "weights.json").read_text())
    start_accuracy, now = found["frozen_start"]["validation_accuracy"], found["validation"]
    assert now["validation_gain"] == pytest.approx(now["validation_accuracy"] - start_accuracy)
    assert now["validation_count"] == 8
    assert 0 <= now["validation_gain_null"] <= 1.96 * 0.5**0.5 * 8**-0.5 + 1e-9


@pytest.mark.parametrize(("gain", "words"), [(0.3, "gained"), (0.02, "no more than chance"), (-0.1, "lost")])
def test_a_fine_tune_that_lost_says_so(gain: float, words: str) -> None:
    told = tell_gain({"validation_gain": gain, "validation_gain_null": 0.1}, {"validation_accuracy": 0.5})
    assert isinstance(told, Said if gain > 0.1 else Warned)
    assert words in told.message
