"""What every method must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from cdcl.config import METHOD_CONFIGS
from cdcl.config.recipes import check_config, dump_config
from cdcl.data.batches import Batch
from cdcl.methods import METHODS, Facts, Progress, build_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig

FACTS = Facts(num_channels=2, image_size=16, num_labels=4, domain_sizes=(4, 4))
ALL = pytest.mark.parametrize("name", METHODS)


def make_batch() -> Batch:
    torch.manual_seed(0)
    rows = torch.arange(4)
    domains = torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0]])
    views = (torch.randn(8, 2, 16, 16), torch.randn(8, 2, 8, 8))
    return Batch(views, 2, 2, rows, rows.flip(0), domains, torch.tensor([0, 1, 2, -1]))


def test_every_method_has_a_config_of_its_name() -> None:
    assert METHODS.keys() == METHOD_CONFIGS.keys()


@ALL
def test_loss_is_finite_and_gradients_reach_the_encoder(name: str, tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config(name), FACTS)
    outcome = method.step(make_batch(), Progress(1, 10), signs=True)
    assert outcome.loss.isfinite()
    assert all(value.isfinite() for value in {**outcome.parts, **outcome.signs}.values())
    outcome.loss.backward()  # type: ignore[no-untyped-call]
    kernel = method.student.backbone.patch_embed.proj.weight  # type: ignore[union-attr]
    assert kernel.grad.abs().sum() > 0  # type: ignore[union-attr]


@ALL
def test_only_the_student_is_trained_and_the_encoder_follows(name: str, tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config(name), FACTS)
    trained = {id(p) for p in method.parameters() if p.requires_grad}
    assert trained == {id(p) for p in method.student.parameters() if p.requires_grad}
    before = {key: value.clone() for key, value in method.encoder.state_dict().items()}
    optimizer = torch.optim.SGD(method.student.parameters(), lr=1.0)
    batch = make_batch()
    method.step(batch, Progress(1, 10)).loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    method.after_update(batch, Progress(1, 10))
    assert any((value != before[key]).any() for key, value in method.encoder.state_dict().items())


@ALL
def test_config_survives_toml(name: str, tiny_config: Callable[..., RunConfig]) -> None:
    import tomllib

    config = tiny_config(name)
    assert check_config(tomllib.loads(dump_config(config)), where="test") == config


def test_frozen_prototypes_do_not_move(tiny_config: Callable[..., RunConfig]) -> None:
    config = tiny_config("dino", method={"name": "dino", "prototypes": 8, "hidden": 8, "freeze_prototypes": 0.5})
    method = build_method(config, FACTS)
    for step, frozen in ((1, True), (9, False)):
        method.step(make_batch(), Progress(step, 10)).loss.backward()  # type: ignore[no-untyped-call]
        method.before_update(Progress(step, 10))
        gradients = [parameter.grad for parameter in method.student.head.prototypes.parameters()]  # type: ignore[union-attr]
        assert all((gradient is None) == frozen for gradient in gradients)


def test_only_cross_domain_drops_the_six_pairs_within_an_image(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(
        tiny_config("cdcl", method={"name": "cdcl", "prototypes": 8, "only_cross_domain": True}), FACTS
    )
    batch = Batch(make_batch().views, 2, 6, *(torch.zeros(1, dtype=torch.long),) * 4)
    assert len(method._pairs(batch)) == 8  # type: ignore[operator]
