"""The adversary learns what the encoder is to forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.methods import ScreenInfo, build_method
from cdcl.methods.nuisance import Adversary, growth

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig


def test_features_get_the_reversed_gradient_and_the_adversary_its_own() -> None:
    torch.manual_seed(0)
    adversary = Adversary(4, 8, 3).double()
    adversary.strength = 0.25
    features = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    truth = torch.tensor([0, 1, 2, 0, 1])
    loss = F.cross_entropy(adversary(features), truth)
    reversed_, own = torch.autograd.grad(loss, [features, adversary.layers[0].weight])
    plain = F.cross_entropy(adversary.layers(features), truth)
    straight, expected = torch.autograd.grad(plain, [features, adversary.layers[0].weight])
    torch.testing.assert_close(reversed_, -0.25 * straight)
    torch.testing.assert_close(own, expected)


def test_the_reversal_grows_from_nothing_to_almost_all() -> None:
    assert growth(0.0) == 0.0
    assert growth(1.0) == pytest.approx(1.0, abs=1e-4)
    assert growth(0.2) < growth(0.5)


def test_one_batch_alone_is_nothing_to_forget(tiny_config: Callable[..., RunConfig]) -> None:
    with pytest.raises(ConfigError, match=r"nuisance\.column = 'batch' has fewer than two values"):
        build_method(tiny_config("dino", nuisance={"weight": 1.0}), ScreenInfo(2, 16, 4, (8,), num_nuisances=1))


def test_without_weight_there_is_no_adversary(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("dino"), ScreenInfo(2, 16, 4, (8,), num_nuisances=2))
    assert method.student.adversary is None
