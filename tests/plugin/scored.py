"""Scores as `cdcl score` writes them, small and known, for tests of what shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")
NOTE = "nothing is held out: no row has split 'test'"
COLUMNS = ["name", "level", "value", "low", "high", "chance", "count", "higher_is_better", "note"]


def scores(shift: float = 0.0) -> pd.DataFrame:
    """Five scores: one on two levels, one that cannot be had, one of batches, and the overall."""
    rows = [
        ("treatment_unseen_batch", "well", NAN, NAN, NAN, NAN, 0, True, NOTE),
        ("treatment_other_batch", "site", 0.5 + shift, 0.4, 0.6, 0.33, 24, True, ""),
        ("treatment_other_batch", "well", 0.6 + shift, 0.5, 0.7, 0.33, 12, True, "10 neighbours"),
        ("batch_recognised", "well", 0.3 + shift, 0.2, 0.4, 0.5, 12, False, ""),
        ("grit", "well", 1.5 + shift, 1.0, 2.0, 0.0, 12, True, ""),
        ("overall", "well", 0.55 + shift, NAN, NAN, NAN, 10, True, ""),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def write_scores(path: Path, shift: float = 0.0, *, baselines: bool = True) -> None:
    """Write a table of scores and the values of single treatments A, B, C beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = scores(shift)
    if baselines:
        table = table.assign(noise=[NAN, 0.3, 0.3, 0.3, 0.0, 0.6], **{"batch only": [NAN, 0.2, 0.2, 1.0, 0.1, 0.2]})
    table.to_csv(path, index=False)
    pairs = (("A", 0.2), ("B", 0.9), ("C", 0.5))
    labels = [("treatment_other_batch", "well", label, value, 4) for label, value in pairs]
    batches = [("batch_recognised", "well", batch, 0.3, 12) for batch in ("B1", "B2")]
    by_label = pd.DataFrame([*labels, *batches], columns=["name", "level", "label", "value", "count"])
    by_label.to_csv(path.with_name(f"{path.stem}-by-label.csv"), index=False)


def write_sweep(path: Path) -> None:
    """Write scores without and after corrections, one of which failed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    failed = pd.DataFrame({"correction": ["combat"], "name": ["correction"], "note": ["ComBat needs two batches."]})
    tables = [scores(shift).assign(correction=name) for name, shift in (("none", 0.0), ("tvn", 0.1), ("z", 0.05))]
    pd.concat([*tables, failed]).assign(run="small").to_parquet(path, index=False)
