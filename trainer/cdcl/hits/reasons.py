"""Why a treatment is called a hit, or not, in words that its row of the table holds; and what is odd about it."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.false_discovery import false_discovery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells

FEW_CELLS = 0.5
"""Below half of the controls' cells a treatment is called toxic: what is left of the wells may look alike for that."""
SIGNIFICANCE = 0.05
"""False discovery rate below which a treatment may be a hit: one in twenty hits may be none."""
FARTHER = 1.0
"""Effect above which a treatment may be a hit: the controls' own, by their root mean square distance."""
AGREES = 0.5
"""Mean cosine between batches from which a shift is called the same: half-way between nothing and identity."""


def explain(row: Mapping[Any, Any]) -> str:
    """Say why this treatment is a hit or not."""
    parts = [_activity(row), f"{_times(float(row['effect']))} times as far from the controls as they are themselves"]
    agreement = float(row["across_batches"])
    if not isnan(agreement):
        same = "the same direction" if agreement >= AGREES else "no common direction"
        parts.append(f"{same} in {row['batches']} batches (cosine {agreement:.2f})")
    if float(row["cells"]) < FEW_CELLS:
        parts.append(f"toxic: {row['cells']:.0%} of the controls' cells")
    if row.get("phenotypes"):
        parts.append(f"shows {row['phenotypes']}")
    if row["like"] and not isnan(float(row["confidence"])):
        right = f"such a neighbour is right {row['confidence']:.0%} of the time"
        parts.append(f"looks like {row['like']} ({row['nearest']}; {right})")
    elif row["like"]:
        parts.append(f"nearest to {row['nearest']}, {row['like']}")
    return "; ".join([*parts, *filter(None, [row["flags"]])])


def _activity(row: Mapping[Any, Any]) -> str:
    if isnan(float(row["p"])):
        return "not tested: no plate holds both this treatment and a negative control"
    if row["hit"]:
        return f"active (q = {row['q']:.2g})"
    if row["q"] < SIGNIFICANCE:
        return f"no hit: significant (q = {row['q']:.2g}), but no further from the controls than they lie themselves"
    lowest = 1 / max(1, int(row["assignments"]))
    if lowest >= SIGNIFICANCE:
        return f"cannot be significant: its plates allow {row['assignments']} assignments of labels"
    return f"not active (q = {row['q']:.2g})"


def _times(effect: float) -> str:
    """Give an effect with one digit, or as many as tell it from the limit: 0.97 is not 1.0."""
    digits = next((d for d in (1, 2, 3) if float(f"{effect:.{d}f}") != FARTHER), 1)
    return f"{effect:.{digits}f}"


def count_of_hits(table: pd.DataFrame) -> str:
    """Say how many treatments are hits; where none could be, that, as a count of 0 would say nothing of them."""
    if len(table) and {"p", "assignments"} <= set(table):
        least = np.where(table["p"].isna(), np.nan, 1 / table["assignments"].clip(lower=1).astype(float))
        if not (false_discovery(least) < SIGNIFICANCE).any():
            return f"none of {len(table)} treatments can be a hit: too few are its wells, or the controls of its plates"
    return f"{int(table['hit'].sum())} of {len(table)} treatments are hits"


def flags_of(wells: Wells, own: NDArray[np.int64], flags: pd.DataFrame | None) -> str:
    """Name what is odd about a treatment's wells: one batch only, edge wells only, what `quality` flagged."""
    found = []
    table = wells.profiles.table.iloc[own]
    if (
        "batch" in wells.profiles.table
        and wells.profiles.table["batch"].nunique() > 1
        and table["batch"].nunique() == 1
    ):
        found.append("one batch only")
    if _at_edge(wells)[own].all():
        found.append("edge wells only")
    if flags is not None and len(flags):
        keys = set(zip(table["plate"].astype(str), table["well"].astype(str), strict=True))
        places = list(zip(flags["plate"].astype(str), flags["well"].astype(str), strict=True))
        named = flags[[place in keys for place in places]]
        counts = named.groupby("flag")["well"].nunique()
        found += [f"{flag} in {count} of {len(own)} wells" for flag, count in counts.items()]
    return ", ".join(found)


def _at_edge(wells: Wells) -> NDArray[np.bool_]:
    """Tell the wells in the outermost rows and columns that the screen uses."""
    rows, columns = wells.positions.T
    known = rows >= 0
    if not known.any():
        return np.zeros(len(rows), dtype=bool)
    ends = [(axis == axis[known].min()) | (axis == axis[known].max()) for axis in (rows, columns)]
    return np.asarray(known & (ends[0] | ends[1]))
