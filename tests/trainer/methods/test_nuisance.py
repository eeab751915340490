"""The section [nuisance] is a guide that hides a column, with the numbers it always had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.config.guides import NuisanceGuide
from cdcl.data.batches import Batch
from cdcl.errors import ConfigError
from cdcl.methods import Progress, ScreenInfo, build_method
from cdcl.methods.guides.gradients import scaled
from cdcl.methods.guides.heads import ClassifyHead
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

growth = NuisanceGuide(column="batch").growth


def test_features_get_the_reversed_gradient_and_the_adversary_its_own() -> None:
    torch.manual_seed(0)
    adversary = ClassifyHead(4, 8, 3).double()
    features = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    truth = torch.tensor([0, 1, 2, 0, 1])
    loss = F.cross_entropy(adversary(scaled(features, -0.25)), truth)
    reversed_, own = torch.autograd.grad(loss, [features, adversary.layers[0].weight])  # type: ignore[list-item]
    plain = F.cross_entropy(adversary.layers(features), truth)
    straight, expected = torch.autograd.grad(plain, [features, adversary.layers[0].weight])  # type: ignore[list-item]
    torch.testing.assert_close(reversed_, -0.25 * straight)
    torch.testing.assert_close(own, expected)


def test_the_reversal_grows_from_nothing_to_almost_all() -> None:
    assert growth(0.0) == 0.0
    assert growth(1.0) == pytest.approx(1.0, abs=1e-4)
    assert growth(0.2) < growth(0.5)


def test_one_batch_alone_is_nothing_to_forget(tiny_config: Callable[..., RunConfig]) -> None:
    with pytest.raises(ConfigError, match=r"nuisance\.column = 'batch' has fewer than two values"):
        build_method(tiny_config("dino", nuisance={"weight": 1.0}), ScreenInfo(2, 16, 4, (8,), guide_sizes=(1,)))


def test_without_weight_there_is_no_adversary(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("dino"), ScreenInfo(2, 16, 4, (8,)))
    assert method.student.guides is None


OLD_LOG = """\
step,loss,lr,gradient_norm,dino,barlow,nuisance,nuisance_accuracy,teacher_entropy,prototype_entropy,feature_spread,effective_rank
0,4.64226,0,302.024,1.24874,4.29098,1.11184,0.25,0.057562,0.310938,0.0973645,2.16577
2,3.86264,0.00075025,45.1318,1.52452,3.18325,1.09407,0.3125,0.203605,0.770414,0.0155908,4.05377
4,5.70642,0.000117861,134.081,0.921704,5.80766,1.12025,0.375,0.0953439,0.437344,0.14363,3.05697
5,4.80038,1e-06,123.079,1.25995,4.45548,1.14378,0.1875,0.14712,0.539473,0.148388,3.23836"""
"""What this run logged at commit 3922f76, when the nuisance head was a method of its own."""


def test_an_old_config_gives_the_old_log(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path
) -> None:
    config = tiny_config("cdcl", nuisance={"weight": 0.5, "hidden": 8, "column": "batch"})
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    finish(train(config, tiny_screen, run, cache_folder=cache_folder))
    lines = [line.split(",") for line in run.log.read_text().splitlines()]
    kept = [i for i, name in enumerate(lines[0]) if name not in ("seconds", "data_wait", "images_per_second")]
    old = [line.split(",") for line in OLD_LOG.splitlines()]
    assert [lines[0][i] for i in kept] == old[0]
    for line, before in zip(lines[1:], old[1:], strict=True):
        # To the bit on the machine it was measured on; another processor rounds sums otherwise.
        assert [float(line[i]) for i in kept] == pytest.approx([float(number) for number in before], rel=2e-2)


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None]:
        return upstream[0] * -ctx.strength, None


def make_batch() -> Batch:
    torch.manual_seed(0)
    rows, domains = torch.arange(4), torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0]])
    views = (torch.randn(8, 2, 16, 16), torch.randn(8, 2, 8, 8))
    return Batch(views, 2, 2, rows, rows.flip(0), domains, torch.tensor([0, 1, 2, -1]), (domains,))


@pytest.mark.parametrize("name", ["dino", "cdcl", "supervised", "triplet"])
def test_loss_and_gradients_are_those_of_the_published_head_to_the_bit(
    name: str, tiny_config: Callable[..., RunConfig]
) -> None:
    batch, progress = make_batch(), Progress(4, 10)
    torch.manual_seed(1)
    method = build_method(
        tiny_config(name, nuisance={"weight": 0.5, "hidden": 8}), ScreenInfo(2, 16, 4, (4, 4), guide_sizes=(2,))
    )
    method.train()
    torch.manual_seed(2)
    now = method.step(batch, progress)
    now.loss.backward()  # type: ignore[no-untyped-call]

    torch.manual_seed(1)  # the same weights, then those of a head that is written out here
    plain = build_method(tiny_config(name), ScreenInfo(2, 16, 4, (4, 4)))
    head = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 2))
    plain.train()
    guesses: list[Tensor] = []
    call = plain.student.forward

    def looked_at(views: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        features, outputs = call(views)
        guesses.append(head(_Reversal.apply(features[: len(views[0])], 0.5 * growth(progress.fraction))))  # type: ignore[no-untyped-call]
        return features, outputs

    plain.wrap_ddp(looked_at)
    torch.manual_seed(2)
    before = plain.step(batch, progress)
    loss = before.loss + F.cross_entropy(guesses[0], batch.guides[0].flatten())
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.equal(now.loss, loss)
    found = {n: p.grad for n, p in method.student.named_parameters() if p.grad is not None}
    wanted = {n: p.grad for n, p in plain.student.named_parameters() if p.grad is not None}
    wanted |= {f"guides.heads.0.layers.{n}": p.grad for n, p in head.named_parameters() if p.grad is not None}
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in found)


def test_a_checkpoint_with_the_adversary_of_before_is_read(tiny_config: Callable[..., RunConfig]) -> None:
    config, facts = tiny_config("dino", nuisance={"weight": 0.5}), ScreenInfo(2, 16, 4, (4, 4), guide_sizes=(2,))
    state = build_method(config, facts).state_dict()
    old = {name.replace("guides.heads.0.", "adversary."): value for name, value in state.items()}
    assert old.keys() != state.keys()
    method = build_method(config, facts)
    method.load_state_dict(old)
    assert all(torch.equal(value, state[name]) for name, value in method.state_dict().items())
