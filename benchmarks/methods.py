"""Every method on the same screens with the same network and steps: who wins where.

    python benchmarks/methods.py [--seeds 0 1 2] [--steps 400] [--only NAME ...] [--folder FOLDER]
                                 [--fields FOLDER] [--cells FOLDER] [--real-steps 200]

Nothing is tuned on these screens: what the demo's recipes were chosen on has the seeds 101 and 102. Results are kept
run by run; what is there is read, not run again. `--fields` adds the real fields of a BBBC021 subset, `--cells` its
single cells; `--real-steps`, and variants of methods left out there, keep the whole within an afternoon of two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from contestants import CONTESTANTS, Arena, compete
from machine import describe_machine, write_result
from trials import centred

from cdcl.demo.table import COLUMNS, score_row, standardised
from cdcl.errors import CDCLError
from cdcl.metrics import knn_accuracy, nsc, nscb
from cdcl.metrics.presets import batch_recognised, treatment_unseen_batch
from cdcl.readers import read_screen
from cdcl.synthetic import SyntheticConfig, simulate_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles
    from cdcl.screen import Screen

    Values = dict[str, float]

ALL_TRAINED_ON = "split.test=[]"
ONE_CELL_AN_IMAGE = ("cells.source=images", "cells.crop=68", "views.global_crops={count=2, size=64, scale=[0.3, 1.0]}")


def main() -> None:
    args = parse_arguments()
    parts = [f"Simulated screens, two batches held out; {args.steps} steps, seeds {args.seeds}."]
    parts.append(as_markdown(run_all(args, lambda seed: simulation(args, seed), simulation_scores)))
    if args.fields:
        parts.append(f"BBBC021 fields, all trained on; {args.real_steps} steps, seeds {args.seeds}.")
        parts.append(as_markdown(run_all(args, lambda seed: fields(args, seed), mechanism_scores)))
    if args.cells:
        parts.append(f"BBBC021 cells, all trained on; {args.real_steps} steps, seeds {args.seeds}.")
        parts.append(as_markdown(run_all(args, lambda seed: cells(args, seed), cell_scores)))
    write_result("methods", "\n\n".join([*parts, describe_machine()]))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--real-steps", type=int, default=200, help="steps on fields and cells")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these methods")
    parser.add_argument("--folder", type=Path, default=Path("runs/methods"))
    parser.add_argument("--fields", type=Path, help="folder of real fields of BBBC021, with a metadata.csv")
    parser.add_argument("--cells", type=Path, help="folder of single cells of BBBC021, with a metadata.csv")
    return parser.parse_args()


def run_all(
    args: argparse.Namespace, arena_of: Callable[[int], Arena], measure: Callable[[Profiles], Values]
) -> dict[str, list[Values]]:
    found: dict[str, list[Values]] = {}
    for seed in args.seeds:
        arena = arena_of(seed)
        for name in [name for name in entered(arena) if not args.only or name in args.only]:
            print(f"{arena.label or 'simulation'}, seed {seed}: {name}", file=sys.stderr)
            found.setdefault(name, []).append(run(name, arena, measure))
    return found


def entered(arena: Arena) -> list[str]:
    return [name for name, contestant in CONTESTANTS.items() if not (arena.label and contestant.variant)]


def run(name: str, arena: Arena, measure: Callable[[Profiles], Values]) -> Values:
    """Give a contestant's scores and CPU seconds, kept ones where there are any; empty if it refuses the screen."""
    result = arena.place(name) / "scores.json"
    if not result.exists():
        try:
            profiles, seconds = compete(name, arena)
        except CDCLError as error:
            print(f"  refused: {error}", file=sys.stderr)
            return {}
        values = {**measure(profiles), "CPU seconds": seconds}
        result.parent.mkdir(parents=True, exist_ok=True)
        result.write_text(json.dumps(values))
        print("  " + " ".join(f"{value:.2f}" for value in values.values()), file=sys.stderr)
    found: Values = json.loads(result.read_text())
    return found


def simulation(args: argparse.Namespace, seed: int) -> Arena:
    place = args.folder / f"screen-{seed}"
    if not (place / "screen.csv").exists():
        finish(simulate_screen(SyntheticConfig(seed=seed), place))
    return Arena(read_screen(place / "screen.csv"), args.folder, common(seed, args.steps))


def simulation_scores(profiles: Profiles) -> Values:
    """Score held-out batches: centred by the training rows' mean, as they are, and standardised plate by plate."""
    titles = list(COLUMNS.values())
    plain = {title: s.value for title, s in zip(titles, score_row(profiles), strict=True)}
    z = {f"{t}, z": s.value for t, s in zip(titles, score_row(standardised(profiles)), strict=True)}
    return {"treatment, site, centred": treatment_unseen_batch(centred(profiles)).value, **plain, **z}


def fields(args: argparse.Namespace, seed: int) -> Arena:
    return Arena(read_screen(args.fields), args.folder, common(seed, args.real_steps), (ALL_TRAINED_ON,), "fields")


def mechanism_scores(profiles: Profiles) -> Values:
    """Score mechanisms as the field's publications do; no DMSO here, so z-scores are over all images of a plate."""
    corrected = standardised(profiles)
    scores = {
        "NSC": nsc(profiles),
        "NSCB": nscb(profiles),
        "week, site": batch_recognised(profiles),
        "NSC, z": nsc(corrected),
        "NSCB, z": nscb(corrected),
        "week, site, z": batch_recognised(corrected),
    }
    return {title: score.value for title, score in scores.items()}


def cells(args: argparse.Namespace, seed: int) -> Arena:
    screen: Screen = read_screen(args.cells)
    asked = (ALL_TRAINED_ON, *ONE_CELL_AN_IMAGE)
    return Arena(screen, args.folder, common(seed, args.real_steps), asked, "cells", of_cells=True)


def cell_scores(profiles: Profiles) -> Values:
    """Score single cells: which of four treatments, from other plates; which of six plates an untreated one is from."""
    negative = (profiles.table["control"] == "negative").to_numpy()
    return {
        "treatment, other plate": knn_accuracy(profiles, "treatment", diffby=("plate",)).value,
        "treatment, other plate, z": knn_accuracy(standardised(profiles), "treatment", diffby=("plate",)).value,
        "plate, DMSO": knn_accuracy(profiles, "plate", diffby=(), queries=negative, bank=negative).value,
    }


def common(seed: int, steps: int) -> tuple[str, str]:
    return (f"seed={seed}", f"steps={steps}")


def as_markdown(found: dict[str, list[Values]]) -> str:
    titles = max((list(seed) for seeds in found.values() for seed in seeds), key=len, default=[])
    if not titles:
        return "All methods refused this screen."
    lines = [f"| | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, seeds in found.items():
        columns = [np.array([seed.get(title, np.nan) for seed in seeds]) for title in titles]
        lines.append(f"| {name} | {' | '.join(map(in_words, columns, titles))} |")
    return "\n".join(lines)


def in_words(values: np.ndarray, title: str) -> str:
    if np.isnan(values).any():
        return "-"
    digits = 0 if title == "CPU seconds" else 2
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


if __name__ == "__main__":
    main()
