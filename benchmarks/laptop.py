"""A recipe on real fields, start to end as shipped: minutes, and mechanisms against what needs no training.

    python benchmarks/laptop.py --fields FOLDER [--recipe cdcl-small] [--seeds 0] [--steps N] [--folder FOLDER]

FOLDER holds a BBBC021 subset with a metadata.csv. All images are trained on and scored, as in the papers. What is done
is read, not run again.
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

from machine import describe_machine, write_result
from trials import mean_and_spread

from cdcl.config import load_config
from cdcl.inference import embed, embed_cells, load_model
from cdcl.metrics import nsc, nscb
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.profiles.baselines import intensity_profiles, standardise_features
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.screen.splits import assign_split
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen

SCORES = {"NSC": nsc, "NSCB": nscb}
ROWS = ("intensity statistics", "untrained", "trained")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=Path, required=True)
    parser.add_argument("--recipe", default="cdcl-small")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, help="instead of the recipe's")
    parser.add_argument("--folder", type=Path, default=Path("runs/laptop"))
    args = parser.parse_args()
    found = {(row, seed): measure(args, row, seed) for seed in args.seeds for row in ROWS}
    lines = ["| | NSC | NSCB | minutes | CPU minutes |", "|---|---|---|---|---|"]
    for row in ROWS:
        columns = [mean_and_spread([found[row, seed][name] for seed in args.seeds]) for name in SCORES]
        minutes = [mean_and_spread([found[row, seed][name] / 60 for seed in args.seeds], 1) for name in ("wall", "cpu")]
        lines.append(f"| {row} | {' | '.join([*columns, *minutes])} |")
    steps = args.steps or load_config(args.recipe).steps
    told = f"{args.recipe}, {steps} steps, seeds {args.seeds}. {describe_machine()}"
    write_result(f"laptop-{args.recipe}", "\n".join([*lines, "", told]))


def measure(args: argparse.Namespace, row: str, seed: int) -> dict[str, float]:
    """Give the scores of a row, and what its training took."""
    place = args.folder / f"{args.recipe}-{row.replace(' ', '-')}-{seed}-{args.steps or 'as-shipped'}"
    kept = place / "scores.json"
    if not kept.exists():
        steps = 0 if row == "untrained" else args.steps
        asked = [f"seed={seed}", *([] if steps is None else [f"steps={steps}"])]
        config = load_config(args.recipe, asked)
        screen, cache = assign_split(read_screen(args.fields), config.split), args.folder / "cache"
        pixels = finish(fill_cache(screen, cache))
        place.mkdir(parents=True, exist_ok=True)
        began, used = time.perf_counter(), time.process_time()
        if row == ROWS[0]:
            scale = finish(measure_intensities(screen, pixels, config.intensities))
            profiles = standardise_features(finish(intensity_profiles(screen, pixels, scale)))
        else:
            finish(train(config, screen, Run(place), cache_folder=cache))
            profiles = embedded(place, screen, cache)
        took = {"wall": time.perf_counter() - began, "cpu": time.process_time() - used}
        values = {name: score(profiles).value for name, score in SCORES.items()}
        kept.write_text(json.dumps({**values, **took}))
        print(row, seed, kept.read_text(), file=sys.stderr)
    values: dict[str, float] = json.loads(kept.read_text())
    return values


def embedded(place: Path, screen: Screen, cache: Path) -> Profiles:
    """Embed fields, or the cells of a run that was trained on cells, pooled to fields."""
    model = load_model(place)
    if model.config.cells.source == "none":
        return finish(embed(model, screen, cache_folder=cache))
    pooled = finish(embed_cells(model, screen, place / "cell.parquet", cache_folder=cache))
    assert pooled is not None, "one process is the first"
    return pooled.sites


if __name__ == "__main__":
    main()
