"""A classifier on a million cells: seconds to train on 2,000 named ones, to apply to all, and to count wells."""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

from cdcl.phenotypes import predict, train_classifier, well_shares
from cdcl.profiles import Profiles
from cdcl.tasks import finish


def simulate(num_cells: int, num_features: int) -> tuple[Profiles, pd.Series]:
    """Cells of four phenotypes on twenty plates in four batches; 2,000 have a name."""
    rng = np.random.default_rng(0)
    codes = rng.integers(4, size=num_cells)
    values = rng.normal(size=(num_cells, num_features)).astype(np.float32)
    values[np.arange(num_cells), codes] += 4
    number = np.arange(num_cells)
    table = pd.DataFrame(
        {"batch": (number * 4 // num_cells).astype(str), "plate": (number * 20 // num_cells).astype(str)}
    )
    names = [f"{'ABCDEFGH'[well // 12]}{well % 12 + 1:02d}" for well in range(96)]
    table["well"] = np.array(names, dtype=object)[number % 96]
    named = pd.Series("", index=table.index, dtype=object)
    chosen = rng.choice(num_cells, min(2000, num_cells), replace=False)
    named.iloc[chosen] = np.array(["a", "b", "c", "d"], dtype=object)[codes[chosen]]
    return Profiles(values, table, "cell"), named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=384)
    args = parser.parse_args()
    profiles, names = simulate(args.cells, args.features)
    start = time.perf_counter()
    classifier, evaluation = finish(train_classifier(profiles, names))
    trained = time.perf_counter()
    predicted = predict(classifier, profiles)
    applied = time.perf_counter()
    well_shares(profiles, predicted)
    counted = time.perf_counter()
    named = int((names != "").sum())
    lines = [
        f"{describe_machine()} {args.cells:,} cells x {args.features} features, float32, 20 plates.",
        "",
        "| what | seconds |",
        "|---|---|",
        f"| train on {named:,} named cells (accuracy {evaluation.accuracy:.3f}) | {trained - start:.1f} |",
        f"| apply to all cells: phenotype, probabilities, novelty | {applied - trained:.1f} |",
        f"| count phenotypes by well | {counted - applied:.1f} |",
    ]
    write_result("phenotypes", "\n".join(lines))


if __name__ == "__main__":
    main()
