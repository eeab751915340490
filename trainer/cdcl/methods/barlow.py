"""CDCL's decorrelation term: prototypes of teacher and student must agree one by one and not repeat each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.models.collectives import gathered

if TYPE_CHECKING:
    from torch import Tensor


def standardise(logits: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Give each column mean 0 and variance 1 over the batch of all processes: BatchNorm without parameters.

    Parameters
    ----------
    logits
        (B, K) of this process.
    epsilon
        Added to the variance, as PyTorch's BatchNorm does by default.

    Returns
    -------
    Tensor
        (N, K) of all processes.
    """
    everyone = gathered(logits)  # (N, K) of all processes, from (B, K) of this one
    centred = everyone - everyone.mean(0)
    return centred * (centred.square().mean(0) + epsilon).rsqrt()


def decorrelation(teacher: Tensor, student: Tensor, off_diagonal: float) -> Tensor:
    """Measure how far R = Z_T' Z_S / N is from the identity (Haslum et al. 2023; after Zbontar et al. 2021).

    [(1 - w) mean_i (R_ii - 1)^2 + w mean_{i != j} R_ij^2] / ((1 - w) + 0.01 w), with means, not sums.

    Parameters
    ----------
    teacher, student
        Standardised logits, (N, K).
    off_diagonal
        w, the weight of the off-diagonal part (0.95 in CDCL).

    Returns
    -------
    Tensor
        A scalar, 0 (the identity) or more.
    """
    n, k = student.shape
    diagonal = (teacher * student).sum(0) / n  # R_ii, (K,)
    # The sum of all R_ij^2 is the inner product of two N x N Gram matrices; K x K is never formed.
    all_squares = ((teacher @ teacher.T) * (student @ student.T)).sum() / n**2
    off = (all_squares - diagonal.square().sum()) / (k * (k - 1))
    on = (diagonal - 1.0).square().mean()
    return ((1.0 - off_diagonal) * on + off_diagonal * off) / ((1.0 - off_diagonal) + 0.01 * off_diagonal)
