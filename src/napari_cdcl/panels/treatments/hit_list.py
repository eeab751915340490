"""One row a treatment: whether it does something, how strongly, how surely, like what. It knows no session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal

from napari_cdcl.ui.sorted_table import FIT, ColumnStyle, SortedTable, is_missing, write_text

if TYPE_CHECKING:
    import pandas as pd
    from qtpy.QtCore import QModelIndex
    from qtpy.QtGui import QKeyEvent
    from qtpy.QtWidgets import QWidget

    from napari_cdcl.actions.hits import RunHits

STAR = "starred"


def _number(digits: int) -> Any:
    return lambda value: "" if is_missing(value) else f"{value:.{digits}f}"


def _q(value: float) -> str:
    return "" if is_missing(value) else f"{value:.2g}"


def _share(value: float) -> str:
    return "" if is_missing(value) else f"{value:.0%}"


STYLES = {
    "treatment": ColumnStyle("treatment", "Click to select its points in every panel; Ctrl or Shift for several.",
                             width=FIT),
    STAR: ColumnStyle("★", "Click here, or press *, to star or unstar it.", lambda value: "★" if value else "☆", 26),
    "hit": ColumnStyle("hit", "q below 0.05, and further from the controls than they are themselves.",
                       lambda value: "●" if value else "", 30),
    "q": ColumnStyle("q", "False discovery rate of its activity, by exchanging wells with controls of their plates.",
                     _q, 58, to_right=True),
    "effect": ColumnStyle("effect", "Distance from the controls of its plates; 1 is the controls' root mean square.",
                          _number(1), 50, to_right=True),
    "across_batches": ColumnStyle("agree", "Cosine between its shifts in two batches: 1 is the same direction.",
                                  _number(2), 46, to_right=True),
    "cells": ColumnStyle("cells", "Share of the controls' cells; below half is called toxic.", _share, 46,
                         to_right=True),
    "phenotypes": ColumnStyle("shows", "Phenotypes that its wells show more of than the controls.", write_text, FIT),
    "like": ColumnStyle("like", "Mechanism of the most similar treatment of another compound.", write_text, FIT),
}  # fmt: skip


class HitList(SortedTable):
    """Treatments that can be sorted, searched, starred and chosen."""

    starred = Signal(str)
    """The treatment whose star the user has turned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("Click a line to select its points everywhere, its star to keep it; a heading sorts.")
        self.setAccessibleName("treatments")
        self.clicked.connect(self._on_click)

    def show_hits(self, hits: RunHits) -> None:
        """Show other rows, sorted as they were."""
        assert hits.table is not None
        names = hits.table["treatment"].astype(str)
        self.show_columns(hits.table.assign(treatment=names, **{STAR: names.isin(hits.stars)}), _styles(hits.table))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Turn the star of the row with the focus; other keys do what they do in any table."""
        if event is not None and event.key() == Qt.Key.Key_Asterisk and self.currentIndex().isValid():
            self.starred.emit(self.label_at(self.currentIndex()))
            return
        super().keyPressEvent(event)

    def _on_click(self, index: QModelIndex) -> None:
        if self.name_at(index) == STAR:
            self.starred.emit(self.label_at(index))


def _styles(table: pd.DataFrame) -> dict[str, ColumnStyle]:
    """Leave out columns in which nothing is known, such as cells that were not counted."""
    empty = {name for name in ("across_batches", "cells") if name in table and table[name].isna().all()}
    empty |= {name for name in ("like", "phenotypes") if name in table and (table[name].astype(str) == "").all()}
    return {name: style for name, style in STYLES.items() if name not in empty}
