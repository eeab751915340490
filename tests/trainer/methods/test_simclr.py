"""SimCLR's loss against its formula, and what labels may do to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from cdcl.data.batches import Batch
from cdcl.errors import ConfigError
from cdcl.methods import Progress, ScreenInfo, build_method
from cdcl.methods.simclr import contrast, sort_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig

FACTS = ScreenInfo(num_channels=2, image_size=16, num_labels=3, domain_sizes=(8,))


def slow_nt_xent(z: Tensor, temperature: float) -> Tensor:
    """Chen et al. 2020, eq. 1, for views (first of all images, then second of all): all but oneself in the sum."""
    n = len(z) // 2
    terms = []
    for i in range(2 * n):
        j = (i + n) % (2 * n)
        similar = [torch.exp(z[i] @ z[k] / (z[i].norm() * z[k].norm()) / temperature) for k in range(2 * n)]
        terms.append(-torch.log(similar[j] / sum(similar[k] for k in range(2 * n) if k != i)))
    return torch.stack(terms).mean()


def slow_with_labels(z: Tensor, images: list[int], labels: list[int], temperature: float, how: str) -> Tensor:
    """Khosla et al. 2020, eq. 2, or the same with views of the anchor's label left out of the sum."""
    unit = z / z.norm(dim=1, keepdim=True)
    terms = []
    for i in range(len(z)):
        others = [k for k in range(len(z)) if k != i]
        alike = [k for k in others if labels[k] == labels[i] >= 0]
        allies = [k for k in others if images[k] == images[i] or (how == "positives" and k in alike)]
        summed = [k for k in others if how != "ignored" or k in allies or k not in alike]
        total = sum(torch.exp(unit[i] @ unit[k] / temperature) for k in summed)
        terms.append(-sum(torch.log(torch.exp(unit[i] @ unit[p] / temperature) / total) for p in allies) / len(allies))
    return torch.stack(terms).mean()


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_loss_and_gradient_equal_the_formula(temperature: float) -> None:
    torch.manual_seed(0)
    z = torch.randn(10, 6, dtype=torch.float64, requires_grad=True)
    images, labels = torch.arange(5).repeat(2), torch.full((10,), -1)
    ours, _found = contrast(z, *sort_out(images, labels, "negatives"), temperature)
    slow = slow_nt_xent(z, temperature)
    torch.testing.assert_close(ours, slow, rtol=1e-10, atol=1e-10)
    gradients = [torch.autograd.grad(loss, z)[0] for loss in (ours, slow)]
    torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("how", ["negatives", "ignored", "positives"])
@pytest.mark.parametrize("num_views", [2, 3])
def test_labels_do_what_the_formula_says(how: str, num_views: int) -> None:
    torch.manual_seed(1)
    z = torch.randn(6 * num_views, 4, dtype=torch.float64, requires_grad=True)
    images = [image for _view in range(num_views) for image in range(6)]
    labels = [label for _view in range(num_views) for label in (0, 0, 1, 1, -1, -1)]
    masks = sort_out(torch.tensor(images), torch.tensor(labels), how)
    ours, _found = contrast(z, *masks, 0.2)
    slow = slow_with_labels(z, images, labels, 0.2, how)
    torch.testing.assert_close(ours, slow, rtol=1e-10, atol=1e-10)
    gradients = [torch.autograd.grad(loss, z)[0] for loss in (ours, slow)]
    torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-10)


def test_ignored_views_get_no_gradient_from_their_kin() -> None:
    torch.manual_seed(0)
    z = torch.randn(8, 4, dtype=torch.float64, requires_grad=True)
    images, labels = torch.arange(4).repeat(2), torch.tensor([0, 0, 1, 2]).repeat(2)
    allies, rivals = sort_out(images, labels, "ignored")
    loss, _found = contrast(z, allies, rivals, 0.1)
    assert not rivals[0, 1] and not allies[0, 1]
    # The term of view 0 alone must not know view 1 nor 5.
    unit = torch.nn.functional.normalize(z, dim=1)
    logits = (unit[0] @ unit.T / 0.1).masked_fill(~(allies | rivals)[0], -torch.inf)
    (gradient,) = torch.autograd.grad(logits.logsumexp(0), z)
    assert (gradient[[1, 5]] == 0).all()
    assert loss.isfinite()


def test_unknown_labels_are_nobodys() -> None:
    allies, rivals = sort_out(torch.arange(3).repeat(2), torch.full((6,), -1), "positives")
    plain, others = sort_out(torch.arange(3).repeat(2), torch.full((6,), -1), "negatives")
    assert (allies == plain).all()
    assert (rivals == others).all()


def test_an_image_drawn_twice_is_no_negative_of_itself() -> None:
    allies, rivals = sort_out(torch.tensor([3, 3, 5] * 2), torch.full((6,), -1), "negatives")
    assert allies.sum(1).tolist() == [3, 3, 1, 3, 3, 1]
    assert rivals.sum(1).tolist() == [2, 2, 4, 2, 2, 4]


def test_equal_projections_cost_ln_of_the_others_and_perfect_ones_almost_nothing() -> None:
    masks = sort_out(torch.arange(4).repeat(2), torch.full((8,), -1), "negatives")
    loss, _found = contrast(torch.ones(8, 4), *masks, 0.1)
    assert float(loss) == pytest.approx(math.log(7), rel=1e-5)
    loss, found = contrast(torch.eye(4).repeat(2, 1), *masks, 0.05)
    assert float(loss) < 1e-6
    assert float(found) == 1.0


def make_batch(num_globals: int = 2) -> Batch:
    torch.manual_seed(0)
    rows = torch.arange(4)
    views = (torch.randn(num_globals * 4, 2, 16, 16),)
    return Batch(views, num_globals, 0, rows, rows, torch.zeros(2, 4, dtype=torch.long), torch.tensor([0, 0, 1, -1]))


def test_profiles_come_from_the_trained_backbone_itself(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("simclr"), FACTS)
    optimizer = torch.optim.SGD(method.student.parameters(), lr=1.0)
    method.step(make_batch(), Progress(1, 10)).loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    method.after_update(make_batch(), Progress(1, 10))
    trained = method.student.backbone.state_dict()  # type: ignore[union-attr, operator]
    assert all(torch.equal(value, trained[name]) for name, value in method.encoder.state_dict().items())


def test_labels_change_the_loss_only_where_they_are_asked_for(tiny_config: Callable[..., RunConfig]) -> None:
    found = {}
    for how in ("negatives", "ignored", "positives"):
        method: dict[str, Any] = {"name": "simclr", "projection": 8, "same_label": how}
        torch.manual_seed(0)
        built = build_method(tiny_config("simclr", method=method), FACTS)
        found[how] = float(built.step(make_batch(), Progress(1, 9)).loss.detach())
    assert found["ignored"] < found["negatives"]
    assert found["positives"] != found["negatives"]


def test_one_view_cannot_be_contrasted(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("simclr"), FACTS)
    with pytest.raises(ConfigError, match=r"set views.global_crops.count to 2 or more"):
        method.step(make_batch(1), Progress(1, 10))


def test_labels_that_are_all_the_same_are_refused(tiny_config: Callable[..., RunConfig]) -> None:
    config = tiny_config("simclr", method={"name": "simclr", "same_label": "ignored", "label": "compound"})
    with pytest.raises(ConfigError, match=r"method.label = 'compound' has fewer than two values"):
        build_method(config, ScreenInfo(2, 16, 1, (8,)))
