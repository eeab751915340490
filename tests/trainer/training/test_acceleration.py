"""How a network computes must not change what it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from cdcl.config.recipes import check_config
from cdcl.data.batches import Batch
from cdcl.errors import ConfigError
from cdcl.methods import Progress, ScreenInfo, build_method
from cdcl.training.acceleration import accelerate, compile_failures, networks, wants_compiling

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig
    from cdcl.methods import Method

CPU = torch.device("cpu")
SCREEN = ScreenInfo(2, 16, 4, (8, 8))


def make(config: RunConfig, passes: int = 1) -> Method:
    torch.manual_seed(0)
    method = build_method(config, SCREEN)
    accelerate(method, config, CPU, passes)
    return method.double().train()


def make_batch(size: int = 8, num_locals: int = 2) -> Batch:
    generator = torch.Generator().manual_seed(1)
    views = tuple(
        torch.randn(2 * size, 2, side, side, generator=generator).double() for side in (16, 8)[: 1 + bool(num_locals)]
    )
    rows, domains = torch.arange(size), torch.arange(size).remainder(2).repeat(2, 1)
    return Batch(views, 2, num_locals, rows, rows, domains, rows.remainder(4))


def gradients(method: Method, batch: Batch) -> dict[str, torch.Tensor]:
    torch.manual_seed(2)
    method.step(batch, Progress(0, 10)).loss.backward()  # type: ignore[no-untyped-call]
    return {name: p.grad for name, p in method.student.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("recipe", ["dino", "cdcl", "byol", "simclr", "supervised", "triplet"])
@pytest.mark.parametrize("passes", [2, 3])
def test_a_batch_in_parts_has_the_gradients_of_the_whole(
    recipe: str, passes: int, tiny_config: Callable[..., RunConfig]
) -> None:
    config = without_drop_path(tiny_config(recipe))
    whole, parts = gradients(make(config), make_batch()), gradients(make(config, passes), make_batch())
    assert whole.keys() == parts.keys()
    for name, gradient in whole.items():
        assert_same(parts[name], gradient)


def test_with_drop_path_what_is_computed_again_is_what_was_dropped(tiny_config: Callable[..., RunConfig]) -> None:
    one, again = (gradients(make(tiny_config("dino"), 2), make_batch()) for _ in range(2))
    for name, gradient in one.items():
        torch.testing.assert_close(again[name], gradient)


def test_checkpointing_has_the_same_gradients(tiny_config: Callable[..., RunConfig]) -> None:
    plain = without_drop_path(tiny_config("dino"))
    model = plain.model.model_copy(update={"checkpointing": True})
    whole, again = (
        gradients(make(plain), make_batch()),
        gradients(make(plain.model_copy(update={"model": model})), make_batch()),
    )
    for name, gradient in whole.items():
        assert_same(again[name], gradient)


@pytest.mark.parametrize(("passes", "checkpointing"), [(2, False), (1, True)])
def test_batch_norm_is_not_recomputed(passes: int, checkpointing: bool, tiny_config: Callable[..., RunConfig]) -> None:
    model = {"backbone": "resnet10t", "drop_path": 0.0, "checkpointing": checkpointing}
    with pytest.raises(ConfigError, match=r"has it: its statistics are of the whole batch"):
        make(tiny_config("simclr", model=model, micro_batch=4), passes)


@pytest.mark.parametrize("recipe", ["dino", "cdcl", "byol"])
def test_packed_views_have_the_outputs_and_gradients_of_unpacked_ones(
    recipe: str, tiny_config: Callable[..., RunConfig]
) -> None:
    plain = without_drop_path(tiny_config(recipe))
    packed = plain.model_copy(update={"model": plain.model.model_copy(update={"pack": True})})
    one, two, batch = make(plain), make(packed), make_batch()
    for here, there in zip(one.student(batch.views), two.student(batch.views), strict=True):
        torch.testing.assert_close(here, there, rtol=1e-6, atol=1e-6)
    found = gradients(two, batch)
    for name, gradient in gradients(one, batch).items():
        assert_same(found[name], gradient)


def test_packed_views_drop_paths_view_by_view(tiny_config: Callable[..., RunConfig]) -> None:
    model = tiny_config("dino").model.model_copy(update={"pack": True, "drop_path": 0.9})
    method = make(tiny_config("dino").model_copy(update={"model": model}))
    views = tuple(part[:1].expand(64, -1, -1, -1) for part in make_batch().views)
    features, _ = method.student(views)
    # Two blocks, two paths each, the first block's never dropped: a view has one of four fates, and keeps to it.
    for part in features.split(64):
        assert 2 <= len(torch.unique(part.detach().round(decimals=6), dim=0)) <= 4


def test_other_networks_cannot_be_packed(tiny_config: Callable[..., RunConfig]) -> None:
    model = {"backbone": "resnet10t", "drop_path": 0.0, "pack": True}
    with pytest.raises(ConfigError, match=r"pack = true is for a plain Vision Transformer"):
        make(tiny_config("simclr", model=model))


def test_networks_are_compiled_where_it_pays(tiny_config: Callable[..., RunConfig]) -> None:
    config = tiny_config()
    assert config.model.compile == "auto"
    assert wants_compiling(config, torch.device("cuda"))
    assert not wants_compiling(config, CPU)
    old = check_config({"model": {"compile": True}}, where="an old run")
    assert wants_compiling(old, CPU)


def test_a_network_that_cannot_be_compiled_runs_as_it_is_and_says_so_once(
    tiny_config: Callable[..., RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = without_drop_path(tiny_config("dino"))
    plain = gradients(make(config), make_batch())

    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no compiler found\nand more")

    monkeypatch.setattr(torch, "compile", lambda *_, **__: refuse)
    model = config.model.model_copy(update={"compile": "on"})
    method = make(config.model_copy(update={"model": model}))
    assert next(networks(method)).backbone._compiled_call_impl is not None
    for name, gradient in gradients(method, make_batch()).items():
        torch.testing.assert_close(gradient, plain[name])
    assert compile_failures(method) == ["RuntimeError: no compiler found"]
    assert compile_failures(method) == []


def assert_same(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Hold tensors to a millionth of their length: positions are resampled in float32, whatever the network is in."""
    assert (found - expected).norm() <= 1e-6 * expected.norm() + 1e-9


def without_drop_path(config: RunConfig) -> RunConfig:
    return config.model_copy(update={"model": config.model.model_copy(update={"drop_path": 0.0})})
