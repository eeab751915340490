"""What every method must do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from cdcl.config import METHOD_CONFIGS
from cdcl.config.recipes import check_config, dump_config
from cdcl.data.batches import Batch
from cdcl.errors import ConfigError
from cdcl.methods import METHODS, Progress, ScreenInfo, build_method
from cdcl.models.backbones import build_backbone

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig
    from cdcl.methods.cdcl import Cdcl

FACTS = ScreenInfo(num_channels=2, image_size=16, num_labels=4, domain_sizes=(4, 4))
ALL = pytest.mark.parametrize("name", METHODS)

RESNET = {"backbone": "resnet10t", "drop_path": 0.0}
APART = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2, "channels": "apart"}
GUIDES = [
    {"column": "batch", "keep": False, "hidden": 8},
    {"column": "dose", "kind": "regress", "hidden": 8},
    {"column": "gene", "kind": "contrast", "hidden": 8},
]
SIZES = {"batch": 2, "plate": 2, "dose": 0, "gene": 2}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "a ResNet": {"model": RESNET},
    "a network a channel": {"model": APART},
    "a nuisance head": {"nuisance": {"weight": 0.5, "hidden": 8}},
    "both": {"model": APART, "nuisance": {"weight": 0.5, "hidden": 8}},
    "guides": {"guides": GUIDES},
    "guides beside a nuisance head, a network a channel": {
        "model": APART,
        "nuisance": {"weight": 0.5, "hidden": 8, "column": "plate"},
        "guides": GUIDES,
    },
}
IN_EVERY_VARIANT = pytest.mark.parametrize("variant", VARIANTS)


def facts_for(config: RunConfig) -> ScreenInfo:
    return replace(FACTS, guide_sizes=tuple(SIZES[guide.column] for guide in config.all_guides))


def make_batch(config: RunConfig | None = None) -> Batch:
    torch.manual_seed(0)
    rows = torch.arange(4)
    domains = torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0]])
    views = (torch.randn(8, 2, 16, 16), torch.randn(8, 2, 8, 8))
    guides = () if config is None else config.all_guides
    truths = tuple(domains.float() if guide.kind == "regress" else domains for guide in guides)
    return Batch(views, 2, 2, rows, rows.flip(0), domains, torch.tensor([0, 1, 2, -1]), truths)


def test_every_method_has_a_config_of_its_name() -> None:
    assert METHODS.keys() == METHOD_CONFIGS.keys()


@ALL
@IN_EVERY_VARIANT
def test_loss_is_finite_and_gradients_reach_the_encoder(
    name: str, variant: str, tiny_config: Callable[..., RunConfig]
) -> None:
    config = tiny_config(name, **VARIANTS[variant])
    method = build_method(config, facts_for(config))
    method.train()
    outcome = method.step(make_batch(config), Progress(1, 10), diagnostics=True)
    assert outcome.loss.isfinite()
    assert all(value.isfinite().all() for value in {**outcome.parts, **outcome.diagnostics}.values())
    outcome.loss.backward()  # type: ignore[no-untyped-call]
    missing = [name for name, p in method.student.named_parameters() if p.requires_grad and p.grad is None]
    assert missing == []  # DistributedDataParallel would wait for them for ever
    kernels = [
        p
        for name, p in method.student.named_parameters()
        if name.endswith(("patch_embed.proj.weight", "conv1.0.weight"))
    ]
    assert kernels
    assert all(kernel.grad.abs().sum() > 0 for kernel in kernels)  # type: ignore[union-attr]


@ALL
@IN_EVERY_VARIANT
def test_only_the_student_is_trained_and_the_encoder_follows(
    name: str, variant: str, tiny_config: Callable[..., RunConfig]
) -> None:
    config = tiny_config(name, **VARIANTS[variant])
    method = build_method(config, facts_for(config))
    method.train()
    trained = {id(p) for p in method.parameters() if p.requires_grad}
    assert trained == {id(p) for p in method.student.parameters() if p.requires_grad}
    before = {key: value.clone() for key, value in method.encoder.state_dict().items()}
    optimizer = torch.optim.SGD(method.student.parameters(), lr=1.0)
    batch = make_batch(config)
    method.step(batch, Progress(1, 10)).loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    method.after_update(batch, Progress(1, 10))
    after = method.encoder.state_dict()
    assert any((after[key] != before[key]).any() for key in before if not key.endswith(("_mean", "_var", "_tracked")))


@ALL
@IN_EVERY_VARIANT
def test_the_encoder_is_what_a_checkpoint_is_loaded_into(
    name: str, variant: str, tiny_config: Callable[..., RunConfig]
) -> None:
    config = tiny_config(name, **VARIANTS[variant])
    method = build_method(config, facts_for(config))
    loaded = build_backbone(config.model, FACTS.num_channels, FACTS.image_size)
    loaded.load_state_dict(method.encoder.state_dict())
    images = torch.randn(2, 2, 16, 16)
    torch.testing.assert_close(loaded.eval()(images), method.encoder.eval()(images))


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


@pytest.fixture
def crossing(tiny_config: Callable[..., RunConfig]) -> Cdcl:
    method = {"name": "cdcl", "prototypes": 8, "only_cross_domain": True}
    return build_method(tiny_config("cdcl", method=method), FACTS)


def supplied_by(*from_partner: bool, num_globals: int = 2) -> Batch:
    numbers = (torch.zeros(1, dtype=torch.long),) * 4
    return Batch(make_batch().views, num_globals, len(from_partner) - num_globals, *numbers, from_partner=from_partner)


def test_only_cross_domain_keeps_the_pairs_of_an_image_and_its_partner(crossing: Cdcl) -> None:
    batch = supplied_by(False, True, False, False, False, True, True, True)
    assert crossing._pairs(batch) == ((0, 1), (0, 5), (0, 6), (0, 7), (1, 0), (1, 2), (1, 3), (1, 4))


def test_only_cross_domain_asks_the_batch_who_supplied_a_view_not_its_position(crossing: Cdcl) -> None:
    # partner_views = "locals": both global views are the anchor's, all local views the partner's.
    assert crossing._pairs(supplied_by(False, False, True, True)) == ((0, 2), (0, 3), (1, 2), (1, 3))


def test_only_cross_domain_without_a_view_of_the_partner_says_what_to_set(crossing: Cdcl) -> None:
    with pytest.raises(ConfigError, match=r"views\.local_crops\.count"):
        crossing._pairs(supplied_by(False, False))
