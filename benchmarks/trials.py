"""One training of `tune.py` or `strengths.py`, its scores, and the file that keeps one JSON line of each."""

from __future__ import annotations

import csv
import json
import shutil
import time
from dataclasses import asdict, dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from opponents import OPPONENTS
from worlds import enter

from cdcl.config import load_config
from cdcl.demo.table import standardised
from cdcl.inference import embed, load_model
from cdcl.metrics.presets import batch_recognised, treatment_unseen_batch
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.profiles.baselines import intensity_profiles, standardise_features
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.profiles import Profiles

UNTRAINED, INTENSITIES = "untrained", "intensity statistics"
REFERENCES = (UNTRAINED, INTENSITIES)
"""What needs no training; both are scored on each screen beside the methods."""


@dataclass(frozen=True)
class Size:
    """How large every training is, the same for all methods."""

    network: tuple[str, ...]
    steps: int
    screen: tuple[tuple[str, int], ...] = ()


SMALL = Size(
    (
        # Crops of 96 pixels shown at 48, with patches of half the demo's side: a small part of its seconds a step.
        "views.global_crops={count=2, size=48, scale=[0.36, 0.36]}",
        "model.patch=8",
        "model.width=64",
        "model.depth=2",
        "batch_size=32",
        "probes=0",
        "workers=0",
        "save_every=1000000",
    ),
    250,
)
TINY = Size(
    (
        "views.global_crops={count=2, size=16, scale=[0.49, 0.49]}",
        "model.patch=8",
        "model.width=32",
        "model.depth=1",
        "batch_size=8",
        "probes=0",
        "workers=0",
    ),
    2,
    (("plates_per_batch", 1), ("wells_per_treatment", 1), ("control_wells", 1), ("field_size", 64)),
)


@dataclass(frozen=True)
class Trial:
    """A method with a setting ("" is its recipe's own), in a world, with a seed for screen and training."""

    method: str
    setting: str
    world: str
    seed: int
    steps: int

    def config(self, size: Size) -> RunConfig:
        """Resolve the recipe, the network that all share, and the setting."""
        if self.method in REFERENCES:
            return load_config("demo-cdcl", [*size.network, f"seed={self.seed}", "steps=0", "device=cpu"])
        opponent = OPPONENTS[self.method]
        asked = (f"seed={self.seed}", f"steps={self.steps}", "device=cpu")
        return load_config(opponent.recipe, [*size.network, *opponent.settings(self.setting), *asked])


def perform(trial: Trial, size: Size, folder: Path) -> dict[str, Any]:
    """Train, embed and score; gives the line that is kept. The run itself is thrown away."""
    torch.set_num_threads(1)
    config = trial.config(size)
    screen = enter(trial.world, trial.seed, folder, config.split, dict(size.screen))
    began = time.perf_counter(), time.process_time()
    signs: dict[str, float] = {}
    if trial.method == INTENSITIES:
        pixels = finish(fill_cache(screen, folder / "cache"))
        scale = finish(measure_intensities(screen, pixels, config.intensities))
        profiles = standardise_features(finish(intensity_profiles(screen, pixels, scale)))
    else:
        place = folder / "-".join([trial.method, trial.world, str(trial.seed), str(abs(hash(trial.setting)))])
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        finish(train(config, screen, Run(place), cache_folder=folder / "cache"))
        profiles = finish(embed(load_model(place, "cpu"), screen, cache_folder=folder / "cache"))
        signs = last_signs(Run(place).log, config)
        shutil.rmtree(place)
    took = {"seconds": time.perf_counter() - began[0], "cpu_seconds": time.process_time() - began[1]}
    return {**asdict(trial), **scores_of(profiles), **signs, **took}


def scores_of(profiles: Profiles) -> dict[str, float]:
    """Score held-out batches: centred by the training rows' mean, as they are, and standardised plate by plate."""
    middle = centred(profiles)
    return {
        "recognised": treatment_unseen_batch(middle).value,
        "uncentred": treatment_unseen_batch(profiles).value,
        "z": treatment_unseen_batch(standardised(profiles)).value,
        "chance": treatment_unseen_batch(profiles).chance,
        "batch": batch_recognised(middle).value,
    }


def centred(profiles: Profiles) -> Profiles:
    """Take the training rows' mean away: features share a direction that drowns cosines."""
    trained = (profiles.table["split"] == "train").to_numpy()
    return profiles.with_values(profiles.values - profiles.values[trained].mean(axis=0, keepdims=True))


def merit(line: dict[str, Any]) -> float:
    """Rank a setting: recognition with features centred and after a plate z-score, both alike.

    Methods that know no treatment show what they learned after the z-score alone: either alone would choose a side.
    """
    return float(np.mean([line["recognised"], line["z"]]))


def last_signs(path: Path, config: RunConfig) -> dict[str, float]:
    """Read the loss, the effective rank and the prototypes in use off the end of a run's log."""
    if not path.exists():
        return {}
    *_, last = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    found = {name: float(last[name]) for name in ("loss", "effective_rank") if last.get(name)}
    if last.get("prototype_entropy"):
        found["prototypes"] = exp(float(last["prototype_entropy"]) * log(config.method.prototypes))  # type: ignore[union-attr]
    return found


class Notebook:
    """A file of one JSON line a finished training; what stands there is not done again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def lines(self) -> list[dict[str, Any]]:
        """Read all whole lines; a last one that was cut short does not count."""
        found = []
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        for line in text.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def result(self, trial: Trial) -> dict[str, Any] | None:
        """Give the line of a trial, None where it was not done."""
        wanted = asdict(trial)
        return next((line for line in self.lines() if all(line.get(k) == v for k, v in wanted.items())), None)

    def add(self, line: dict[str, Any]) -> None:
        """Append a line, on one of its own even if the last was cut short."""
        torn = self.path.exists() and self.path.stat().st_size and not self.path.read_bytes().endswith(b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + json.dumps(line) + "\n")


def mean_and_spread(values: list[float], digits: int = 2) -> str:
    """Write a mean, with its standard deviation where there are several."""
    if not values:
        return "-"
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}"
