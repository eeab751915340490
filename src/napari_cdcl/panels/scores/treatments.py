"""What a score is of single treatments (mechanisms, batches); choosing some selects their points everywhere."""

from __future__ import annotations

from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cdcl.metrics import title_of
from napari_cdcl.actions.scores import read_scored_points, show_scored_points
from napari_cdcl.actions.selection import groups_of_selection, select_groups
from napari_cdcl.models.score_files import read_labels
from napari_cdcl.models.score_texts import grouped_by, is_higher_better
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.scores.treatment_list import TreatmentList
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    import pandas as pd

    from napari_cdcl.actions import Opened
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.score_files import Scored
    from napari_cdcl.models.session import Session

HINT = "Click a score above: it is shown here for each treatment, batch or mechanism by itself."
WITHOUT = "This score has no values of single treatments."
ALONE = "Not kept for this column: choose this correction alone under “Score profiles”, and score."


class TreatmentPart(QWidget):
    """A list, linked with the session in both directions."""

    shown = Signal()
    """Another list is on display."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self._asked: tuple[Scored, str, str] | None = None
        self.column = ""
        self.title = QLabel(HINT)
        self.title.setWordWrap(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText("find …")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Show only those whose name holds this.")
        self.points = QPushButton("Show its points")
        self.points.setToolTip("Explore the profiles that this score is of, so that rows can be found among them.")
        self.points.hide()
        self.list = TreatmentList()
        self._lay_out()
        self._connect()
        self._show_controls(False)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.search, 1)
        line.addWidget(self.points)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.title)
        layout.addLayout(line)
        layout.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(self.list.search)
        self.points.clicked.connect(self._show_points)
        self.list.chosen.connect(self._select)
        session = self._session
        for signal in (session.selection_changed, session.items_changed, session.items_extended):
            self._links.add(signal, self._follow)

    def ask(self, scored: Scored, name: str, level: str) -> None:
        """Show the single values of a score, read in a thread."""
        self._asked = (scored, name, level)
        self.worker.forget()
        reason = why_no_score(scored, name, level)
        if reason:
            self._show_nothing(f"<b>{title_of(name)}</b><br>No score, because {reason}")
        elif scored.by_label is None:
            self._show_nothing(ALONE)
        else:
            self.worker.run(partial(read_labels, scored.by_label, name, level), self._show, self._fail)

    def forget(self) -> None:
        """Show nothing."""
        self._asked = None
        self.worker.forget()
        self._show_nothing(HINT)

    def _show(self, table: pd.DataFrame) -> None:
        if self._asked is None:
            return
        scored, name, level = self._asked
        if not len(table):
            self._show_nothing(WITHOUT)
            return
        self.column = grouped_by(name)
        self.title.setText(f"<b>{title_of(name)}</b>, {level} profiles<br>{scored.title}, {scored.what}")
        self._show_controls(True)
        before = self.list.marked()
        self.list.show_table(table, self.column)
        self.list.sort_by("value", down=is_higher_better(name))
        if before == groups_of_selection(self._session, self.column):
            self.list.mark(before)
        self._follow()
        self.shown.emit()

    def _show_nothing(self, words: str) -> None:
        self.title.setText(words)
        self._show_controls(False)
        self.shown.emit()

    def _show_controls(self, shown: bool) -> None:
        for widget in (self.search, self.list):
            widget.setVisible(shown)
        self.points.setVisible(shown and not self._fits())

    def _fail(self, error: Exception) -> None:
        self._show_nothing(words_of(error))

    def _fits(self) -> bool:
        """Tell whether what is explored has the labels of the list."""
        items = self._session.items
        if items is None or self.column not in items.table:
            return False
        return bool(items.table[self.column].astype(str).isin(self.list.labels()).any())

    def _select(self, labels: set[str]) -> None:
        found = select_groups(self._session, self.column, labels)
        if labels and found < 1:
            items = self._session.items
            lack = f"have no {self.column}" if found < 0 else f"are of none of these {self.column} labels"
            whose = "There are no points" if items is None else f"The points on display ({items.title}) {lack}"
            self._session.told.emit(f"{whose}; “Show its points” reads those of this score.")

    def _follow(self, _changed: Any = None) -> None:
        """Mark the row of what is selected, where that is of one treatment; do not select anything."""
        if self._asked is None or not self.column:
            return
        self.points.setVisible(self.list.isVisibleTo(self) and not self._fits())
        labels = groups_of_selection(self._session, self.column)
        if labels != self.list.marked():
            self.list.mark(labels if len(labels) == 1 else ())

    def _show_points(self) -> None:
        if self._asked is None:
            return

        def show(found: Opened | Items) -> None:
            if not may_go(self._session, self):
                return
            show_scored_points(self._session, found)
            items = self._session.items
            if items is not None:
                self._session.told.emit(" ".join([f"{len(items):,} {items.title}.", *items.notes]))
            self._follow()

        self._session.told.emit(f"Reading {self._asked[0].title} …")
        self.worker.run(partial(read_scored_points, self._session, self._asked[0]), show, self._complain)

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))


def why_no_score(scored: Scored, name: str, level: str) -> str:
    """Give the reason why there is no value; "" where there is one."""
    score = scored.scores.get((name, level))
    if score is None:
        return scored.note or "it was not measured"
    return str(score["note"]) if isnan(score["value"]) else ""
