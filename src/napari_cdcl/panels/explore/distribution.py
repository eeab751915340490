"""Distribution: how a number is spread over the items, by class where wanted, and a range of it as the selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cdcl.scatter.palette import colours_of, to_hex
from cdcl.screen.dose_columns import COLUMN, unit_of, units_of
from cdcl.screen.natural import natural
from napari_cdcl import actions
from napari_cdcl.models.counting import counted
from napari_cdcl.models.distributions import Distribution
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.histogram import Group, Histogram
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from qtpy.QtGui import QShowEvent

    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

DRAWN = {"histogram": "histogram", "cumulative": "cumulative"}
MODES = {"replace": "select", "add": "add", "subtract": "take away", "keep": "keep only"}
HINT = "Drag over a range, or type its ends; arrows move it."
MOST_GROUPS = 12
"""Cumulative curves that can be told apart; of more classes, one curve of all is drawn."""


class DistributionPanel(QWidget):
    """A histogram with a chooser of its column; what is dragged in it is selected everywhere."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._links = Links()
        self._shown: Distribution | None = None
        self._make_controls()
        self._lay_out()
        self._connect()

    def _make_controls(self) -> None:
        self.column = Chooser("Which number is shown.")
        self.column.setMinimumContentsLength(10)
        self.drawn = Chooser("Bars of counts, or the share of items up to each number.")
        self.drawn.offer(DRAWN, "histogram")
        self.by_colour = QCheckBox("by colour")
        self.by_colour.setToolTip("Draw a cumulative curve for each class that the points are coloured by.")
        self.by_colour.setEnabled(False)
        self.mode = Chooser(
            "What becomes of the selection with the range: it replaces it, is added, taken away, or kept."
        )
        self.mode.offer(MODES, "replace")
        self.low, self.high = QLineEdit(), QLineEdit()
        for field, what in ((self.low, "from"), (self.high, "to")):
            field.setPlaceholderText(what)
            field.setMaximumWidth(80)
            field.setToolTip(
                f"Where the range {'begins' if what == 'from' else 'ends'}; nothing typed is the end of the axis."
            )
        self.giver = QPushButton("Apply")
        self.giver.setToolTip("Select what lies between the two numbers.")
        self.histogram = Histogram()
        self.histogram.setToolTip("Drag over a range to select what lies in it; a click takes the range away.")
        self.note = QLabel(HINT)
        self.note.setWordWrap(True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.column, self.drawn, self.by_colour))
        layout.addWidget(self.histogram, 1)
        layout.addLayout(flow(self.mode, self.low, self.high, self.giver))
        layout.addWidget(self.note)

    def _connect(self) -> None:
        session = self._session
        for signal in (session.items_changed, session.items_extended, session.colour_changed):
            self._links.add(signal, self._read)
        self._links.add(session.selection_changed, self._mark)
        self.column.chosen.connect(self._read)
        self.drawn.chosen.connect(self._draw_as)
        self.by_colour.toggled.connect(self._read)
        self.histogram.ranged.connect(self._on_range)
        self.giver.clicked.connect(self.apply)
        for field in (self.low, self.high):
            field.returnPressed.connect(self.apply)

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802
        """Count what was not counted while nobody could see it."""
        super().showEvent(event)
        self._read()

    def apply(self) -> None:
        """Select what lies between the numbers that are typed."""
        if self._shown is None:
            return
        try:
            low, high = (_number(field.text(), end) for field, end in ((self.low, -np.inf), (self.high, np.inf)))
        except ValueError:
            self.note.setText("A range goes from a number to a number, such as 0.5 and 12.")
            return
        if low > high:
            self.note.setText(f"The range is empty: {low:g} lies above {high:g}.")
            return
        self.histogram.mark(low, high)
        self._select(low, high)

    def _read(self, _changed: Any = None) -> None:
        """Show the column that is chosen, of what is explored now."""
        if not self.isVisible():
            return
        items = self._session.items
        names = [] if items is None else numeric_columns(items)
        key = self.column.key
        preferred = self._session.colour if self._session.colour in names else next(iter(names), "")
        self.column.offer(names, key if key in names else preferred)
        self._shown = None if items is None or not self.column.key else distribution_of(items, self.column.key)
        self.histogram.show_distribution(self._shown, self._groups(items))
        for control in (self.drawn, self.mode, self.low, self.high, self.giver):
            control.setEnabled(self._shown is not None)
        if items is not None and not names:
            self.note.setText("These items have no column of numbers.")
        self._mark()

    def _groups(self, items: Items | None) -> list[Group]:
        column = self._session.colour
        if items is None or not self.by_colour.isChecked() or column not in items.table or self._shown is None:
            return []
        names = items.table[column].astype("string").fillna("").to_numpy(dtype=str)
        kinds = sorted((kind for kind in np.unique(names).tolist() if kind), key=natural)
        if not 1 < len(kinds) <= MOST_GROUPS:
            self.note.setText(f"“{column}” has {len(kinds):,} classes; curves are drawn of 2 to {MOST_GROUPS}.")
            return []
        colours = [QColor(to_hex(int(colour))) for colour in colours_of(tuple(kinds))]
        groups = [Group(kind, colour, names == kind) for kind, colour in zip(kinds, colours, strict=True)]
        spots = (f"<span style='color:{one.colour.name()}'>━</span>&nbsp;{one.name}" for one in groups)
        self.note.setText(" &nbsp; ".join(spots))
        return groups

    def _mark(self, _mask: Any = None) -> None:
        if self.isVisible():
            self.histogram.show_selected(self._session.selection)

    def _draw_as(self, how: str) -> None:
        self.histogram.show_cumulative(how == "cumulative")
        self.by_colour.setEnabled(how == "cumulative")

    def _on_range(self, ends: tuple[float, float] | None) -> None:
        if ends is None:
            self.low.clear()
            self.high.clear()
            self.note.setText(HINT)
            return
        self.low.setText(f"{ends[0]:.5g}")
        self.high.setText(f"{ends[1]:.5g}")
        self._select(*ends)

    def _select(self, low: float, high: float) -> None:
        if self._shown is None or len(self._shown.values) != len(self._session.selection):
            return
        inside, mode = self._shown.within(low, high), self.mode.key
        if mode == "keep":
            self._session.selection = self._session.selection & inside
        else:
            actions.combine(self._session, inside, mode)  # type: ignore[arg-type]
        level = self._session.items.level if self._session.items is not None else "item"
        self.note.setText(f"{counted(int(inside.sum()), f'{level}s')} lie in the range.")


def numeric_columns(items: Items) -> list[str]:
    """Name the columns that are numbers, doses among them."""
    import pandas as pd  # there are items, so it is loaded

    names = colour_columns(items.table)
    return [name for name in names if pd.api.types.is_numeric_dtype(items.table[name]) or name == COLUMN]


def distribution_of(items: Items, column: str) -> Distribution | None:
    """Give the numbers of a column; None where doses cannot be read as numbers of one unit."""
    from cdcl.screen.dose_columns import dose_numbers

    if column != COLUMN:
        return Distribution.of(items.table[column].to_numpy(dtype=np.float64, na_value=np.nan), column)
    if len(units_of(items.table)) > 1:
        return None
    found = dose_numbers(items.table[column], unit_of(items.table))
    return None if found is None else Distribution.of(found.values, column, found.unit, doses=True)


def _number(text: str, missing: float) -> float:
    """Read a number as people type it; a decimal comma is one, too."""
    return float(text.strip().replace(",", ".")) if text.strip() else missing
