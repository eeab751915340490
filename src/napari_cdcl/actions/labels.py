"""What an item is, in words, and in which order items come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.screen.dose_columns import dose_numbers
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_cdcl.models.session import Session

TOLD = ("treatment", "mechanism", "control", "batch", "plate", "well", "site", "cell")


def name_item(session: Session, item: int) -> str:
    """Say in a line what an item is: "taxol@3 · Week1 · P3 · B02 · site 1 · cell 17"."""
    items = session.items
    if items is None or not 0 <= item < len(items):
        return ""
    parts = []
    for name in TOLD:
        text = str(items.table[name].iat[item]) if name in items.table else ""
        if text and text != "nan":
            parts.append(f"{name} {text}" if name in ("site", "cell") else text)
    for name in ("annotation", "similarity"):
        if name in items.table:
            value = items.table[name].iat[item]
            text = f"{value:.3f}" if isinstance(value, float | np.floating) else str(value)
            parts += [f"{name}: {text}"] if text not in ("", "nan") else []
    return " · ".join(parts)


def sort_items(values: pd.Series, chosen: NDArray[np.int64], *, largest_first: bool = False) -> NDArray[np.int64]:
    """Sort items by their values; equal ones stay in their order, and those without a value come last."""
    keys = _sortable(values).reset_index(drop=True)
    order = keys.sort_values(ascending=not largest_first, kind="stable", na_position="last")
    in_order: NDArray[np.int64] = chosen[order.index.to_numpy()]
    return in_order


def _sortable(values: pd.Series) -> pd.Series:
    """Give numbers, doses and names what puts them in the order in which people count."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    doses = dose_numbers(values)
    if doses is not None:
        return pd.Series(doses.values)
    texts = values.astype("string").fillna("")
    ranks = {name: rank for rank, name in enumerate(sorted(map(str, texts.unique()), key=natural))}
    return pd.Series([np.nan if text == "" else float(ranks[text]) for text in texts])
