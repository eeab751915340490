"""Every method on the same screens with the same network, steps and views: who wins where.

    python benchmarks/methods.py [--seeds 0 1 2] [--steps 400] [--only WORD] [--folder FOLDER] [--bbbc021 FOLDER]

Nothing is tuned on these screens: what the demo's recipes were chosen on has the seeds 101 and 102. Results are kept
run by run; what is there is read, not run again. `--bbbc021` adds the real fields of a BBBC021 subset.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from machine import describe_machine, write_result

from cdcl.config import load_config
from cdcl.demo.table import COLUMNS, score_row, standardised
from cdcl.inference import embed, load_model
from cdcl.metrics import nsc, nscb
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.screen.cache import fill_cache
from cdcl.screen.intensities import measure_intensities
from cdcl.screen.splits import assign_split
from cdcl.synthetic import SyntheticConfig, simulate_screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen

PAIRED = ["pairing.sameby=['treatment']", "pairing.diffby=['batch']"]
SAME_LABEL = ["pairing.sameby=['treatment']", "pairing.partner_views=locals", "sampler=balanced", "per_group=1"]
LOCALS = ["views.local_crops={count=2, size=64, scale=[0.16, 0.16]}"]
BYOL = ["method={name='byol', hidden=512, projection=128, momentum=0.9, momentum_end=0.99}"]

METHODS: dict[str, tuple[str, list[str]]] = {
    "untrained": ("demo-dino", ["steps=1", "optimizer.lr=1e-12", "optimizer.lr_end=1e-12"]),
    "dino": ("demo-dino", []),
    "dino-cb": ("demo-dino", PAIRED),
    "byol": ("demo-dino", BYOL),
    "byol-cb": ("demo-dino", [*BYOL, *PAIRED]),
    "ws-dino": ("demo-dino", [*SAME_LABEL, *LOCALS]),
    "cdcl": ("demo-cdcl", []),
    "cdcl, published loss": ("demo-cdcl", ["method.only_cross_domain=false", "method.barlow_lambda=0.95"]),
    "dino-cb + nuisance head": ("demo-dino", [*PAIRED, "nuisance.weight=1"]),
    "supervised": ("demo-supervised", []),
    "supervised + nuisance head": ("demo-supervised", ["nuisance.weight=1"]),
}
"""Recipes by name: the demo's network, views and schedule, and what differs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--only", default="", help="only methods whose name holds this")
    parser.add_argument("--folder", type=Path, default=Path("runs/methods"))
    parser.add_argument("--bbbc021", type=Path, help="folder of real fields, with a metadata.csv")
    args = parser.parse_args()
    names = [name for name in METHODS if args.only in name]
    found: dict[str, list[dict[str, float]]] = {}
    for seed in args.seeds:
        for name in names:
            print(f"seed {seed}: {name}", file=sys.stderr)
            found.setdefault(name, []).append(on_simulation(args.folder, name, seed, args.steps))
    parts = [f"Simulated screens {args.seeds}, {args.steps} steps.", as_markdown(found)]
    if args.bbbc021:
        real = {name: [on_bbbc021(args.folder, name, seed, args) for seed in args.seeds] for name in names}
        parts += [f"BBBC021 fields, {args.steps} steps, seeds {args.seeds}.", as_markdown(real)]
    write_result("methods", "\n\n".join([*parts, describe_machine()]))


def on_simulation(folder: Path, name: str, seed: int, steps: int) -> dict[str, float]:
    """Score the profiles on held-out batches, raw and standardised plate by plate."""
    config = configure(name, seed, steps)
    place = folder / f"{slug(name)}-{seed}-{steps}"

    def measure() -> dict[str, float]:
        screen = assign_split(simulated(folder, seed), config.split)
        profiles, seconds = trained(config, screen, place, folder / "cache")
        titles = list(COLUMNS.values())
        plain = {title: s.value for title, s in zip(titles, score_row(profiles), strict=True)}
        z = {f"{t}, z": s.value for t, s in zip(titles, score_row(standardised(profiles)), strict=True)}
        return {**plain, **dict(list(z.items())[:3]), "seconds": seconds}

    return kept(place, measure)


def on_bbbc021(folder: Path, name: str, seed: int, args: argparse.Namespace) -> dict[str, float]:
    """Score NSC and NSCB on real fields; all of them are trained on, as in the field's publications."""
    config = configure(name, seed, args.steps)
    config = config.model_copy(update={"split": config.split.model_copy(update={"test": ()})})
    place = folder / f"bbbc021-{slug(name)}-{seed}-{args.steps}"

    def measure() -> dict[str, float]:
        profiles, seconds = trained(config, read_screen(args.bbbc021), place, folder / "cache")
        corrected = standardised(profiles)
        scores = {"NSC": nsc(profiles), "NSCB": nscb(profiles), "NSC, z": nsc(corrected), "NSCB, z": nscb(corrected)}
        return {**{title: score.value for title, score in scores.items()}, "seconds": seconds}

    return kept(place, measure)


def configure(name: str, seed: int, steps: int) -> RunConfig:
    recipe, settings = METHODS[name]
    return load_config(recipe, [f"seed={seed}", f"steps={steps}", *settings])


def trained(config: RunConfig, screen: Screen, place: Path, cache: Path) -> tuple[Profiles, float]:
    # Decoded and measured before the clock starts: only the first method would pay for it.
    pixels = finish(fill_cache(screen, cache))
    finish(measure_intensities(screen, pixels, config.intensities))
    place.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    finish(train(config, screen, Run(place), cache_folder=cache))
    seconds = time.perf_counter() - began
    return finish(embed(load_model(place), screen, cache_folder=cache)), seconds


def kept(place: Path, measure: object) -> dict[str, float]:
    result = place / "scores.json"
    if not result.exists():
        values = measure()  # type: ignore[operator]
        result.write_text(json.dumps(values))
        print("  " + " ".join(f"{value:.2f}" for value in values.values()), file=sys.stderr)
    found: dict[str, float] = json.loads(result.read_text())
    return found


def simulated(folder: Path, seed: int) -> Screen:
    place = folder / f"screen-{seed}"
    if not (place / "screen.csv").exists():
        finish(simulate_screen(SyntheticConfig(seed=seed), place))
    return read_screen(place / "screen.csv")


def slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def as_markdown(found: dict[str, list[dict[str, float]]]) -> str:
    titles = list(next(iter(found.values()))[0])
    lines = [f"| | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, seeds in found.items():
        columns = [np.array([seed[title] for seed in seeds]) for title in titles]
        lines.append(f"| {name} | {' | '.join(map(in_words, columns, titles))} |")
    return "\n".join(lines)


def in_words(values: np.ndarray, title: str) -> str:
    digits = 0 if title == "seconds" else 2
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


if __name__ == "__main__":
    main()
