"""The triplet loss against its formula; positives from another plate first; what makes no triplet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from cdcl.data.batches import Batch
from cdcl.errors import ConfigError
from cdcl.methods import Progress, ScreenInfo, build_method
from cdcl.methods.triplet import MOST_EMPTY_STEPS
from cdcl.methods.triplets import Samples, choose_positives, triplet_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig


def slow_triplets(samples: Samples, margin: float) -> Tensor:
    """Schroff et al. 2015, eq. 3 on unit vectors, one semi-hard triplet (eq. 4) at a time."""
    n, terms = len(samples.labels), []

    def squared(i: int, j: int) -> Tensor:
        return ((samples.embeddings[i] - samples.embeddings[j]) ** 2).sum()

    for a in range(n):
        if samples.labels[a] < 0:
            continue
        others = [p for p in range(n) if p != a and samples.labels[p] == samples.labels[a]]
        elsewhere = [p for p in others if samples.domains[p] != samples.domains[a]]
        apart = [p for p in others if samples.images[p] != samples.images[a]]
        negatives = [k for k in range(n) if samples.labels[k] >= 0 and samples.labels[k] != samples.labels[a]]
        for p in elsewhere or apart or others:
            if not negatives:
                continue
            further = [k for k in negatives if squared(a, k) > squared(a, p)]
            within = [k for k in further if squared(a, k) < squared(a, p) + margin]
            chosen = within if further else [max(negatives, key=lambda k: squared(a, k))]
            terms += [squared(a, p) - squared(a, k) + margin for k in chosen]
    return torch.stack(terms).mean() if terms else torch.zeros((), dtype=torch.float64)


def draw(n: int, seed: int, *, kinds: int = 3) -> tuple[Tensor, Samples]:
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(n, 5, dtype=torch.float64, generator=generator).requires_grad_()
    labels = torch.randint(-1, kinds, (n,), generator=generator)
    domains = torch.randint(0, 2, (n,), generator=generator)
    images = torch.randint(0, max(n // 2, 1), (n,), generator=generator)
    return raw, Samples(F.normalize(raw, dim=-1), labels, domains, images)


@settings(deadline=None, max_examples=30)
@given(n=st.integers(2, 14), seed=st.integers(0, 10_000), margin=st.sampled_from([0.05, 0.2, 1.0]))
def test_loss_and_gradient_equal_the_formula(n: int, seed: int, margin: float) -> None:
    raw, samples = draw(n, seed)
    ours, share = triplet_loss(samples, margin)
    slow = slow_triplets(samples, margin)
    torch.testing.assert_close(ours, slow, rtol=1e-6, atol=1e-9)
    (gradient,) = torch.autograd.grad(ours, raw, retain_graph=True)
    expected = torch.autograd.grad(slow, raw)[0] if slow.requires_grad else torch.zeros_like(raw)
    torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-9)
    assert bool(share.isnan()) or 0.0 <= float(share) <= 1.0


@given(seed=st.integers(0, 10_000))
def test_the_order_of_views_does_not_matter(seed: int) -> None:
    _raw, samples = draw(10, seed)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(seed))
    parts = (samples.embeddings, samples.labels, samples.domains, samples.images)
    shuffled = Samples(*(part[order] for part in parts))
    torch.testing.assert_close(triplet_loss(samples, 0.2)[0], triplet_loss(shuffled, 0.2)[0])


def test_positives_come_from_another_plate_first_then_from_another_image() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, -1, -1])
    domains = torch.tensor([0, 0, 1, 0, 0, 0, 0, 0, 0, 1])
    images = torch.tensor([0, 1, 2, 3, 3, 4, 5, 5, 6, 6])
    chosen = choose_positives(Samples(torch.zeros(10, 2), labels, domains, images))
    found = {a: chosen[a].nonzero().flatten().tolist() for a in range(10)}
    assert found == {0: [2], 1: [2], 2: [0, 1], 3: [5], 4: [5], 5: [3, 4], 6: [7], 7: [6], 8: [], 9: []}


def test_two_labels_that_are_far_apart_cost_nothing() -> None:
    embeddings = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    labels = torch.tensor([0, 0, 1, 1])
    loss, share = triplet_loss(Samples(embeddings, labels, torch.arange(4), torch.arange(4)), 0.2)
    assert (float(loss), float(share)) == (0.0, 0.0)


def test_all_views_on_one_point_cost_the_margin() -> None:
    embeddings = torch.tensor([[1.0, 0.0]]).repeat(4, 1)
    loss, _share = triplet_loss(Samples(embeddings, torch.tensor([0, 0, 1, 1]), torch.arange(4), torch.arange(4)), 0.2)
    assert float(loss) == pytest.approx(0.2)


@pytest.mark.parametrize("labels", [[0, 0, 0], [-1, -1, -1], [0, 1, 2], [0, -1, 1], [0]])
def test_a_batch_without_a_triplet_has_no_loss_and_a_gradient_of_zeros(labels: list[int]) -> None:
    raw = torch.randn(len(labels), 4, requires_grad=True)
    places = torch.arange(len(labels))
    loss, share = triplet_loss(Samples(F.normalize(raw, dim=-1), torch.tensor(labels), places, places), 0.2)
    assert float(loss.detach()) == 0.0
    assert bool(share.isnan())
    (gradient,) = torch.autograd.grad(loss, raw)
    assert (gradient == 0).all()


def make_batch(labels: list[int], partners: list[int] | None = None) -> Batch:
    torch.manual_seed(0)
    rows, domains = torch.arange(len(labels)), torch.zeros(2, len(labels), dtype=torch.long)
    own = torch.tensor(labels)
    views = (torch.randn(2 * len(labels), 2, 16, 16),)
    each = None if partners is None else torch.stack([own, torch.tensor(partners)])
    return Batch(views, 2, 0, rows, rows, domains, own, view_labels=each)


def test_a_partner_of_another_label_is_no_positive(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("triplet"), ScreenInfo(2, 16, 4, (8,)))
    shared = method.step(make_batch([0, 1], [0, 1]), Progress(0, 10)).loss.detach()
    torch.testing.assert_close(method.step(make_batch([0, 1]), Progress(0, 10)).loss.detach(), shared)
    crossed = method.step(make_batch([0, 1], [1, 0]), Progress(0, 10)).loss.detach()
    assert float(crossed) != pytest.approx(float(shared))


def test_unlabelled_images_change_nothing(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("triplet", model={**TINY, "drop_path": 0.0}), ScreenInfo(2, 16, 4, (8,)))
    whole = make_batch([0, 0, 1, 1, -1, -1])
    kept = torch.tensor([0, 1, 2, 3, 6, 7, 8, 9])
    part = replace(make_batch([0, 0, 1, 1]), views=(whole.views[0][kept],))
    losses = [float(method.step(batch, Progress(0, 10)).loss.detach()) for batch in (whole, part)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2}


def test_a_label_column_with_one_value_is_refused(tiny_config: Callable[..., RunConfig]) -> None:
    for count in (0, 1):
        with pytest.raises(ConfigError, match="'treatment' has fewer than two values in the training rows"):
            build_method(tiny_config("triplet"), ScreenInfo(2, 16, count, (8,)))


def test_batches_that_never_hold_two_labels_end_the_run_with_a_mend(tiny_config: Callable[..., RunConfig]) -> None:
    method = build_method(tiny_config("triplet"), ScreenInfo(2, 16, 4, (8,)))
    empty, good = make_batch([0, 0]), make_batch([0, 1])

    def see(batch: Batch) -> None:
        found = method.step(batch, Progress(0, 10)).empty
        assert found is not None
        method.notice(empty=bool(found))

    for _step in range(MOST_EMPTY_STEPS - 1):
        see(empty)
    see(good)
    with pytest.raises(ConfigError, match=r"batches in a row .* set sampler = 'balanced'"):
        for _step in range(MOST_EMPTY_STEPS):
            see(empty)
