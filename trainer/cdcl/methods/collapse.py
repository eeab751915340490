"""Diagnostics of collapse: signs that a representation collapses, and what to say about them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


@torch.no_grad()
def prototype_diagnostics(teacher_probs: Tensor) -> dict[str, Tensor]:
    """Describe the teacher's use of its prototypes.

    Parameters
    ----------
    teacher_probs
        (..., K) probabilities.

    Returns
    -------
    dict
        `teacher_entropy`: mean entropy over ln K (1 is uniform, 0 is one prototype for each image).
        `prototype_entropy`: entropy of the mean over ln K (0 is one prototype for all images).
    """
    flat = teacher_probs.flatten(0, -2).float()  # (n, K)
    limit = math.log(flat.shape[-1])
    mean = flat.mean(0)  # (K,)
    return {
        "teacher_entropy": torch.special.entr(flat).sum(-1).mean() / limit,
        "prototype_entropy": torch.special.entr(mean).sum() / limit,
    }


@torch.no_grad()
def feature_diagnostics(features: Tensor) -> dict[str, Tensor]:
    """Describe the spread of features.

    Parameters
    ----------
    features
        (n, D).

    Returns
    -------
    dict
        `feature_spread`: mean standard deviation of unit vectors times sqrt(D) (1 is isotropic, 0 is one point); NaN
        where a feature is not finite.
        `effective_rank`: unit vectors around their mean (n, D), for `effective_rank`.
    """
    unit = F.normalize(features.float(), dim=-1)
    spread = unit.std(0).mean() * math.sqrt(features.shape[-1])
    return {
        "feature_spread": torch.where(unit.isfinite().all(), spread, torch.nan),
        "effective_rank": unit - unit.mean(0),
    }


@torch.no_grad()
def effective_rank(centred: Tensor) -> Tensor:
    """Count the dimensions that features spread over: exp of the entropy of the normalised singular values.

    After Roy & Vetterli (2007). The processor waits for a GPU that finds singular values, and so asks it for the
    features instead, and finds them itself when these are there.

    Parameters
    ----------
    centred
        (..., n, D): one matrix, or several, over which the mean is taken.

    Returns
    -------
    Tensor
        A scalar from 1 to min(n, D); NaN where a feature is not finite.
    """
    finite = centred.isfinite().all()  # else a bad step, which is skipped; LAPACK would raise
    values = torch.linalg.svdvals(torch.where(finite, centred, 0.0))  # (..., min(n, D))
    share = values / values.sum(-1, keepdim=True).clamp(min=1e-12)
    return torch.where(finite, torch.special.entr(share).sum(-1).exp().mean(), torch.nan)


def warn_of_collapse(values: dict[str, float]) -> str:
    """Put the signs of a collapse into words.

    Parameters
    ----------
    values
        What a step logged: the diagnostics of this module, as far as they are there.

    Returns
    -------
    str
        One sentence with what to try; "" where nothing is wrong.
    """
    # The limits lie where a healthy run never comes near: they tell the end of a collapse, not its beginning.
    if values.get("teacher_entropy", 0.0) > 0.99:
        return (
            "the loss sits at ln K: the teacher is uniform over its prototypes. Try method.teacher_temperature 0.02, "
            "fewer method.prototypes, or method.batch_norm = true."
        )
    if values.get("prototype_entropy", 1.0) < 0.05:
        return (
            "one prototype takes all images: the teacher has collapsed. Try a higher method.teacher_temperature or a "
            "lower method.centre_momentum."
        )
    if values.get("feature_spread", 1.0) < 0.01:
        return "all images get nearly the same features: the encoder has collapsed. Try a lower optimizer.lr."
    return ""
