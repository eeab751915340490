"""The demo's table over several seeds, each with a screen and networks of its own: mean and spread.

    python benchmarks/demo.py [--seeds 0 1 2] [--long] [--folder FOLDER]

Seeds that are done in the folder are read, not run again.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

# As the command line does, and before torch is imported: see cdcl.cli.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from machine import describe_machine, write_result

from cdcl.demo import Demo, compare
from cdcl.demo.table import COLUMNS
from cdcl.events import Said, Warned
from cdcl.tasks import finish

if TYPE_CHECKING:
    from cdcl.demo import Comparison
    from cdcl.events import Event

LONG = 10
"""How many times the recipes' steps `--long` trains."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--long", action="store_true", help=f"{LONG} times the recipes' steps")
    parser.add_argument("--steps", type=int, help="instead of the recipes' steps")
    parser.add_argument("--folder", type=Path, default=Path("runs/demo-benchmark"))
    args = parser.parse_args()
    recipe_steps = Demo(args.folder).config("CDCL").steps
    assert recipe_steps is not None, "the demo's recipes count steps"
    steps = args.steps or recipe_steps * (LONG if args.long else 1)
    comparisons = [run_seed(args.folder, seed, steps) for seed in args.seeds]
    seeds = ", ".join(map(str, args.seeds))
    intro = (
        f"Mean and standard deviation over {len(args.seeds)} screens (seeds {seeds}), {steps} steps a method. "
        "`treatment`: recognised in held-out batches; `batch`: recognised from other wells, low is good."
    )
    name = "demo-long" if args.long else "demo"
    write_result(name, f"{intro}\n\n{as_markdown(comparisons)}\n\n{describe_machine()}")


def run_seed(folder: Path, seed: int, steps: int) -> Comparison:
    print(f"seed {seed}, {steps} steps", file=sys.stderr)
    return finish(compare(Demo(folder / f"seed-{seed}-steps-{steps}", seed=seed, steps=steps)), show)


def show(event: Event) -> None:
    if isinstance(event, Said | Warned):
        print(f"  {event.message}", file=sys.stderr)


def as_markdown(comparisons: list[Comparison]) -> str:
    values = {
        row: np.array([[score.value for score in comparison.rows[row]] for comparison in comparisons])
        for row in comparisons[0].rows
    }
    lines = [f"| | {' | '.join(COLUMNS.values())} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {row} | {' | '.join(map(in_words, found.T))} |" for row, found in values.items()]
    chances = [score.chance for score in next(iter(comparisons[0].rows.values()))]
    return "\n".join([*lines, f"| chance | {' | '.join(f'{chance:.2f}' for chance in chances)} |"])


def in_words(values: np.ndarray) -> str:
    spread = f" ± {values.std(ddof=1):.2f}" if len(values) > 1 else ""
    return f"{values.mean():.2f}{spread}"


if __name__ == "__main__":
    main()
