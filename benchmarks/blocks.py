"""What `cdcl embed --probe-blocks` chooses and gains on the runs that `starts.py` has left, held against chance.

    python benchmarks/blocks.py --fields FOLDER [--seeds 0 1 2] [--steps 250] [--folder FOLDER]

The choice is asked on training fields alone. What it is worth is measured elsewhere: on the two held-out batches of a
simulated screen; on all of BBBC021's fields, where nothing is held out, by mechanisms, which the choice has not seen.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from machine import describe_machine, write_result
from methods import fields, mechanism_scores, simulation, simulation_scores
from trials import SMALL

from cdcl.config import load_config
from cdcl.inference import embed, load_model
from cdcl.inference.probe_blocks import with_best_block
from cdcl.models.token_features import features_of
from cdcl.screen.splits import assign_split
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from contestants import Arena
    from methods import Values

    from cdcl.inference.models import TrainedModel
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen

NETWORKS = ("untrained", "cdcl", "cdcl + guides")
WORLDS: dict[str, tuple[Callable[[argparse.Namespace, int], Arena], Callable[[Profiles], Values], str]] = {
    "simulated": (simulation, simulation_scores, "treatment, site"),
    "BBBC021 fields": (fields, mechanism_scores, "NSCB"),
}
TOLD = re.compile(r"block (\d+), (\w+): .* the treatment, ([+-][\d.]+) over .* gains up to ([+-][\d.]+)\)")
TITLES = ("screen", "network", "seed", "best block", "gain where it was asked", "by chance up to", "taken",
          "score", "last block's", "best block's")  # fmt: skip


def main() -> None:
    args = parse_arguments()
    lines = [f"| {' | '.join(TITLES)} |", "|---" * len(TITLES) + "|"]
    for title, seed in ((title, seed) for title in WORLDS for seed in args.seeds):
        for name in NETWORKS:
            print(f"{title}, seed {seed}: {name}", file=sys.stderr, flush=True)
            lines.append(f"| {title} | {name} | {seed} | {' | '.join(probe(args, title, seed, name))} |")
            print(lines[-1], file=sys.stderr, flush=True)
    command = f"`python benchmarks/{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}`"
    write_result("blocks", "\n\n".join([command, "\n".join(lines), describe_machine()]))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=SMALL.steps)
    parser.add_argument("--fields", type=Path, required=True, help="real fields of BBBC021, with a metadata.csv")
    parser.add_argument("--folder", type=Path, default=Path("runs/starts"))
    args = parser.parse_args()
    args.real_steps = args.steps
    return args


def probe(args: argparse.Namespace, title: str, seed: int, name: str) -> tuple[str, ...]:
    arena_of, measure, score = WORLDS[title]
    arena = arena_of(args, seed)
    model = load_model(arena.place(name), "cpu")
    screen = assign_split(arena.screen, load_config("demo-cdcl", list(arena.asked)).split)
    heard: list[str] = []
    chosen = finish(
        with_best_block(model, screen, cache_folder=arena.cache),
        lambda event: heard.append(str(getattr(event, "message", ""))),
    )
    told = next((found for line in heard if (found := TOLD.search(line))), None)
    own = measure(profiles_of(model, screen, arena))[score]
    if told is None:
        return ("the last", "0", "-", "-", score, f"{own:.3f}", f"{own:.3f}")
    block, token, gain, chance = told.groups()
    other = replace(model, encoder=features_of(model.encoder, int(block), token).to(model.device).eval())
    best = measure(profiles_of(other, screen, arena))[score]
    taken = "no" if chosen is model else "yes"
    return (f"{block}, {token}", gain, chance, taken, score, f"{own:.3f}", f"{best:.3f}")


def profiles_of(model: TrainedModel, screen: Screen, arena: Arena) -> Profiles:
    return finish(embed(model, screen, cache_folder=arena.cache))


if __name__ == "__main__":
    main()
