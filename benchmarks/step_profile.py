"""Where a training step's processor time goes: operators of PyTorch's profiler, in the parts that one would mend.

What an operator of a part does itself is counted, not what it calls; a step is a forward and a backward pass of the
student, a forward pass of the teacher, the loss, and the update. The profiler reads the clock on the wall, which also
runs while others have the core: what counts are its shares, here of the processor time of steps without the profiler.
`step.py --profile` prints it.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from torch.profiler import ProfilerActivity, profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor
    from torch.autograd.profiler_util import FunctionEventAvg

    Views = tuple[Tensor, ...]

PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "aten::mkldnn_linear")

PARTS = {
    "attention: products": ("aten::bmm", "aten::baddbmm"),
    "other products": PRODUCTS,
    "attention: softmax": ("aten::_softmax", "aten::_softmax_backward_data"),
    "norms": ("aten::native_layer_norm", "aten::native_layer_norm_backward", "aten::native_group_norm"),
    "GELU": ("aten::gelu", "aten::gelu_backward"),
    "stem: patches": ("aten::mkldnn_convolution", "aten::convolution_backward"),
    "position embedding of local views": ("aten::_upsample_bicubic2d_aa", "aten::_upsample_bicubic2d_aa_backward"),
    "copies: between bf16 and float32, and in memory": ("aten::copy_", "aten::_to_copy", "aten::cat"),
    "optimizer": ("aten::_fused_adamw_", "Optimizer.step#AdamW.step", "Optimizer.zero_grad#AdamW.zero_grad"),
    "gradients: clipped and gathered": ("aten::linalg_vector_norm", "torch::autograd::AccumulateGrad"),
    "EMA": ("aten::lerp_", "aten::_foreach_lerp_"),
}
"""Operators by part, the first that fits counts; what works on prototypes' logits is the loss, but for products."""

STEPS = 3


def profile_table(step: Callable[[Views], float], views: Views, prototypes: int, floor: tuple[float, str]) -> list[str]:
    """Give rows of a table: share of each part of a step, and what that is of its processor time.

    Parameters
    ----------
    floor
        Seconds of the step's products at the rate of a large product, and in which precision that was measured.
    """
    step(views)
    usual = statistics.median(_timed(step, views) for _ in range(STEPS))
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as watched:
        for _ in range(STEPS):
            step(views)
    seconds: dict[str, float] = {}
    for event in watched.key_averages(group_by_input_shape=True):
        part = _part_of(event, prototypes)
        seconds[part] = seconds.get(part, 0.0) + event.self_cpu_time_total / 1e6 / STEPS
    total = sum(seconds.values())
    shares = {part: took / total for part, took in sorted(seconds.items(), key=_slowest)}
    shares["all products"] = sum(share for part, share in shares.items() if part.endswith("products"))
    rows = [f"| {part} | {share:.1%} | {share * usual:.3f} |" for part, share in shares.items()]
    return [
        "| part of a step | share | CPU s |",
        "|---|---|---|",
        *rows,
        f"| floor: all products at the rate of a large one, {floor[1]} | {floor[0] / usual:.1%} | {floor[0]:.3f} |",
        f"| the step, not profiled | | {usual:.3f} |",
    ]


def _slowest(named: tuple[str, float]) -> float:
    return -named[1]


def _timed(step: Callable[[Views], float], views: Views) -> float:
    began = time.process_time()
    step(views)
    return time.process_time() - began


def _part_of(event: FunctionEventAvg, prototypes: int) -> str:
    name = event.key
    of_logits = any(shape and shape[-1] == prototypes for shape in event.input_shapes if isinstance(shape, list))
    if name == "_CrossViewEntropy" or (of_logits and name not in PRODUCTS and name != "aten::_fused_adamw_"):
        return "loss and prototypes, without products"
    return next((part for part, names in PARTS.items() if name in names), "the rest: sums, views, bookkeeping")
