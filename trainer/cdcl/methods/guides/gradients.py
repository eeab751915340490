"""What a guide's gradient becomes on its way to the encoder: scaled, reversed, brought to a share of the method's."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from cdcl.models.collectives import summed


def scaled(features: Tensor, factor: float) -> Tensor:
    """Give features whose gradient is multiplied by `factor` on the way back; below 0 reverses it."""
    result: Tensor = _Scaled.apply(features, factor)  # type: ignore[no-untyped-call]
    return result


def forked(features: Tensor, num_shown: int, factors: tuple[float, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Copy features for the method and for each guide; on the way back their gradients are balanced and added.

    With g_0 the method's gradient and g_k a guide's, the features get g_0 + sum f_k |g_0| g_k / |g_k|: a guide weighs
    what its factor says, whatever its loss measures and however well it is solved. Norms are over the whole batch of
    all processes. A guide without a gradient adds none.

    Parameters
    ----------
    features
        (n, D).
    num_shown
        The first so many rows are shown to the guides.
    factors
        f_k, one a guide; below 0 hides.

    Returns
    -------
    Tensor
        (n, D), for the method.
    tuple
        (num_shown, D) each, one a guide.
    """
    main, *shown = _Fork.apply(features, num_shown, factors)  # type: ignore[no-untyped-call]
    return main, tuple(shown)


class _Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None]:
        return upstream[0] * ctx.factor, None


class _Fork(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, num_shown: int, factors: tuple[float, ...]) -> tuple[Tensor, ...]:
        ctx.factors = factors
        return features.clone(), *(features[:num_shown].clone() for _ in factors)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None]:
        own, *guides = upstream
        norms = _norms(upstream)  # (1 + guides,)
        total = own.clone()
        for guide, factor, norm in zip(guides, ctx.factors, norms[1:], strict=True):
            # A loss that is solved to the last bit, or has no known value in the batch, has no direction to go.
            scale = torch.where(norm > 0, factor * norms[0] / norm, 0.0)
            total[: len(guide)] += scale.to(guide.dtype) * guide
        return total, None, None


def _norms(gradients: tuple[Tensor, ...]) -> Tensor:
    """Measure gradients (n_i, D) over all processes; squares are summed in float32, or float64 where they are."""
    squares = [gradient.to(torch.promote_types(gradient.dtype, torch.float32)).square().sum() for gradient in gradients]
    return summed(torch.stack(squares)).sqrt()
