"""One command for a machine with a GPU: how fast it trains and embeds, what it waits for, and whether a run goes on.

    python benchmarks/gpu.py                          # ViT-S/16 and ViT-B/16, within nine minutes on an H100-class card
    python benchmarks/gpu.py --device cpu --tiny      # the same on a processor and a tiny network: a rehearsal

DINO with 2 views of 224 and 8 of 96 pixels on simulated fields of 1080 x 1080 pixels and five channels. Each row is the
real training loop: with its data, and without (one batch that lies ready on the device). The peak is the published bf16
rate of the card, where it is known, and the rate of a large product measured here, in bf16 where the machine computes
in it. Goals on an H100-class card, compiled: 40 % of the published peak for ViT-B, 30 % for ViT-S, 3 % of waiting.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from machine import describe_machine, write_result
from torch.utils.flop_counter import FlopCounterMode

from cdcl.config.recipes import check_config, write_config
from cdcl.data.loader import Loader
from cdcl.events import Measured, Warned
from cdcl.inference import embed, load_model
from cdcl.methods import Progress
from cdcl.runs import Run
from cdcl.screen import Screen
from cdcl.screen.tables import read_screen_table, write_screen
from cdcl.tasks import finish
from cdcl.training import loop as loops
from cdcl.training import train
from cdcl.training.devices import use_bf16
from cdcl.training.distributed import Team
from cdcl.training.loop import TrainingLoop, Workplace
from cdcl.training.memory import free, peak_bytes
from cdcl.training.preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdcl.config import RunConfig
    from cdcl.data.batches import Batch
    from cdcl.data.loader import TrainingSet
    from cdcl.events import Event

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12}
"""Published dense bf16 rates, by what the card's name holds."""

CHANNELS = ("DNA", "ER", "RNA", "AGP", "Mito")


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    backbones: tuple[str, ...]
    model: dict[str, Any]
    views: tuple[int, int]
    batch: int
    side: int
    fields: int
    steps: int
    compiled: tuple[str, ...]


FULL = Plan(
    ("vit_small_patch16_224", "vit_base_patch16_224"), {}, (224, 96), 128, 1080, 256, 30, ("off", "on")
)  # fmt: skip
TINY = Plan(
    ("vit_tiny_patch16_224",), {"patch": 8, "width": 32, "depth": 2, "heads": 2}, (32, 16), 8, 96, 16, 4, ("off",)
)  # fmt: skip


def make_screen(folder: Path, plan: Plan) -> Screen:
    rng, rows = np.random.default_rng(0), []
    for number in range(plan.fields):
        np.save(folder / f"{number}.npy", rng.poisson(300, (5, plan.side, plan.side)).astype(np.uint16))
        row = {"batch": f"B{number % 4}", "plate": f"P{number % 4}", "well": f"A{number // 4 + 1:02d}", "site": "1"}
        rows.append({**row, "treatment": f"T{number % 8}", "path": f"{number}.npy"})
    write_screen(Screen(pd.DataFrame(rows), CHANNELS, folder), folder / "screen.csv")
    return read_screen_table(folder / "screen.csv")


def make_config(plan: Plan, backbone: str, device: str, compiled: str) -> RunConfig:
    large, small = plan.views
    table = {
        "steps": plan.steps,
        "batch_size": plan.batch,
        "device": device,
        "save_every": 10**6,
        "log_every": 1,
        "probes": 0,
        "workers": 8 if device != "cpu" else 2,
        "views": {
            "blur": 1.0,
            "global_crops": {"count": 2, "size": large, "scale": [0.4, 1.0]},
            "local_crops": {"count": 8, "size": small, "scale": [0.05, 0.4]},
        },
        "model": {"backbone": backbone, "compile": compiled, **plan.model},
        "method": {"name": "dino", "prototypes": 65536 if not plan.model else 64},
        "intensities": {"method": "plate"},
    }
    return check_config(table, where="benchmark")


@dataclass
class Repeated:
    """A loader whose batches cost nothing: the first one again and again."""

    loader: Loader
    batch: Batch

    def batches(self, start: int, stop: int, device: torch.device) -> Iterator[Batch]:
        del device
        return itertools.repeat(self.batch, stop - start)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


@dataclass(frozen=True)
class Speed:
    """Of a run: `back` are bytes a step from the device, `failure` says why it was not compiled."""

    images: float
    wait: float
    peak: int
    back: int
    failure: str


@contextmanager
def counted_reports() -> Iterator[list[int]]:
    """Collect the bytes of what each step sends back to the processor."""
    sent, original = [], loops.report_step

    def counted(*given: Any) -> Any:
        report = original(*given)
        sent.append(report.num_bytes)
        return report

    loops.report_step = counted
    try:
        yield sent
    finally:
        loops.report_step = original


def run_loop(config: RunConfig, data: TrainingSet, place: Workplace, *, with_data: bool) -> Speed:
    """Train; the median over the second half of the steps, when all is compiled and warm."""
    free(place.device)
    loader: Any = Loader(data.part("train"), config)
    if not with_data:
        loader = Repeated(loader, next(iter(loader.batches(0, 1, place.device))))
    if place.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(place.device)
    loop = TrainingLoop.start(config, data, loader, place)
    found: list[dict[str, float]] = []
    said: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, Measured):
            found.append(dict(event.values))
        if isinstance(event, Warned) and "cannot be compiled" in event.message:
            said.append(event.message)

    with counted_reports() as back:
        finish(loop.run_steps(), hear)
    warm = [values for values in found if "images_per_second" in values][len(found) // 2 :]
    images, wait = (statistics.median(values[name] for values in warm) for name in ("images_per_second", "data_wait"))
    return Speed(images, wait, peak_bytes(place.device), max(back), "".join(said[:1]))


@contextmanager
def telling_waits(device: torch.device) -> Iterator[list[warnings.WarningMessage]]:
    """Collect what CUDA says of each wait of the processor; elsewhere nothing is said."""
    on_gpu = device.type == "cuda"
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        if on_gpu:
            torch.cuda.set_sync_debug_mode("warn")
        try:
            yield heard
        finally:
            if on_gpu:
                torch.cuda.set_sync_debug_mode("default")


def waits_row(plan: Plan, data: TrainingSet, place: Workplace) -> str:
    """Count what the processor waits for within the third step, which is not logged."""
    config = make_config(plan, plan.backbones[0], str(place.device), "off").model_copy(update={"batch_size": 8})
    loader, progress = Loader(data.part("train"), config), Progress(1, 10)
    loop = TrainingLoop.start(config, data, loader, place)
    batch = next(iter(loader.batches(0, 1, place.device)))
    for _ in range(3):
        with telling_waits(place.device) as heard:
            loop.buffers.keep()
            outcome = loop.method.step(batch, progress)
            outcome.loss.backward()
            loop._update(outcome, batch, progress)
    told = len(heard) if place.device.type == "cuda" else "only a GPU is waited for"
    return f"Waits within a step that is not logged: {told}."


def flops_per_image(config: RunConfig, data: TrainingSet, place: Workplace) -> float:
    """Count the step's products, forward and backward, on a small batch without compilation."""
    small = config.model_copy(
        update={"batch_size": 2, "model": config.model.model_copy(update={"compile": "off"}), "workers": 0}
    )
    loader = Loader(data.part("train"), small)
    loop = TrainingLoop.start(small, data, loader, place)
    with FlopCounterMode(display=False) as counter:
        loop.method.step(next(iter(loader.batches(0, 1, place.device))), Progress(0, 10)).loss.backward()
    return counter.get_total_flops() / 2


def gemm_rate(device: torch.device, *, tiny: bool) -> float:
    """Measure products of large matrices in the precision that is trained in, in operations a second."""
    side, dtype = 512 if tiny else 8192, torch.bfloat16 if use_bf16("auto", device) else torch.float32
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    took = []
    for _ in range(10):
        synchronise(device)
        began = time.perf_counter()
        a @ b
        synchronise(device)
        took.append(time.perf_counter() - began)
    return 2 * side**3 / min(took)


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def train_rows(plan: Plan, data: TrainingSet, place: Workplace, rate: float) -> list[str]:
    device, lines, failed = place.device, [], []
    known = [
        peak for name, peak in PEAKS.items() if device.type == "cuda" and name in torch.cuda.get_device_name(device)
    ]
    for backbone, compiled in itertools.product(plan.backbones, plan.compiled):
        config = make_config(plan, backbone, str(device), compiled)
        work = flops_per_image(config, data, place)
        sent = Loader(data.part("train"), config).bytes_per_step
        for with_data in (True, False):
            speed = run_loop(config, data, place, with_data=with_data)
            shares = [f"{100 * speed.images * work / peak:.1f} %" for peak in (*known, rate)]
            published = shares[0] if known else "-"
            lines.append(
                f"| {backbone} | {compiled} | {'yes' if with_data else 'no'} | {speed.images:.1f} | {published} | "
                f"{shares[-1]} | {100 * speed.wait:.1f} % | {speed.peak / 2**30:.2f} | {sent * with_data / 1e6:.1f} | "
                f"{speed.back} |"
            )
            print(lines[-1], flush=True)
            if speed.failure:
                failed.append(f"{backbone}: {speed.failure}")
    return [*lines, *dict.fromkeys(failed)]


def embed_row(run: Run, screen: Screen, device: str, cache: Path) -> str:
    model = load_model(run.folder, device)
    began = time.perf_counter()
    finish(embed(model, screen, cache_folder=cache))
    return f"Embedding: {len(screen) / (time.perf_counter() - began):.1f} fields a second."


def resume_row(plan: Plan, screen: Screen, device: str, folder: Path) -> str:
    """Hold a run that was stopped half-way and resumed against one that was not."""
    config = make_config(plan, plan.backbones[0], device, "off").model_copy(update={"steps": 4, "batch_size": 8})
    half = config.model_copy(update={"save_every": 2})
    whole, parts = Run(folder / "whole"), Run(folder / "parts")
    for run in (whole, parts):
        run.folder.mkdir()
    finish(train(config, screen, whole, cache_folder=folder / "cache"))
    task = train(half, screen, parts, cache_folder=folder / "cache")
    for _ in task:
        if (parts.checkpoints / "2").exists():
            break
    task.close()
    finish(train(half, screen, parts, resume=True, cache_folder=folder / "cache"))
    one, two = (load_model(run.folder, "cpu").encoder.state_dict() for run in (whole, parts))
    apart = max(float((one[name] - two[name]).abs().max()) for name in one)
    return f"Resumed at step 2 of 4: weights differ by at most {apart:.1e} from those of an uninterrupted run."


def pair_row(plan: Plan, device: torch.device, folder: Path) -> str:
    """Train with two processes: nccl on two cards, gloo on a processor."""
    if device.type == "cuda" and torch.cuda.device_count() < 2:
        return "Two processes: not measured, there is one card."
    config = make_config(plan, plan.backbones[0], device.type, plan.compiled[0])
    write_config(config, folder / "pair.toml")
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "cdcl", "train"]
    paths = [str(folder / "pair.toml"), "--screen", str(folder / "screen.csv"), "--out", str(folder / "pair")]
    environment = {**os.environ, "CDCL_CACHE": str(folder / "cache")}
    subprocess.run([sys.executable, *words, *paths], check=True, env=environment, capture_output=True, timeout=300)
    log = pd.read_csv(Run(folder / "pair").log)
    return f"Two processes: {log['images_per_second'].iloc[len(log) // 2 :].median():.1f} images/s together."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a tiny network and few steps: a rehearsal")
    parser.add_argument("--no-result", action="store_true", help="print, but keep nothing under results/")
    parser.add_argument("--compiled", nargs="+", choices=["off", "on"], help="instead of the plan's own")
    arguments = parser.parse_args()
    plan, device = TINY if arguments.tiny else FULL, torch.device(arguments.device)
    plan = replace(plan, compiled=tuple(arguments.compiled or plan.compiled))
    with tempfile.TemporaryDirectory() as place_name:
        folder = Path(place_name)
        screen = make_screen(folder, plan)
        run = Run(folder / "run")
        run.folder.mkdir()
        config = make_config(plan, plan.backbones[0], str(device), plan.compiled[0])
        data = finish(prepare(config, screen, run, cache_folder=folder / "cache"))
        place = Workplace(run, device, Team())
        rate, precision = gemm_rate(device, tiny=arguments.tiny), "bf16" if use_bf16("auto", device) else "float32"
        told = f"{plan.fields} fields of 5 x {plan.side}²; batch {plan.batch}; "
        told += f"products {rate / 1e9:.0f} GF/s, {precision}."
        columns = "network, compiled, data, images/s, of published peak, of measured products, data wait, peak GiB"
        lines = [
            f"| {columns.replace(', ', ' | ')} | MB to the device a step | bytes back |",
            "|---|---|---|---|---|---|---|---|---|---|",
            *train_rows(plan, data, place, rate),
            "",
            told,
            waits_row(plan, data, place),
            resume_row(plan, screen, str(device), folder),
            pair_row(plan, device, folder),
            embed_row(Run(folder / "whole"), screen, str(device), folder / "cache"),
        ]
    if arguments.tiny:
        lines.append("A rehearsal with a tiny network: its figures say that everything ran, and nothing about speed.")
    text = "\n".join([*lines, describe_machine()])
    text = f"`python benchmarks/gpu.py {' '.join(sys.argv[1:])}`\n\n{text}"
    print(text) if arguments.no_result else write_result("gpu-rehearsal" if arguments.tiny else "gpu", text)


if __name__ == "__main__":
    main()
