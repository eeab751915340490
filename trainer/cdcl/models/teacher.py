"""The EMA teacher: an exponential moving average of the student, parameters and buffers alike, without gradients."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn


def make_teacher(student: nn.Module) -> nn.Module:
    """Copy a module; the copy never gets gradients.

    Returns
    -------
    Module
        A copy with the student's weights of now, without gradients, in the mode of `keep_still`.
    """
    return keep_still(copy.deepcopy(student).requires_grad_(False))


def keep_still(teacher: nn.Module) -> nn.Module:
    """Put the teacher into evaluation mode: without drop path, but with BatchNorm by the statistics of the batch.

    With its running averages a head with BatchNorm can shrink to a constant, and does: the teacher's answers become
    uniform within a hundred steps. With the statistics of the batch its answers always differ from image to image.
    """
    teacher.eval()
    for module in teacher.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.train()
    return teacher


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, momentum: float, applied: Tensor | None = None) -> None:
    """Move the teacher: t <- m t + (1 - m) s. Running statistics of BatchNorm move too; counters are copied.

    Parameters
    ----------
    teacher
        Its parameters and buffers change in place.
    student
        It may have parts that the teacher lacks.
    momentum
        m, 0 to 1.
    applied
        A bool scalar on the device: where it is false, parameters stay as they are; None: it is true. Running
        statistics may move all the same.
    """
    averaged: tuple[list[Tensor], list[Tensor]] = ([], [])
    news = _state(student)
    for name, old in _state(teacher).items():
        new = news[name]
        if old.is_floating_point():
            averaged[0].append(old)
            averaged[1].append(new)
        else:
            old.copy_(new)
    if applied is None:
        torch._foreach_lerp_(averaged[0], averaged[1], 1.0 - momentum)
    else:
        _lerp(averaged[0], averaged[1], torch.where(applied, 1.0 - momentum, 0.0))


def _lerp(olds: list[Tensor], news: list[Tensor], weight: Tensor) -> None:
    """Move tensors towards others by a weight that only the device knows."""
    if weight.device.type != "cpu":
        lerp_in_launches(olds, news, weight)
        return
    weights = {dtype: weight.to(dtype) for dtype in {old.dtype for old in olds}}
    torch._foreach_lerp_(olds, news, [weights[old.dtype] for old in olds])


@torch.no_grad()
def lerp_in_launches(olds: list[Tensor], news: list[Tensor], weight: Tensor) -> None:
    """Move tensors towards others in three launches for all: torch's own takes one for each, if the weight is a tensor.

    Parameters
    ----------
    olds, news
        Tensors of the same shapes; the first are changed.
    weight
        A scalar on their device: 0 leaves them to the bit.
    """
    ways = torch._foreach_sub(news, olds)
    torch._foreach_mul_(ways, weight)
    torch._foreach_add_(olds, ways)


def _state(module: nn.Module) -> dict[str, Tensor]:
    return cast("dict[str, Tensor]", {**dict(module.named_parameters()), **dict(module.named_buffers())})
