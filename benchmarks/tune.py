"""The same budget of choice for every method: as many settings for each, on screens that no table reports on.

    python benchmarks/tune.py [--methods dino cdcl] [--worlds strong] [--seeds 101] [--factors intensities locals]
                              [--round grid|own] [--steps 250] [--budget 20] [--workers 1] [--folder FOLDER] [--tiny]
                              [--no-result]

The grid is the same three factors for every method; `--round own` tries four changes of the method's own from the best
of its grid (`opponents.py` holds both). Each finished training is one JSON line in FOLDER/trainings.jsonl: what stands
there is not trained again, so a call goes on where the last one ended, after `--budget` minutes at the latest. What
is chosen here is judged elsewhere, on other seeds (`strengths.py`, `demo.py`, `methods.py`).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from machine import describe_machine, write_result
from opponents import BUDGET, FACTORS, OPPONENTS
from trials import REFERENCES, SMALL, TINY, Notebook, Trial, mean_and_spread, merit, perform
from worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trials import Size

    Line = dict[str, Any]

COLUMNS = {
    "recognised": "treatment, centred",
    "uncentred": "uncentred",
    "z": "plate z-score",
    "batch": "batch",
    "prototypes": "prototypes in use",
    "effective_rank": "effective rank",
    "cpu_seconds": "CPU seconds",
}


def main() -> None:
    args = parse_arguments()
    size = TINY if args.tiny else SMALL
    steps = args.steps or size.steps
    book = Notebook(args.folder / "trainings.jsonl")
    trials = [*planned(args, steps, book)]
    left = run_all([trial for trial in trials if not book.result(trial)], size, book, args)
    text = report(args, steps, book.lines(), left)
    if args.no_result:
        print(text)
    else:
        write_result("tune", text)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=list(OPPONENTS), choices=list(OPPONENTS))
    parser.add_argument("--worlds", nargs="+", default=["strong"], choices=list(WORLDS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[101], help="of screens and trainings")
    parser.add_argument("--factors", nargs="+", default=BUDGET, choices=FACTORS, help="what the grid varies")
    parser.add_argument("--round", choices=["grid", "own"], default="grid")
    parser.add_argument("--steps", type=int, help="of every training")
    parser.add_argument("--budget", type=float, default=float("inf"), help="minutes after which no training begins")
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time, one thread each")
    parser.add_argument("--folder", type=Path, default=Path("runs/tune"))
    parser.add_argument("--tiny", action="store_true", help="a rehearsal of seconds; its numbers mean nothing")
    parser.add_argument("--no-result", action="store_true", help="print the tables, keep no file")
    return parser.parse_args()


def planned(args: argparse.Namespace, steps: int, book: Notebook) -> Iterator[Trial]:
    """Give the trainings of this call, seed by seed, so that a budget that ends early leaves whole seeds."""
    for seed in args.seeds:
        for world in args.worlds:
            yield from (Trial(name, "", world, seed, steps) for name in REFERENCES)
            for method in args.methods:
                for setting in settings_of(method, args, steps, book):
                    yield Trial(method, setting, world, seed, steps)


def settings_of(method: str, args: argparse.Namespace, steps: int, book: Notebook) -> Iterable[str]:
    opponent = OPPONENTS[method]
    if args.round == "grid":
        return opponent.grid(args.factors)
    ranked = ranking(method, args, steps, book.lines(), list(opponent.grid(args.factors)))
    return opponent.around(ranked[0][0]) if ranked else ()


def ranking(
    method: str, args: argparse.Namespace, steps: int, lines: list[Line], names: list[str]
) -> list[tuple[str, list[Line]]]:
    """Give those of the settings that were tried, best first, over the worlds and seeds asked."""
    found = []
    for name in names:
        own = [line for line in asked_lines(args, steps, lines) if (line["method"], line["setting"]) == (method, name)]
        if own:
            found.append((name, own))
    return sorted(found, key=lambda pair: -float(np.mean([*map(merit, pair[1])])))


def asked_lines(args: argparse.Namespace, steps: int, lines: list[Line]) -> list[Line]:
    """Keep the lines of the worlds, seeds and steps asked for."""
    return [
        line for line in lines if line["world"] in args.worlds and line["seed"] in args.seeds and line["steps"] == steps
    ]


def run_all(trials: list[Trial], size: Size, book: Notebook, args: argparse.Namespace) -> list[Trial]:
    """Do what the budget allows, and give what is left."""
    began, left = time.monotonic(), list(trials)
    if args.workers == 1:
        while left and time.monotonic() - began < 60.0 * args.budget:
            keep(book, perform(left[0], size, args.folder))
            left.pop(0)
        return left
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        while left and time.monotonic() - began < 60.0 * args.budget:
            now, left = left[: args.workers], left[args.workers :]
            for line in pool.map(perform, now, [size] * len(now), [args.folder] * len(now)):
                keep(book, line)
    return left


def keep(book: Notebook, line: Line) -> None:
    book.add(line)
    print(
        f"{line['world']}, seed {line['seed']}, {line['method']} {line['setting']}: {line['recognised']:.2f} "
        f"({line['cpu_seconds']:.0f} s)",
        file=sys.stderr,
    )


def report(args: argparse.Namespace, steps: int, lines: list[Line], left: list[Trial]) -> str:
    """Write a table a method, each with how many settings it got, and what was left out."""
    mine = asked_lines(args, steps, lines)
    parts = [
        f"Worlds {', '.join(args.worlds)}; seeds {args.seeds}; {steps} steps of 32 images; chance "
        f"{mean_and_spread([line['chance'] for line in mine[:1]])}."
        if not args.tiny
        else "A rehearsal: the numbers mean nothing."
    ]
    for name in (*REFERENCES, *args.methods):
        own = [line for line in mine if line["method"] == name]
        names = list(dict.fromkeys(line["setting"] for line in own))
        seconds = sum(line["cpu_seconds"] for line in own)
        parts.append(f"### {name}: {len(names)} settings, {len(own)} trainings, {seconds:.0f} CPU seconds")
        parts += [as_table(ranking(name, args, steps, lines, names))] if own else []
    undone = [f"{trial.method}, {trial.setting or 'as it is'}, seed {trial.seed}, {trial.world}" for trial in left]
    parts.append(f"Not done within the budget: {'; '.join(undone)}." if undone else "All that was asked was done.")
    return "\n\n".join([*parts, f"`python benchmarks/tune.py {' '.join(sys.argv[1:])}`. {describe_machine()}"])


def as_table(ranked: list[tuple[str, list[Line]]]) -> str:
    lines = [f"| | {' | '.join(COLUMNS.values())} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, own in ranked:
        cells = [
            mean_and_spread([line[key] for line in own if key in line], digits=2 if key in _SHARES else 0)
            for key in COLUMNS
        ]
        lines.append(f"| {name or 'as it is'} | {' | '.join(cells)} |")
    return "\n".join(lines)


_SHARES = ("recognised", "uncentred", "z", "batch")


if __name__ == "__main__":
    main()
