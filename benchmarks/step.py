"""The training step against a re-implementation of the 2021 DINO step: same network, same views, same run.

    python benchmarks/step.py [--backbone vit_tiny_patch16_224] [--prototypes 65536] [--batch 4] [--rounds 5]
    python benchmarks/step.py --profile   # where the time of our step goes

The reference does what the 2021 code does: float32, torch's fused attention, log-softmax of every view pair, weight
norm by division, clipping tensor by tensor with a host synchronisation each, AdamW and the moving average in a Python
loop.
Both start from the same weights; the losses of the first steps in float32 are printed beside each other. The floor is
the time of the step's matrix products alone: its operations, as torch counts them, at the rate of a large product
measured in the same rounds.
"""

from __future__ import annotations

import argparse
import copy
import math
import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from machine import describe_machine, write_result
from step_profile import profile_table
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from cdcl.config import DinoConfig, ModelConfig, OptimizerConfig
from cdcl.data.batches import Batch
from cdcl.methods import Progress, ScreenInfo
from cdcl.methods.dino import Dino
from cdcl.training.devices import use_bf16
from cdcl.training.optimizers import Schedule, build_optimizer, clip_gradients, step_where

if TYPE_CHECKING:
    from collections.abc import Callable

CHANNELS, GLOBALS, LOCALS = 5, (2, 224), (8, 96)


class Reference:
    """The 2021 step, on deep copies of the same modules."""

    def __init__(self, method: Dino) -> None:
        self.student, self.teacher = copy.deepcopy(method.student), copy.deepcopy(method.teacher)
        for module in (*self.student.modules(), *self.teacher.modules()):
            if hasattr(module, "fused_attn"):
                module.fused_attn = True
        self.centre = torch.zeros(1, method.config.prototypes)
        self.config = method.config
        trained = [parameter for parameter in self.student.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.04, foreach=False, fused=False)

    def __call__(self, views: tuple[Tensor, ...]) -> float:
        student = self._run(self.student, views)
        with torch.no_grad():
            teacher = self._run(self.teacher, views[:1])
        loss = self._loss(student, teacher)
        value = loss.item()
        self.optimizer.zero_grad()
        loss.backward()
        for parameter in self.student.parameters():
            if parameter.grad is not None:
                norm = parameter.grad.data.norm(2)
                if (factor := 3.0 / (norm.item() + 1e-6)) < 1:
                    parameter.grad.data.mul_(factor)
        self.optimizer.step()
        with torch.no_grad():
            for new, old in zip(self.student.parameters(), self.teacher.parameters(), strict=True):
                old.data.mul_(0.996).add_(0.004 * new.detach().data)
        return value

    def _run(self, model: nn.Module, views: tuple[Tensor, ...]) -> Tensor:
        features = torch.cat([model.backbone(view) for view in views])
        hidden = F.normalize(model.head.mlp(features), dim=-1)
        return F.linear(hidden, F.normalize(model.head.prototypes.direction, dim=-1))

    def _loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        answers = (student / self.config.student_temperature).chunk(GLOBALS[0] + LOCALS[0])
        sharpened = (teacher - self.centre) / self.config.teacher_temperature
        targets = F.softmax(sharpened, dim=-1).detach().chunk(GLOBALS[0])
        terms = [
            torch.sum(-target * F.log_softmax(answer, dim=-1), dim=-1).mean()
            for u, target in enumerate(targets)
            for v, answer in enumerate(answers)
            if u != v
        ]
        self.centre = self.centre * 0.9 + teacher.mean(0, keepdim=True) * 0.1
        return sum(terms[1:], terms[0]) / len(terms)


class Ours:
    """The step of the trainer's loop, without its events."""

    def __init__(self, method: Dino, *, bf16: bool, batch: int) -> None:
        self.method = copy.deepcopy(method)
        self.method.wrap_ddp(self.method.student)
        self.method.student.in_bf16 = self.method.teacher.in_bf16 = bf16
        self.config = OptimizerConfig(lr=1e-4, lr_end=1e-4, warmup=0.0, weight_decay_end=0.04, clip_per="tensor")
        self.optimizer = build_optimizer(self.method.student, self.config)
        self.schedule = Schedule(self.config, batch)

    def __call__(self, views: tuple[Tensor, ...]) -> float:
        batch = as_batch(views)
        progress = Progress(0, 1000)
        outcome = self.method.step(batch, progress)
        outcome.loss.backward()
        self.schedule.apply(self.optimizer, 0.0)
        norm = clip_gradients(self.method.student, self.config)
        applied = torch.isfinite(outcome.loss.detach() + norm)
        step_where(self.optimizer, applied)
        self.method.after_update(batch, replace(progress, applied=applied))
        self.optimizer.zero_grad(set_to_none=True)
        return float(outcome.loss.detach())


def as_batch(views: tuple[Tensor, ...]) -> Batch:
    size = len(views[0]) // GLOBALS[0]
    rows = torch.zeros(size, dtype=torch.long)
    return Batch(views, GLOBALS[0], LOCALS[0], rows, rows, torch.zeros(GLOBALS[0], size, dtype=torch.long), rows)


def make_views(batch: int, seed: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    shapes = [(count * batch, CHANNELS, size, size) for count, size in (GLOBALS, LOCALS)]
    return tuple(torch.randn(shape, generator=generator) for shape in shapes)


def timed(step: Callable[[tuple[Tensor, ...]], float], views: tuple[Tensor, ...]) -> float:
    began = time.process_time()
    step(views)
    return time.process_time() - began


def flops(step: Callable[[tuple[Tensor, ...]], float], views: tuple[Tensor, ...]) -> int:
    """Count the products of a step, two operations a multiply-add."""
    with FlopCounterMode(display=False) as counter:
        step(views)
    total: int = counter.get_total_flops()
    return total


def product_rate(dtype: torch.dtype = torch.float32) -> float:
    """Measure a product of the shape of a perceptron's layer, in operations a second of processor time."""
    a, b = torch.randn(1576, 384, dtype=dtype), torch.randn(384, 1536, dtype=dtype)
    took = []
    for _ in range(5):
        began = time.process_time()
        a @ b
        took.append(time.process_time() - began)
    return 2 * a.shape[0] * a.shape[1] * b.shape[1] / min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="vit_tiny_patch16_224")
    parser.add_argument("--prototypes", type=int, default=65536)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="show where the time of our step goes")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = DinoConfig(prototypes=arguments.prototypes)
    model = ModelConfig(backbone=arguments.backbone, drop_path=0.0)
    method = Dino(config, model, ScreenInfo(CHANNELS, GLOBALS[1], 0, (100,))).train()
    method.teacher.eval()
    steps = {
        "2021, fp32": Reference(method),
        "ours, fp32": Ours(method, bf16=False, batch=arguments.batch),
    }
    if use_bf16("auto", torch.device("cpu")):  # emulated, it takes a hundred times as long
        steps["ours, bf16"] = Ours(method, bf16=True, batch=arguments.batch)
    if arguments.profile:
        name, ours = list(steps.items())[-1]
        views, dtype = make_views(arguments.batch, 0), torch.bfloat16 if name.endswith("bf16") else torch.float32
        floor = flops(steps["ours, fp32"], views) / product_rate(dtype)
        rows = profile_table(ours, views, arguments.prototypes, (floor, name.removeprefix("ours, ")))
        what = f"{name}: {arguments.backbone}, K={arguments.prototypes}, B={arguments.batch}, one thread"
        write_result(f"step-profile-{arguments.backbone}", "\n".join([what, "", *rows, "", describe_machine()]))
        return
    print("first losses, fp32 (same weights, same views, 3 steps):")
    equal = []
    for seed in range(3):
        views = make_views(arguments.batch, seed)
        losses = [steps[name](views) for name in ("2021, fp32", "ours, fp32")]
        equal.append(abs(losses[0] - losses[1]) / losses[0])
        print(f"  {losses[0]:.6f}  {losses[1]:.6f}  relative difference {equal[-1]:.1e}")
    work = flops(steps["ours, fp32"], make_views(arguments.batch, 0))
    seconds: dict[str, list[float]] = {name: [] for name in (*steps, "floor: products alone, fp32")}
    for seed in range(arguments.rounds):
        views = make_views(arguments.batch, 10 + seed)
        for name, step in steps.items():
            seconds[name].append(timed(step, views))
        seconds["floor: products alone, fp32"].append(work / product_rate())
    what = f"{arguments.backbone}, K={arguments.prototypes}, B={arguments.batch}"
    lines = [f"| step ({what}) | CPU s, median | speed-up |", "|---|---|---|", *table(seconds)]
    lines.append(f"\nln K = {math.log(arguments.prototypes):.4f}; losses differ by at most {max(equal):.1e} in fp32.")
    write_result(f"step-{arguments.backbone}", "\n".join([*lines, describe_machine()]))


def table(seconds: dict[str, list[float]]) -> list[str]:
    reference = seconds["2021, fp32"]
    lines = []
    for name, values in seconds.items():
        ratios = [old / new for old, new in zip(reference, values, strict=True)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        lines.append(f"| {name} | {statistics.median(values):.3f} | {statistics.median(ratios):.2f} ({spread}) |")
    return lines


if __name__ == "__main__":
    main()
