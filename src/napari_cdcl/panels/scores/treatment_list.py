"""The value of each treatment (mechanism, batch) of one score: sorted, searched, chosen. It knows no session."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from napari_cdcl.models.score_table import Cell
from napari_cdcl.panels.scores.bars import CELL, SPAN, BarDelegate, in_short
from napari_cdcl.ui.sorted_table import ColumnStyle, SortedTable, write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from qtpy.QtWidgets import QWidget


class TreatmentList(SortedTable):
    """Rows of one score's parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(BarDelegate(self))
        self.setToolTip("Click a line to select its points everywhere; hold Ctrl or Shift for several")

    def show_table(self, table: pd.DataFrame, first: str) -> None:
        """Show other values, the best on top as they were sorted; `first` is what labels are called."""
        self.show_columns(table, _styles(table, first))


def _styles(table: pd.DataFrame, first: str) -> dict[str, ColumnStyle]:
    return {
        "label": ColumnStyle(first, "Click to select its points in every panel; Ctrl or Shift for several."),
        "value": ColumnStyle(
            "value",
            "The score of it alone, with its 95 % interval where there is one.",
            in_short,
            data=_bars(table) if "value" in table else None,
        ),
        "count": ColumnStyle("count", "How many profiles or queries it is a mean of.", _count, 54, to_right=True),
        "q": ColumnStyle("q", "False discovery rate: below 0.05 it counts as active.", _q, 46, to_right=True),
        "predicted": ColumnStyle("neighbour is", "The mechanism of its nearest neighbour.", write_text),
    }


def _bars(table: pd.DataFrame) -> Callable[[str, int], Any]:
    """Give what bars are drawn of."""
    missing = [float("nan")] * len(table)
    low, high = (table.get(name, missing) for name in ("low", "high"))
    cells = {
        str(label): Cell(float(value), *ends)
        for label, value, *ends in zip(table["label"], table["value"], low, high, strict=True)
    }
    known = [cell.value for cell in cells.values() if not isnan(cell.value)]
    span = (min([0.0, *known]), max([1.0, *known]))

    def data(label: str, role: int) -> Any:
        return cells[label] if role == CELL else span if role == SPAN else None

    return data


def _count(value: float) -> str:
    return "" if isnan(value) else f"{value:,.0f}"


def _q(value: float) -> str:
    return "" if isnan(value) else f"{value:.2g}"
