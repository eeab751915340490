"""How what looks at every row and every label grows with the rows: seconds, and the exponent between sizes.

    python benchmarks/growth.py [--rows 100000 1000000] [--labels 10000] [--features 8]

Labels are as many at every size, plates too (240 in 12 batches). Exponent 1 is linear.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

from cdcl.config import PairingConfig
from cdcl.data.sampling import BalancedSampler
from cdcl.metrics.replicating import percent_replicating
from cdcl.pairing.pairer import Pairer
from cdcl.profiles import Profiles, Settings, aggregate, fit_correction

if TYPE_CHECKING:
    from collections.abc import Callable

PLATES, BATCHES = 240, 12


def make_profiles(num_rows: int, num_labels: int, num_features: int) -> Profiles:
    rng = np.random.default_rng(0)
    plate, label = rng.integers(0, PLATES, num_rows), rng.integers(0, num_labels, num_rows)
    names = np.array([f"T{number:05d}" for number in range(num_labels)])
    wells = np.array([f"{chr(65 + number // 24)}{number % 24 + 1:02d}" for number in range(384)])
    table = pd.DataFrame(
        {
            "batch": pd.Categorical.from_codes(plate % BATCHES, [f"B{number:02d}" for number in range(BATCHES)]),
            "plate": pd.Categorical.from_codes(plate, [f"P{number:03d}" for number in range(PLATES)]),
            "well": pd.Categorical.from_codes(rng.integers(0, 384, num_rows), wells),
            "site": "1",
            "treatment": pd.Categorical.from_codes(label, names),
            "control": pd.Categorical.from_codes((label % 20 == 0).astype(int), ["", "negative"]),
        }
    ).astype("string")
    shift = rng.normal(size=(PLATES, num_features))[plate]
    return Profiles((rng.normal(size=(num_rows, num_features)) + shift).astype(np.float32), table, "cell")


def corrected(method: str) -> Callable[[Profiles], object]:
    def run(profiles: Profiles) -> object:
        return fit_correction(profiles, method, Settings(components=8)).apply(profiles)

    return run


def balanced(profiles: Profiles) -> object:
    codes = pd.factorize(profiles.table["treatment"])[0].astype(np.int64)
    return BalancedSampler(codes, 64, 2, 0).rows(0)


def paired(profiles: Profiles) -> object:
    pairer = Pairer(profiles.table, PairingConfig(sameby=("treatment",), diffby=("batch",)))
    return pairer.draw(np.arange(64), np.random.default_rng(0))


WORK: dict[str, Callable[[Profiles], object]] = {
    "balanced sampler, and a batch": balanced,
    "pairing, and a batch": paired,
    "percent replicating": percent_replicating,
    "wells of cells": lambda profiles: aggregate(profiles, "well"),
    "plate z-scores": corrected("z"),
    "ComBat": corrected("combat"),
    "TVN with CORAL": corrected("tvn-coral"),
    "Harmony": corrected("harmony"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--labels", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--without", nargs="*", default=[], help="names of rows of the table to leave out")
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in WORK if name not in arguments.without}
    for num_rows in arguments.rows:
        profiles = make_profiles(num_rows, arguments.labels, arguments.features)
        for name, took in seconds.items():
            began = time.process_time()
            WORK[name](profiles)
            took.append(time.process_time() - began)
            print(f"{num_rows:>10,} {name:30} {took[-1]:8.2f} s", flush=True)
    sizes = " | ".join(f"{rows:,} rows, s" for rows in arguments.rows)
    lines = [f"| work on {arguments.labels:,} labels | {sizes} | exponent |", "|---" * (len(arguments.rows) + 2) + "|"]
    for name, took in seconds.items():
        grown = math.log(took[-1] / max(took[0], 1e-3)) / math.log(arguments.rows[-1] / arguments.rows[0])
        lines.append(f"| {name} | {' | '.join(f'{value:.2f}' for value in took)} | {grown:.2f} |")
    note = f"Seconds of the processor, once each; {arguments.features} features. {describe_machine()}"
    write_result("growth", "\n".join([*lines, "", note]))


if __name__ == "__main__":
    main()
