"""AdamW, warm-up and cosine schedules by the share of the run done, clipping that never waits for the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cdcl.methods.schedule import cosine, ramp
from cdcl.models.freezing import layer_factors

if TYPE_CHECKING:
    from torch import nn

    from cdcl.config import OptimizerConfig


def build_optimizer(student: nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """Make AdamW: matrices decay, biases, norms and other vectors do not.

    With `layer_decay` the learning rate of a backbone's parameter is the head's times `layer_decay`^(L + 1 - l), l its
    layer and L the number of blocks (Clark et al. 2020); with `head_first` the backbone's waits for the head.

    Parameters
    ----------
    student
        Parameters with `requires_grad` are taken.
    config
        Only how parameters are grouped; rates and decays are set at each step by `Schedule`.
    """
    factors, own = (layer_factors(student, config.layer_decay), config.head_first > 0.0)
    groups: dict[tuple[bool, float, bool], list[nn.Parameter]] = {(True, 1.0, False): [], (False, 1.0, False): []}
    for parameter in student.parameters():
        if parameter.requires_grad:
            factor = factors.get(id(parameter))
            key = (parameter.ndim > 1, 1.0 if factor is None else factor, own and factor is not None)
            groups.setdefault(key, []).append(parameter)
    named = [
        {"params": parameters, "decays": decays, "factor": factor, "waits": waits}
        for (decays, factor, waits), parameters in groups.items()
        if parameters
    ]
    return torch.optim.AdamW(named, lr=0.0, fused=True)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Learning rate and weight decay at any point of the run.

    Attributes
    ----------
    config
        Rates, decays and the lengths of their parts, as shares of the run.
    batch_size
        Of a step over all processes; with `scale_lr` rates are times batch_size / 256.
    """

    config: OptimizerConfig
    batch_size: int

    def apply(self, optimizer: torch.optim.Optimizer, fraction: float) -> float:
        """Set learning rate and weight decay for a step.

        Parameters
        ----------
        fraction
            Share of the run that is done, 0 to 1.

        Returns
        -------
        float
            The learning rate of the head.
        """
        lr = self.lr(fraction)
        decay = cosine(self.config.weight_decay, self.config.weight_decay_end, fraction)
        for group in optimizer.param_groups:
            waits = self.waiting(fraction) if group.get("waits") else 1.0
            group["lr"] = lr * group.get("factor", 1.0) * waits
            group["weight_decay"] = decay if group["decays"] else 0.0
        return lr

    def waiting(self, fraction: float) -> float:
        """Give the factor of a backbone that waits for its head: 0, then a straight line up to 1."""
        since = fraction - self.config.head_first
        return 0.0 if since < 0.0 else ramp(0.0, 1.0, since, self.config.head_ramp)

    def lr(self, fraction: float) -> float:
        """Give the learning rate: a straight line up during the warm-up, then half a cosine down."""
        config = self.config
        factor = self.batch_size / 256 if config.scale_lr else 1.0  # DINO's rule: the rate is that of 256 images
        if fraction < config.warmup:
            return factor * ramp(config.lr_start, config.lr, fraction, config.warmup)
        rest = (fraction - config.warmup) / max(1.0 - config.warmup, 1e-9)
        return cosine(factor * config.lr, config.lr_end, rest)


@torch.no_grad()
def clip_gradients(student: nn.Module, config: OptimizerConfig) -> Tensor:
    """Shorten gradients that are longer than `config.clip`.

    Parameters
    ----------
    student
        Its gradients are changed in place.
    config
        `clip` is the greatest norm, 0 for none; `clip_per` says whose norm: "all" or each "tensor".

    Returns
    -------
    Tensor
        Norm of all gradients together before, still on the device: it is not waited for.
    """
    gradients = [p.grad for p in student.parameters() if p.grad is not None]
    norms = torch.stack(torch._foreach_norm(gradients))  # (tensors,), of which none is read back to the host
    total: Tensor = torch.linalg.vector_norm(norms)
    if config.clip > 0.0:
        # DINO's code clips each tensor by its own norm, CDCL's all of them by the norm of the whole.
        measured = norms if config.clip_per == "tensor" else total
        factors = (config.clip / (measured + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_(gradients, list(factors.unbind()) if factors.ndim else factors)
    return total


def step_where(optimizer: torch.optim.Optimizer, applied: Tensor) -> None:
    """Take an optimiser's step where `applied`, a scalar on the device, is true; else weights and moments stay.

    The fused kernels look at it themselves, as they do for scaled gradients in half precision, so that the processor
    does not wait for the device. Only elsewhere than on a CPU or with CUDA it is asked for.
    """
    if applied.device.type in ("cpu", "cuda"):
        optimizer.found_inf = 1.0 - applied.to(torch.float32)  # type: ignore[attr-defined]
        optimizer.step()
    elif applied:
        optimizer.step()


def check_moments(optimizer: torch.optim.Optimizer) -> None:
    """Hold the moments that were loaded against the weights they belong to.

    Raises
    ------
    ValueError
        If one has another shape.
    """
    for weight, state in optimizer.state.items():
        for name, value in state.items():
            if isinstance(value, torch.Tensor) and value.ndim and value.shape != weight.shape:
                raise ValueError(f"{name} is {tuple(value.shape)}, its weight {tuple(weight.shape)}")
