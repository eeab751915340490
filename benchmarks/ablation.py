"""What each ingredient of the demo's CDCL recipe contributes: one taken away, or changed, at a time.

    python benchmarks/ablation.py [--seeds 101 102] [--steps 400] [--only WORD] [--folder FOLDER]

On screens of their own seeds, which no other table reports on: what is chosen here is judged elsewhere. Each variant
has the intensity jitter that the demo's recipes had until this table spoke against it. Results are kept run by run;
what is there is read, not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from machine import describe_machine, write_result
from opponents import PLAIN

from cdcl.config import load_config
from cdcl.demo.table import COLUMNS, score_row, standardised
from cdcl.inference import embed, load_model
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.screen.splits import assign_split
from cdcl.synthetic import SyntheticConfig, simulate_screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from cdcl.screen import Screen

JITTER = ["views.gain=0.2", "views.offset=0.2"]
NO_JITTER = ["views.gain=0", "views.offset=0"]

VARIANTS: dict[str, tuple[str, list[str]]] = {
    "CDCL": ("demo-cdcl", []),
    "DINO": ("demo-dino", [*PLAIN]),
    "DINO, no intensity jitter": ("demo-dino", [*PLAIN, *NO_JITTER]),
    "DINO: as in the demo": ("demo-dino", NO_JITTER),
    "supervised: as in the demo": ("demo-supervised", []),
    "supervised, no intensity jitter": ("demo-supervised", NO_JITTER),
    "with local views, in all pairs, as published": (
        "demo-cdcl",
        [
            "method.only_cross_domain=false",
            "views.global_crops.size=96",
            "views.global_crops.scale=[0.36, 0.36]",
            "views.local_crops={count=2, size=48, scale=[0.09, 0.09]}",
        ],
    ),
    "slow teacher (momentum 0.95 to 0.9995)": ("demo-cdcl", ["method.momentum=0.95", "method.momentum_end=0.9995"]),
    "off-diagonal weight 0.95, as published": ("demo-cdcl", ["method.barlow_lambda=0.95"]),
    "no Barlow term": ("demo-cdcl", ["method.barlow_weight=0"]),
    "Barlow term alone": ("demo-cdcl", ["method.barlow_weight=1"]),
    "one centre for all batches": ("demo-cdcl", ["method.domain=''"]),
    "partner from any batch": ("demo-cdcl", ["pairing.diffby=[]"]),
    "no partner: the image itself": ("demo-cdcl", ["pairing.sameby=[]", "pairing.diffby=[]"]),
    "one large kernel for a stem": ("demo-cdcl", ["model.stem=patch"]),
    "no plate scaling": ("demo-cdcl", ["intensities.method=dataset"]),
    "no intensity jitter: as in the demo": ("demo-cdcl", NO_JITTER),
    "no intensity jitter, treatments balanced": (
        "demo-cdcl",
        [*NO_JITTER, "sampler=balanced", "per_group=4"],
    ),
    "jitter that imitates batches": (
        "demo-cdcl",
        ["views.gamma=0.2", "views.blur=1.2", "views.noise=0.3", "views.shading=0.4"],
    ),
    "treatments balanced, 4 images each": ("demo-cdcl", ["sampler=balanced", "per_group=4"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--only", default="", help="only variants whose name holds this")
    parser.add_argument("--folder", type=Path, default=Path("runs/ablation"))
    args = parser.parse_args()
    found: dict[str, list[list[float]]] = {}
    for seed in args.seeds:
        for name in [name for name in VARIANTS if args.only in name]:
            print(f"seed {seed}: {name}", file=sys.stderr)
            found.setdefault(name, []).append(measure(args.folder, name, seed, args.steps))
    write_result("ablation", f"{as_markdown(found)}\n\n{args.steps} steps, screens {args.seeds}. {describe_machine()}")


def measure(folder: Path, name: str, seed: int, steps: int) -> list[float]:
    """Give the scores of a variant's profiles, raw and then standardised plate by plate."""
    recipe, settings = VARIANTS[name]
    config = load_config(recipe, [f"seed={seed}", f"steps={steps}", *JITTER, *settings])
    place = folder / f"{''.join(c if c.isalnum() else '-' for c in name)}-{seed}-{steps}"
    result = place / "scores.json"
    if not result.exists():
        screen = assign_split(make_screen(folder, seed), config.split)
        place.mkdir(parents=True, exist_ok=True)
        finish(train(config, screen, Run(place), cache_folder=folder / "cache"))
        profiles = finish(embed(load_model(place), screen, cache_folder=folder / "cache"))
        scores = [score.value for kind in (profiles, standardised(profiles)) for score in score_row(kind)]
        result.write_text(json.dumps(scores))
        print("  " + " ".join(f"{score:.2f}" for score in scores), file=sys.stderr)
    values: list[float] = json.loads(result.read_text())
    return values


def make_screen(folder: Path, seed: int) -> Screen:
    place = folder / f"screen-{seed}"
    if not (place / "screen.csv").exists():
        finish(simulate_screen(SyntheticConfig(seed=seed), place))
    return read_screen(place / "screen.csv")


def as_markdown(found: dict[str, list[list[float]]]) -> str:
    titles = [*COLUMNS.values(), *(f"{title}, z" for title in list(COLUMNS.values())[:3])]
    lines = [f"| | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, seeds in found.items():
        values = np.array(seeds)[:, : len(titles)]
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full(len(titles), np.nan)
        cells = [
            f"{m:.2f}" + ("" if np.isnan(s) else f" ± {s:.2f}") for m, s in zip(values.mean(0), spread, strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
