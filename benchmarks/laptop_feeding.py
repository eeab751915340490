"""What a laptop's training waits for on fields as microscopes make them, before and after pixels had levels.

    python benchmarks/laptop_feeding.py [--recipe cdcl-small] [--side 1080] [--fields 32] [--steps 12] [--rounds 3]

The real training loop on simulated fields of five channels, with a log line a step. Before: crops are copied at full
resolution and resized by the processor that trains. Now: each is read from the level it needs and resized by threads
beside the step. Both roads take the same steps in turns. Waiting is what the log calls `data_wait`: until a batch is
there, its augmentation included. The bare step has one batch again and again, and bounds what feeding can reach.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from machine import describe_machine, write_result

from cdcl.config.recipes import load_config
from cdcl.data.full_resolution import copy_windows, resized
from cdcl.data.loader import Loader
from cdcl.data.prefetch import prefetched
from cdcl.events import Measured
from cdcl.runs import Run
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training.distributed import Team
from cdcl.training.loop import TrainingLoop, Workplace
from cdcl.training.memory import scratch_run
from cdcl.training.preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from cdcl.config import RunConfig
    from cdcl.data.batches import Batch
    from cdcl.data.loader import TrainingSet
    from cdcl.events import Event

CHANNELS = ("DNA", "ER", "RNA", "AGP", "Mito")
CPU = torch.device("cpu")
FIRST = 3
"""Steps of a stretch that are not counted: prefetching begins, and memory is taken."""


class FullResolution(Loader):
    """Copies crops as they are in threads; they are resized where the network is, by the thread that trains."""

    def _cut(self, crops: Any, size: int, cutter: Any) -> Any:
        affine = tuple(numbers[crops.rows] for numbers in self._affine)
        return copy_windows(lambda row: self._data.levels(row).read(0), crops, affine), size

    def _fed(self, cut: Any, steps: range, depth: int, device: torch.device) -> Generator[Batch]:
        with closing(prefetched(cut, steps, depth)) as prepared:
            yield from (self._finish(one, device) for one in enumerate(prepared, steps.start))

    def _finish(self, numbered: tuple[int, Any], device: torch.device) -> Batch:
        step, prepared = numbered
        views = tuple(resized(*windows) for windows in prepared.views)
        return super()._finish((step, replace(prepared, views=views)), device)


class OneBatch(Loader):
    """Gives the first batch again and again: a step without feeding."""

    def batches(self, start: int, stop: int, device: torch.device) -> Iterator[Batch]:
        batch = next(super().batches(start, stop, device))
        for _ in range(start, stop):
            yield batch


ROADS = {"before": FullResolution, "now": Loader, "the step alone": OneBatch}


@dataclass
class Stretch:
    """What some steps of the loop took."""

    batch_size: int
    waited: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        """Note a logged step."""
        if isinstance(event, Measured) and "data_wait" in event.values:
            took = self.batch_size / event.values["images_per_second"]
            self.took.append(took)
            self.waited.append(took * event.values["data_wait"])
            self.used.append(time.process_time())

    def numbers(self) -> tuple[float, float, float]:
        """Give images a second of the clock, of the processors, and the share of waiting."""
        took, images = sum(self.took[FIRST:]), self.batch_size * (len(self.took) - FIRST)
        used = self.used[-1] - self.used[FIRST - 1]
        return images / took, images / used, sum(self.waited[FIRST:]) / took


def make_screen(folder: Path, num_fields: int, side: int) -> Screen:
    """Write fields of two batches and four treatments."""
    import pandas as pd

    rng, rows = np.random.default_rng(0), []
    for number in range(num_fields):
        np.save(folder / f"{number}.npy", rng.poisson(300, (len(CHANNELS), side, side)).astype(np.uint16))
        batch, treatment = number % 2, number // 2 % 4
        place = {"batch": f"B{batch}", "plate": f"P{batch}", "well": f"A{number // 2 + 1:02d}", "site": "1"}
        rows.append({**place, "treatment": f"T{treatment}", "path": f"{number}.npy"})
    return Screen(pd.DataFrame(rows), CHANNELS, folder)


def take_steps(config: RunConfig, data: TrainingSet, loader: type[Loader]) -> Stretch:
    """Train some steps in a scratch run."""
    found = Stretch(config.batch_size)
    with scratch_run() as run:
        place = Workplace(run, CPU, Team())
        loop = TrainingLoop.start(config, data, loader(data, config), place)
        finish(loop.run_steps(), found.hear)
    return found


def table_of(rounds: dict[str, list[Stretch]]) -> list[str]:
    """Write a line a road: medians of the rounds."""
    lines = [
        "| road | images/s | images per CPU second | CPU ms an image | of the time waiting (median; each round) |",
        "|---|---|---|---|---|",
    ]
    for name, stretches in rounds.items():
        if not stretches:
            continue
        clock, processor, waited = zip(*(stretch.numbers() for stretch in stretches), strict=True)
        each = ", ".join(f"{share:.1%}" for share in waited)
        per_cpu = statistics.median(processor)
        lines.append(
            f"| {name} | {statistics.median(clock):.1f} | {per_cpu:.1f} | {1000 / per_cpu:.1f} "
            f"| {statistics.median(waited):.1%} ({each}) |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="cdcl-small")
    parser.add_argument("--side", type=int, default=1080)
    parser.add_argument("--fields", type=int, default=32)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--roads", nargs="+", choices=list(ROADS), default=list(ROADS))
    wish = parser.parse_args()
    asked = [f"steps={wish.steps}", "log_every=1", "probes=0", f"save_every={wish.steps + 1}", "device=cpu"]
    config, loads = load_config(wish.recipe, asked), [os.getloadavg()[0]]
    rounds: dict[str, list[Stretch]] = {name: [] for name in ROADS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        screen = make_screen(folder, wish.fields, wish.side)
        run = Run(folder / "run")
        run.folder.mkdir()
        data = finish(prepare(config, screen, run, cache_folder=folder / "cache"))
        data = replace(data, screen=replace(data.screen, sites=data.screen.sites.assign(split="train")))
        for _ in range(wish.rounds):
            for name in wish.roads:
                rounds[name].append(take_steps(config, data, ROADS[name]))
                print(name, *(f"{value:.3f}" for value in rounds[name][-1].numbers()), flush=True)
            loads.append(os.getloadavg()[0])
    told = (
        f"{wish.recipe}, batch {config.batch_size}, {wish.fields} fields of {len(CHANNELS)} x {wish.side}², "
        f"{wish.steps - FIRST} counted steps a round, medians of {wish.rounds} rounds; torch on "
        f"{torch.get_num_threads()} threads, {config.workers} cut. Load of the machine before and after each round (2 "
        f"would be this alone): {', '.join(f'{load:.1f}' for load in loads)}."
    )
    write_result(f"laptop-feeding-{wish.side}", "\n".join([*table_of(rounds), "", told, describe_machine()]))


if __name__ == "__main__":
    main()
