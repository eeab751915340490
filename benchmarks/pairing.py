"""Looking up partners: a sorted index against a scan of the table for each row.

python benchmarks/pairing.py [--rows 125510]
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

from cdcl.config import PairingConfig
from cdcl.pairing.pairer import Pairer


def make_sites(num_rows: int) -> pd.DataFrame:
    """RxRx1's shape: 51 batches of 4 plates, 1 139 treatments."""
    rng = np.random.default_rng(0)
    batch = rng.integers(0, 51, num_rows)
    columns = {"batch": batch, "plate": rng.integers(0, 4, num_rows), "well": rng.integers(0, 308, num_rows)}
    table = pd.DataFrame({**columns, "treatment": rng.integers(0, 1139, num_rows)})
    return table.astype(str)


def scan(sites: pd.DataFrame, row: int) -> int:
    """What the published code does for each image."""
    me = sites.iloc[row]
    return int(sites[(sites["treatment"] == me["treatment"]) & (sites["batch"] != me["batch"])].sample().index[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=125_510)
    arguments = parser.parse_args()
    sites = make_sites(arguments.rows)
    began = time.perf_counter()
    pairer = Pairer(sites, PairingConfig(sameby=("treatment",), diffby=("batch",)))
    built = time.perf_counter() - began
    rng = np.random.default_rng(0)
    ours, scans = [], []
    for _ in range(7):
        rows = rng.integers(0, len(sites), 4096)
        began = time.perf_counter()
        pairer.draw(rows, rng)
        ours.append((time.perf_counter() - began) / len(rows) * 1e6)
        began = time.perf_counter()
        for row in rows[:20]:
            scan(sites, int(row))
        scans.append((time.perf_counter() - began) / 20 * 1e6)
    ratio = statistics.median(a / b for a, b in zip(scans, ours, strict=True))
    write_result(
        "pairing",
        f"| {arguments.rows} rows | us a row, median |\n|---|---|\n| table scan | {statistics.median(scans):.0f} |\n"
        f"| sorted index, 4 096 rows at once | {statistics.median(ours):.2f} |\n\n"
        f"{ratio:.0f} times faster; the index of all rungs is built once in {built:.2f} s. {describe_machine()}",
    )


if __name__ == "__main__":
    main()
