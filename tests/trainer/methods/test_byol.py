"""BYOL's loss against its formula; its target's statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from cdcl.data.batches import Batch
from cdcl.methods import Progress, ScreenInfo, build_method
from cdcl.methods.byol import prediction_error
from cdcl.methods.cross_view import view_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig


def slow_byol(targets: Tensor, predictions: Tensor) -> Tensor:
    """Grill et al. 2020, eq. 2, both ways round, for two views."""
    total = torch.zeros((), dtype=torch.float64)
    for u, v in ((0, 1), (1, 0)):
        for image in range(targets.shape[1]):
            q = predictions[v, image] / predictions[v, image].pow(2).sum().sqrt()
            z = targets[u, image] / targets[u, image].pow(2).sum().sqrt()
            total = total + ((q - z) ** 2).sum() / targets.shape[1]
    return total


def test_loss_and_gradient_equal_the_formula() -> None:
    torch.manual_seed(0)
    targets = torch.randn(2, 5, 7, dtype=torch.float64)
    predictions = torch.randn(2, 5, 7, dtype=torch.float64, requires_grad=True)
    ours, slow = prediction_error(targets, predictions, view_pairs(2, 2)), slow_byol(targets, predictions)
    torch.testing.assert_close(ours, slow, rtol=1e-9, atol=1e-9)
    gradients = [torch.autograd.grad(loss, predictions)[0] for loss in (ours, slow)]
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-9, atol=1e-9)


def test_views_that_agree_cost_nothing_and_opposite_ones_eight() -> None:
    views = torch.randn(1, 3, 4).repeat(2, 1, 1)
    assert float(prediction_error(views, views, view_pairs(2, 2))) == pytest.approx(0.0, abs=1e-6)
    assert float(prediction_error(views, -views, view_pairs(2, 2))) == pytest.approx(8.0, abs=1e-6)


def test_local_views_leave_the_scale_of_the_loss() -> None:
    views = torch.randn(1, 3, 4).repeat(6, 1, 1)
    assert float(prediction_error(views[:2], -views, view_pairs(2, 6))) == pytest.approx(8.0, abs=1e-6)


def test_the_targets_running_statistics_are_averaged_too(tiny_config: Callable[..., RunConfig]) -> None:
    config = tiny_config(
        "byol", method={"name": "byol", "hidden": 8, "projection": 4, "momentum": 0.0, "momentum_end": 0.0}
    )
    method = build_method(config, ScreenInfo(2, 16, 4, (8,)))
    method.train()
    rows = torch.arange(4)
    batch = Batch((torch.randn(8, 2, 16, 16) + 3.0,), 2, 0, rows, rows, torch.zeros(2, 4, dtype=torch.long), rows)
    method.step(batch, Progress(0, 10))
    method.after_update(batch, Progress(0, 10))
    ours, theirs = (m[1].running_mean for m in (method.teacher.head, method.student.head.projector))  # type: ignore[index, union-attr]
    torch.testing.assert_close(ours, theirs)
    assert theirs.abs().sum() > 0  # type: ignore[union-attr]
