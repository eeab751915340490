"""A run's log.csv as a table of numbers, whatever an editor or a crash made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.runs.tail import rows_of

if TYPE_CHECKING:
    from cdcl.runs.run import Run


def read_log(run: Run) -> pd.DataFrame:
    """Read the log: float64 columns, NaN where a cell holds no finite number; empty where there is no log.

    Lines that a crash cut short, and those without a step, are left out.
    """
    header, *lines = list(rows_of(run.log)) or [[]]
    if len(set(header)) < len(header) or "step" not in header:
        return pd.DataFrame()
    whole = [line for line in lines if len(line) == len(header)]
    table = pd.DataFrame(whole, columns=header, dtype=str).apply(pd.to_numeric, errors="coerce").astype(np.float64)
    table = table.where(np.isfinite(table))
    found: pd.DataFrame = table[table["step"].notna()].reset_index(drop=True)
    return found
