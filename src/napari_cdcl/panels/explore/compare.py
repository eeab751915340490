"""Compares the selection with what is set aside: what is over-represented, and both galleries side by side."""

from __future__ import annotations

from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.explore.gallery_panel import GalleryPanel
from napari_cdcl.panels.explore.why_different import WhyDifferent
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import TurningSplitter

if TYPE_CHECKING:
    from cdcl.profiles.composition import Composition
    from napari_cdcl.models.session import Session
    from napari_cdcl.ui.thumbnails import Thumbnails

HEADERS = ("value", "selected", "other", "wells", "more", "q")
TIPS = (
    "The value of the column; what is more frequent in the selection comes first.",
    "How many of the selection have it, and their share.",
    "How many of the others have it, and their share.",
    "In how many wells of the selection, and of the others.",
    "How many percent of the selection more than of the others of the same plates, and its bounds (95 %, over wells).",
    "False discovery rate: wells or plates are exchanged, as items of a well are alike; - where plates tell nothing.",
)
CREDIBLE = 0.05
"""False discovery rates up to this are in bold."""
PLURALS = {"well": "wells", "plate": "plates", "batch": "batches", "profile": "items"}
HINT = "Select something; it is compared with what was set aside, or else with all the rest."


class ComparePanel(QWidget):
    """A table of counts and tests, and two galleries."""

    def __init__(self, session: Session, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self.column = Chooser("What is counted in both.")
        self.swap = QPushButton("Swap")
        self.swap.setToolTip("Set the selection aside, and select what was set aside.")
        self.why = WhyDifferent(session)
        self.note = QLabel(HINT)
        self.note.setWordWrap(True)
        self.table = QTableWidget(0, len(HEADERS))
        self.table.setToolTip("What is over-represented in the selection; each heading says what it counts.")
        self.galleries = (GalleryPanel(session, thumbnails), GalleryPanel(session, thumbnails, aside=True))
        self._set_up_table()
        self._lay_out()
        self._connect()
        self._offer()

    def _set_up_table(self) -> None:
        self.table.setHorizontalHeaderLabels(list(HEADERS))
        header, rows = self.table.horizontalHeader(), self.table.verticalHeader()
        assert header is not None
        assert rows is not None
        rows.hide()
        rows.setDefaultSectionSize(22)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for number, tip in enumerate(TIPS):
            item = self.table.horizontalHeaderItem(number)
            assert item is not None
            item.setToolTip(tip)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(QLabel("count by"))
        top.addWidget(self.column, 1)
        top.addWidget(self.swap)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        column.addWidget(self.why)
        pictures = TurningSplitter(520)
        for title, gallery in zip(("selected", "set aside"), self.galleries, strict=True):
            gallery.set_title(title)
            pictures.addWidget(gallery)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(left)
        split.addWidget(pictures)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(split)

    def _connect(self) -> None:
        session = self._session
        for signal in (session.selection_changed, session.aside_changed):
            self._links.add(signal, self.compare)
        for signal in (session.items_changed, session.items_extended):
            self._links.add(signal, self._offer)
        self.column.chosen.connect(self.compare)
        self.swap.clicked.connect(self._swap)

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Compare when the panel comes to light."""
        super().showEvent(event)
        self.compare()

    def compare(self, _changed: Any = None) -> None:
        """Count and test in a thread, if the panel can be seen."""
        if not self.isVisible():
            return
        self.worker.forget()
        try:
            comparison = actions.ask_comparison(self._session, self.column.key)
        except CDCLError:
            self.table.setRowCount(0)
            self.note.setText(HINT)
            return
        with_what = "what was set aside" if self._session.aside is not None else "all the rest"
        note = f"{int(comparison.one.sum()):,} selected against {int(comparison.other.sum()):,}: {with_what}."
        self.worker.run(comparison.compute, partial(self._show, note), self._complain)

    def _offer(self, _items: Any = None) -> None:
        items, key = self._session.items, self.column.key
        columns = [] if items is None else colour_columns(items.table)
        self.column.offer(columns, key if key in columns else next(iter(columns), ""))

    def _show(self, note: str, composition: Composition) -> None:
        self.note.setText(f"{note} {_how(composition)}")
        table = composition.table
        found = table.assign(less=table["effect"] <= 0).sort_values(["less", "p"], kind="stable")
        self.table.setRowCount(len(found))
        for line, row in enumerate(found.to_dict("records")):
            for place, text in enumerate(_in_words(row)):
                cell = QTableWidgetItem(text)
                if place:
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                font = cell.font()
                font.setBold(row["q"] <= CREDIBLE)
                cell.setFont(font)
                self.table.setItem(line, place, cell)

    def _swap(self) -> None:
        aside = self._session.aside
        if aside is None:
            self._session.told.emit("Nothing is set aside.")
            return
        self._session.aside = self._session.selection.copy()
        self._session.selection = aside

    def _complain(self, error: Exception) -> None:
        self.table.setRowCount(0)
        self.note.setText(words_of(error))


def _in_words(row: dict[Any, Any]) -> tuple[str, ...]:
    """Write a value's counts and test, in the order of `HEADERS`."""
    wells = (row["wells_one"], row["wells_other"])
    return (
        str(row["value"]),
        f"{row['one']:,} ({row['share_one']:.0%})",
        f"{row['other']:,} ({row['share_other']:.0%})",
        f"{wells[0]:,} / {wells[1]:,}" if any(wells) else "",
        _effect(row),
        "-" if isnan(row["q"]) else f"{row['q']:.2g}",
    )


def _effect(row: dict[Any, Any]) -> str:
    """Write a difference of shares, and its interval where there is one."""
    if isnan(row["p"]):
        return "-"
    effect = f"{100 * row['effect']:+.0f}"
    return f"{effect} %" if isnan(row["low"]) else f"{effect} ({100 * row['low']:+.0f} to {100 * row['high']:+.0f}) %"


def _how(composition: Composition) -> str:
    """Say what was exchanged to test, and what to make of a test that says nothing."""
    units, num = PLURALS[composition.unit], composition.num_units
    if composition.table["p"].isna().all():
        return (
            f"Not tested: they share no {composition.stratum or composition.unit}, which could be all the difference."
        )
    within = f" of the same {composition.stratum}" if composition.stratum else ""
    if composition.mixed:
        return f"Tested {composition.unit} by {composition.unit}, as items of one are alike: {num:,} {units}."
    return f"Tested by exchanging {units}{within}: {num:,} {units}."
