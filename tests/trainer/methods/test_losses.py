"""Each loss against its formula, written out slowly in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from cdcl.methods.barlow import decorrelation, standardise
from cdcl.methods.centres import Centres
from cdcl.methods.cross_view import cross_view_entropy, view_pairs

torch.manual_seed(0)


def slow_dino(probs: Tensor, logits: Tensor, pairs: list[tuple[int, int]], temperature: float) -> Tensor:
    """Caron et al. 2021, eq. 3, term by term."""
    terms = []
    for u, v in pairs:
        for image in range(logits.shape[1]):
            student = torch.exp(logits[v, image] / temperature)
            student = student / student.sum()
            terms.append(-(probs[u, image] * torch.log(student)).sum())
    return torch.stack(terms).mean()


def slow_barlow(teacher: Tensor, student: Tensor, off_diagonal: float) -> Tensor:
    """Haslum et al. 2023: the K x K matrix in full, BatchNorm without parameters."""
    n, k = student.shape

    def norm(x: Tensor) -> Tensor:
        return (x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + 1e-5)

    r = norm(teacher).T @ norm(student) / n
    on = sum((r[i, i] - 1) ** 2 for i in range(k)) / k
    off = sum(r[i, j] ** 2 for i in range(k) for j in range(k) if i != j) / (k * (k - 1))
    scale = (1 - off_diagonal) + 0.01 * off_diagonal
    return ((1 - off_diagonal) * on + off_diagonal * off) / scale


def test_cdcl_compares_fourteen_pairs() -> None:
    assert len(view_pairs(2, 8)) == 14
    assert all(u != v for u, v in view_pairs(2, 8))


def test_dino_loss_and_gradient_equal_the_formula() -> None:
    logits = torch.randn(5, 3, 7, dtype=torch.float64, requires_grad=True)
    probs = torch.randn(2, 3, 7, dtype=torch.float64).softmax(-1)
    pairs = view_pairs(2, 5)
    ours = cross_view_entropy(probs, logits, pairs, 0.1)
    (our_gradient,) = torch.autograd.grad(3.0 * ours, logits)
    slow = slow_dino(probs, logits, list(pairs), 0.1)
    (slow_gradient,) = torch.autograd.grad(3.0 * slow, logits)
    torch.testing.assert_close(ours, slow, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(our_gradient, slow_gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("k", [16, 4096, 65536])
def test_uniform_sides_give_ln_k(k: int) -> None:
    probs = torch.full((2, 2, k), 1.0 / k)
    loss = cross_view_entropy(probs, torch.zeros(4, 2, k), view_pairs(2, 4), 0.1)
    assert float(loss) == pytest.approx(math.log(k), rel=1e-5)


def test_dino_loss_does_not_change_its_inputs() -> None:
    logits = torch.randn(3, 2, 5, requires_grad=True)
    before = logits.detach().clone()
    cross_view_entropy(torch.full((2, 2, 5), 0.2), logits, view_pairs(2, 3), 0.1).backward()  # type: ignore[no-untyped-call]
    assert (logits.detach() == before).all()


@pytest.mark.parametrize(("n", "k"), [(6, 4), (4, 9)])
def test_barlow_term_and_gradient_equal_the_formula(n: int, k: int) -> None:
    teacher = torch.randn(n, k, dtype=torch.float64)
    student = torch.randn(n, k, dtype=torch.float64, requires_grad=True)
    ours = decorrelation(standardise(teacher), standardise(student), 0.95)
    slow = slow_barlow(teacher, student, 0.95)
    torch.testing.assert_close(ours, slow, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(
        torch.autograd.grad(ours, student)[0], torch.autograd.grad(slow, student)[0], rtol=1e-8, atol=1e-10
    )


def test_barlow_term_is_zero_for_equal_decorrelated_logits() -> None:
    z = standardise(torch.from_numpy(np.linalg.qr(np.random.default_rng(0).normal(size=(400, 5)))[0]))
    assert float(decorrelation(z, z, 0.95)) < 1e-3


def test_centres_move_by_share_of_batch_over_share_of_data() -> None:
    centres = Centres((30, 10), 3, momentum=0.9)
    logits = torch.randn(2, 4, 3)
    domains = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 1]])
    centres.update(logits, domains)
    for domain, size in enumerate((30, 10)):
        here = domains == domain
        weight = min(1.0, 0.1 * (int(here.sum()) / 8) / (size / 40))
        torch.testing.assert_close(centres.values[domain], weight * logits[here].mean(0))


def test_a_rare_domain_never_overshoots() -> None:
    centres = Centres((1, 1000), 2, momentum=0.9)
    logits = torch.ones(1, 4, 2)
    centres.update(logits, torch.zeros(1, 4, dtype=torch.long))
    torch.testing.assert_close(centres.values[0], torch.ones(2))


def test_one_centre_is_dinos_centre() -> None:
    centres = Centres((50,), 3, momentum=0.9)
    logits = torch.randn(2, 8, 3)
    centres.update(logits, torch.zeros(2, 8, dtype=torch.long))
    torch.testing.assert_close(centres.values[0], 0.1 * logits.reshape(-1, 3).mean(0))


def test_absent_domains_stay_where_they_are() -> None:
    centres = Centres((10, 10), 2, momentum=0.9)
    centres.values.fill_(5.0)
    centres.update(torch.zeros(1, 3, 2), torch.zeros(1, 3, dtype=torch.long))
    assert (centres.values[1] == 5.0).all()
