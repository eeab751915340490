"""Recognition in unseen batches against the strength of the batch effect: a line a method.

    python benchmarks/strengths.py [--tuned FOLDER] [--methods dino cdcl] [--worlds none weak middle strong]
                                   [--seeds 201] [--steps 300] [--budget 20] [--picture FILE] [--folder FOLDER]

Each method has the setting that `tune.py` found best for it (in FOLDER/trainings.jsonl of --tuned, over all worlds and
seeds there), the same network and steps; screens have seeds of their own, on which nothing was chosen. Of one seed the
screens of all strengths hold the same cells in the same wells: only the microscopes differ. One JSON line a
training, as `tune.py` keeps them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from machine import describe_machine, write_result
from opponents import OPPONENTS
from trials import REFERENCES, SMALL, TINY, Notebook, Trial, mean_and_spread, merit, perform
from worlds import WORLDS

from cdcl.report.canvas import FONT, calm, new_figure, to_png
from cdcl.report.palette import CATEGORIES, FAINT, INK

if TYPE_CHECKING:
    from collections.abc import Iterator

    Line = dict[str, Any]

KINDS = {"recognised": "as they are", "z": "after a plate z-score"}


def main() -> None:
    args = parse_arguments()
    size = TINY if args.tiny else SMALL
    steps = args.steps or size.steps
    book = Notebook(args.folder / "trainings.jsonl")
    chosen = {name: best(name, Notebook(args.tuned / "trainings.jsonl").lines()) for name in args.methods}
    trials = [*planned(args, chosen, steps)]
    began = time.monotonic()
    for trial in trials:
        if not book.result(trial) and time.monotonic() - began < 60.0 * args.budget:
            line = perform(trial, size, args.folder)
            book.add(line)
            print(f"{trial.world} {trial.seed} {trial.method}: {line['recognised']:.2f}", file=sys.stderr)
    done = [line for trial in trials if (line := book.result(trial))]
    args.picture.write_bytes(draw(done))
    text = report(args, chosen, done, len(trials) - len(done), steps)
    if args.no_result:
        print(text)
    else:
        write_result("strengths", text)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuned", type=Path, default=Path("runs/tune"))
    parser.add_argument("--methods", nargs="+", default=list(OPPONENTS), choices=list(OPPONENTS))
    parser.add_argument("--worlds", nargs="+", default=["none", "weak", "middle", "strong"], choices=list(WORLDS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[201])
    parser.add_argument("--steps", type=int)
    parser.add_argument("--budget", type=float, default=float("inf"), help="minutes after which no training begins")
    parser.add_argument("--picture", type=Path, default=Path("strengths.png"))
    parser.add_argument("--folder", type=Path, default=Path("runs/strengths"))
    parser.add_argument("--tiny", action="store_true", help="a rehearsal of seconds; its numbers mean nothing")
    parser.add_argument("--no-result", action="store_true", help="print the table, keep no file")
    return parser.parse_args()


def planned(args: argparse.Namespace, chosen: dict[str, str], steps: int) -> Iterator[Trial]:
    for seed in args.seeds:
        for world in args.worlds:
            yield from (Trial(name, "", world, seed, steps) for name in REFERENCES)
            yield from (Trial(name, setting, world, seed, steps) for name, setting in chosen.items())


def best(method: str, lines: list[Line]) -> str:
    """Name the setting of the greatest mean merit; the recipe's own ("") where nothing was tried."""
    found: dict[str, list[float]] = {}
    for line in lines:
        if line["method"] == method:
            found.setdefault(line["setting"], []).append(merit(line))
    return max(found, key=lambda setting: float(np.mean(found[setting])), default="")


def draw(lines: list[Line]) -> bytes:
    """Draw both kinds of features side by side; a dot is the mean over seeds, a bar reaches from least to greatest."""
    figure = new_figure(8.4, 3.4)
    for axes, (kind, words) in zip(figure.subplots(1, len(KINDS), sharey=True), KINDS.items(), strict=True):
        calm(axes)
        for number, name in enumerate(dict.fromkeys(line["method"] for line in lines)):
            x, low, middle, high = curve([line for line in lines if line["method"] == name], kind)
            colour = FAINT if name in REFERENCES else CATEGORIES[(number - len(REFERENCES)) % len(CATEGORIES)]
            dashes = ":" if name == REFERENCES[0] else "--" if name in REFERENCES else "-"
            axes.plot(x, middle, color=colour, linestyle=dashes, marker="o", markersize=3, label=name)
            axes.vlines(x, low, high, color=colour, linewidth=0.8)
        axes.axhline(lines[0]["chance"], color=INK, linewidth=0.6)
        axes.set_title(f"features {words}", fontdict=FONT)
        axes.set_xlabel("strength of the batch effect (1: the demo's)", fontdict=FONT)
    figure.axes[0].set_ylabel("treatments recognised in unseen batches", fontdict=FONT)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=8, labelcolor=INK)
    return to_png(figure)


def curve(lines: list[Line], kind: str) -> np.ndarray:
    """Give strengths, and over seeds the least, mean and greatest value: (4, strengths)."""
    values: dict[float, list[float]] = {}
    for line in lines:
        values.setdefault(WORLDS[line["world"]].batch_effects, []).append(line[kind])
    return np.array([(x, min(v), float(np.mean(v)), max(v)) for x, v in sorted(values.items())]).T


def report(args: argparse.Namespace, chosen: dict[str, str], lines: list[Line], missing: int, steps: int) -> str:
    heads = [f"{world}, {words}" for words in KINDS.values() for world in args.worlds]
    table = [f"| | {' | '.join(heads)} | setting |", "|---" * (len(heads) + 2) + "|"]
    for name in (*REFERENCES, *args.methods):
        cells = [
            mean_and_spread([line[kind] for line in lines if (line["method"], line["world"]) == (name, world)])
            for kind in KINDS
            for world in args.worlds
        ]
        table.append(f"| {name} | {' | '.join(cells)} | {chosen.get(name, '-') or 'as it is'} |")
    intro = f"Treatments recognised in two unseen batches, centred features; {steps} steps of 32; seeds {args.seeds}."
    left = f"{missing} trainings were not done within the budget." if missing else "All that was asked was done."
    told = f"{left} `python benchmarks/strengths.py {' '.join(sys.argv[1:])}`. {describe_machine()}"
    return "\n\n".join([intro, "\n".join(table), told])


if __name__ == "__main__":
    main()
