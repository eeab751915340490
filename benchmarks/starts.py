"""Where to start from: an untrained network, a public one as it is, one trained from scratch, and one led by guides.

    python benchmarks/starts.py --fields FOLDER --cells FOLDER [--seeds 0 1 2] [--steps 250] [--only WORD]
                                [--frozen NAME=FILE] [--folder FOLDER]

What is trained has the small network of `trials.py`, so that all fits into an afternoon of a shared core. The public
network has its own layers and views; it is embedded by the verb `embed`, as a user does it, each channel alone, and
real screens have one result of it for all seeds. Results are kept run by run, so that a run that was cut short goes on;
what was trained stays in `--folder`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from contestants import INTENSITIES, Arena
from machine import describe_machine, write_result
from methods import as_markdown, cell_scores, cells, fields, mechanism_scores, run, simulation, simulation_scores
from trials import SMALL

from cdcl.profiles import read_profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from methods import Values

    from cdcl.profiles import Profiles

ARMS = (INTENSITIES, "untrained", "cdcl", "cdcl + guides")
HIDE_PLATE = 'guides=[{column="treatment"}, {column="plate", keep=false}]'
HELD_OUT = ("B5", "B6")
"""Of a simulated screen, as the demo's recipes say."""

WORLDS: dict[str, tuple[Callable[[argparse.Namespace, int], Arena], Callable[[Profiles], Values]]] = {
    "Simulated screens, two of six batches held out": (simulation, simulation_scores),
    "BBBC021 fields, all trained on": (fields, mechanism_scores),
    "BBBC021 cells, all trained on": (cells, cell_scores),
}


def main() -> None:
    args = parse_arguments()
    found: dict[str, dict[str, list[Values]]] = {title: {} for title in WORLDS}
    for seed in args.seeds:  # all screens of a seed before the next: a run that is cut short has whole tables
        for title in WORLDS:
            for name, values in one_seed(args, title, seed):
                found[title].setdefault(name, []).append(values)
    parts = [f"`python benchmarks/{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}`"]
    for title, table in found.items():
        parts += [f"{title}; {args.steps} steps of 32, seeds {args.seeds}.", as_markdown(table)]
    write_result("starts", "\n\n".join([*parts, describe_machine()]))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=SMALL.steps)
    parser.add_argument("--fields", type=Path, required=True, help="real fields of BBBC021, with a metadata.csv")
    parser.add_argument("--cells", type=Path, required=True, help="single cells of BBBC021, with a metadata.csv")
    parser.add_argument("--frozen", default="", help="a public network, as --as NAME --model FILE of `cdcl embed`")
    parser.add_argument("--only", default="", help="only arms whose name holds this")
    parser.add_argument("--folder", type=Path, default=Path("runs/starts"))
    args = parser.parse_args()
    args.real_steps = args.steps
    return args


def one_seed(args: argparse.Namespace, title: str, seed: int) -> list[tuple[str, Values]]:
    arena_of, measure = WORLDS[title]
    arena = arena_of(args, seed)
    arena = replace(arena, asked=(*SMALL.network, "device=cpu", *arena.asked))
    done = []
    for name in [name for name in ARMS if args.only in name]:
        print(f"{title}, seed {seed}: {name}", file=sys.stderr, flush=True)
        # Cells of one week: what can be hidden there is the plate.
        own = replace(arena, asked=(*arena.asked, HIDE_PLATE)) if arena.of_cells and "guides" in name else arena
        done.append((name, run(name, own, measure)))
    if args.frozen and args.only in "frozen":
        name = args.frozen.partition("=")[0]
        print(f"{title}, seed {seed}: {name}, frozen", file=sys.stderr, flush=True)
        done.append((f"{name}, frozen", frozen(args, title, seed, measure)))
    return done


def frozen(args: argparse.Namespace, title: str, seed: int, measure: Callable[[Profiles], Values]) -> Values:
    """Embed by the verb, once a screen, and score; real screens are the same for every seed."""
    simulated = WORLDS[title][0] is simulation
    name, _, file = args.frozen.partition("=")
    screen = {simulation: args.folder / f"screen-{seed}", fields: args.fields, cells: args.cells}[WORLDS[title][0]]
    place = args.folder / f"frozen-{name}-{screen.name}"
    result = place / "scores.json"
    if not result.exists():
        source = screen / "screen.csv" if (screen / "screen.csv").exists() else screen
        asked = [
            "--model",
            file,
            "--as",
            name,
            "--screen",
            source,
            "--out",
            place,
            "--device",
            "cpu",
            "--channels",
            "shared",
            "--set",
            "precision=fp32",
        ]
        cache = ["--cache", args.folder / "cache", "--accept-licence"]
        subprocess.run([sys.executable, "-m", "cdcl", "embed", *map(str, [*asked, *cache])], check=True)
        profiles = read_profiles(place / "profiles" / "site.parquet")
        if simulated:
            split = np.where(profiles.table["batch"].isin(HELD_OUT), "test", "train")
            profiles = replace(profiles, table=profiles.table.assign(split=split))
        result.write_text(json.dumps({**measure(profiles), "CPU seconds": 0.0}))
    found: Values = json.loads(result.read_text())
    return found


if __name__ == "__main__":
    main()
