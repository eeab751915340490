"""Clusters of the map that is drawn: found by a job, listed with size and stability, selected by a click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.actions.selection import groups_of_selection, select_groups
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.sorted_table import ColumnStyle, SortedTable, is_missing, write_text
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

HINT = "Find what lies together on the map that is drawn; each cluster is named by what is over-represented in it."
CLICK = "Click a cluster to select its points everywhere. From 0.75 it comes again when wells are drawn anew."
GONE = "The list of these clusters is not with the run; find them again."


def _stability(value: float) -> str:
    if is_missing(value):
        return ""
    return f"{value:.2f} stable" if value >= actions.STABLE else f"{value:.2f}"


STYLES = {
    "cluster": ColumnStyle("cluster", "Its number, and what is over-represented in it.", write_text),
    "profiles": ColumnStyle("points", "How many points it has.", lambda value: f"{value:,.0f}", 56, to_right=True),
    "wells": ColumnStyle("wells", "In how many wells they lie.", lambda value: f"{value:,.0f}", 50, to_right=True),
    "stability": ColumnStyle(
        "stability",
        "How much of it comes again when wells are drawn anew (mean Jaccard index); below 0.6, do not trust it.",
        _stability,
        86,
        to_right=True,
    ),
    "batches": ColumnStyle("batches", "Batches that are over-represented in it: then it may be one.", write_text, 70),
}


class ClustersPanel(QWidget):
    """A list of clusters, linked with the selection in both directions."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._links = Links()
        self._of: Items | None = None
        self._out: Path | None = None
        self.worker = BackgroundWorker(self)
        self.finding = JobControls(
            "Find clusters",
            "Find clusters of the map that is drawn by density, in a process of its own.",
            done="",
            cancelled="Cancelled. What was found before is as it was.",
            parent=self,
        )
        self.list = SortedTable()
        self.list.setToolTip("Click a cluster to select its points, Ctrl or Shift for several; a heading sorts.")
        self.list.setAccessibleName("clusters")
        self.note = QLabel(HINT)
        self.note.setWordWrap(True)
        self._lay_out()
        self._connect()
        self._read()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.finding.button))
        for part in (self.finding.progress, self.finding.words, self.note):
            layout.addWidget(part)
        layout.addWidget(self.list, 1)
        self.finding.words.hide()  # an empty line would part the button from what it is for

    def _connect(self) -> None:
        session = self._session
        for signal in (session.items_changed, session.items_extended):
            self._links.add(signal, self._read)
        self._links.add(session.selection_changed, self._mark)
        self.finding.wanted.connect(self.find)
        self.list.chosen.connect(self._select)

    def find(self) -> None:
        """Start the job that finds clusters of the map that is drawn."""
        try:
            arguments, self._out = actions.cluster_job(self._session)
        except CDCLError as error:
            self._session.told.emit(words_of(error))
            return
        self._of = self._session.items
        self.finding.start([arguments], self._on_found)

    def _on_found(self) -> None:
        """Show what the job has found, where the same profiles are still explored."""
        items, of, out = self._session.items, self._of, self._out
        self._of = self._out = None
        if items is None or of is None or out is None or items.values is not of.values:
            return
        try:
            actions.show_clusters(self._session, out)
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def _read(self, _items: Any = None) -> None:
        """Read the list of the clusters that the items have, in a thread."""
        items, run = self._session.items, self._session.run
        self.finding.button.setEnabled(items is not None and items.values is not None and run is not None)
        self.worker.forget()
        if items is None or run is None or actions.CLUSTER not in items.table:
            self.list.setVisible(False)
            self.note.setText(HINT)
            return
        self.worker.run(partial(actions.read_clusters, run, items), self._show, self._complain)

    def _show(self, found: pd.DataFrame) -> None:
        first = not self.list.isVisibleTo(self)
        self.list.show_columns(found, STYLES)
        if first:
            self.list.sort_by("cluster", down=False)
        self.list.setVisible(len(found) > 0)
        self.note.setText(CLICK if len(found) else GONE)
        self._mark()

    def _select(self, names: set[str]) -> None:
        select_groups(self._session, actions.CLUSTER, names)

    def _mark(self, _mask: Any = None) -> None:
        """Mark the clusters that what is selected lies in."""
        if self.list.isVisibleTo(self):
            self.list.mark(groups_of_selection(self._session, actions.CLUSTER))

    def _complain(self, error: Exception) -> None:
        self.list.setVisible(False)
        self.note.setText(words_of(error))
