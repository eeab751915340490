"""Names for selections: given, looked at again, exported, and tried as classes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_file, ask_new_file
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.metrics.score import Score
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

FORMS = (
    "The screen with a column annotation, to train on (screen*.csv screen*.parquet)",
    "The profiles' table with a column annotation (*.csv *.parquet)",
)
HINT = "Colour plate map and scatter by “annotation” to see the names."
SOURCES = ("archetype", "cluster", "phenotype", "mechanism", "control")
"""Columns of which names can be taken."""
NAME = 256
"""Qt's role of the name behind a line of the list."""


class AnnotatePanel(QWidget):
    """Names the selection, lists the names there are, and says how well a plain classifier tells them apart."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._list()

    def _make_controls(self) -> None:
        self.name = QLineEdit()
        self.name.setPlaceholderText("a name for the selection")
        self.name.setToolTip("What the selected items are to be called; Return gives the name.")
        self.giver = QPushButton("Name it")
        self.giver.setToolTip("Give the selected items this name; the run keeps it.")
        self.taker = QPushButton("Take names away")
        self.taker.setToolTip("The selected items have no name afterwards.")
        self.source = QPushButton("Names from ▾")
        self.source.setToolTip("Take names from a file, or from a column such as archetypes or clusters.")
        self.source.setMenu(QMenu(self.source))
        self.names = QListWidget()
        self.names.setToolTip("Click a name to select its items.")
        self.exporter = QPushButton("Export…")
        self.exporter.setToolTip(
            "Write the names as a column: into the screen's table to train on (a weak label for ws-dino), or into the "
            "table of the profiles."
        )
        self.prober = QPushButton("How well are they told apart?")
        self.prober.setToolTip(
            "Trains a linear classifier on the named profiles of some groups and asks it in the others. Names that "
            "were given by looking at a projection of the same profiles are easy to read off them: that proves nothing."
        )
        self.groups = Chooser("What is left out when the classifier is trained.")
        self.result = QLabel(HINT)
        self.result.setWordWrap(True)

    def _lay_out(self) -> None:
        probe = flow(self.prober, QLabel("leaving out"), self.groups, self.exporter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.name, self.giver, self.taker, self.source))
        layout.addWidget(self.names, 1)
        layout.addLayout(probe)
        layout.addWidget(self.result)

    def _connect(self) -> None:
        self._links.add(self._session.items_changed, self._on_items)
        self._links.add(self._session.items_extended, self._list)
        self.name.returnPressed.connect(self.annotate)
        self.giver.clicked.connect(self.annotate)
        self.taker.clicked.connect(lambda: self._name(""))
        self.names.itemClicked.connect(lambda line: actions.select_named(self._session, line.data(NAME)))
        self.exporter.clicked.connect(self._ask_file)
        self.prober.clicked.connect(self.probe)

    def annotate(self) -> None:
        """Give the selection the name that was typed."""
        if self.name.text().strip():
            self._name(self.name.text())
        else:
            self._session.told.emit("Type a name first.")

    def probe(self) -> None:
        """Train and ask the classifier in a thread."""
        items = self._session.items
        if items is None:
            return
        groups = self.groups.key or "batch"
        self.result.setText("Training …")
        self.worker.forget()
        self.worker.run(
            partial(actions.probe_annotations, items, groups), partial(self._show_score, groups), self._complain
        )

    def _name(self, name: str) -> None:
        try:
            actions.annotate(self._session, name)
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def _on_items(self, _items: Any = None) -> None:
        self.worker.forget()
        self.result.setText(HINT)
        self._list()

    def _list(self, _items: Any = None) -> None:
        items = self._session.items
        self.setEnabled(items is not None)
        counts = {} if items is None else _count(items)
        self.names.clear()
        for name, count in counts.items():
            line = QListWidgetItem(f"{name}  ({count:,})")
            line.setData(NAME, name)
            self.names.addItem(line)
        self._offer_sources(items)
        groups = [name for name in ("batch", "plate", "well") if items is not None and name in items.table]
        self.groups.offer(groups, self.groups.key or next(iter(groups), ""))
        self.prober.setEnabled(items is not None and items.values is not None and len(counts) > 1)

    def _offer_sources(self, items: Items | None) -> None:
        menu = self.source.menu()
        assert menu is not None
        menu.clear()
        menu.addAction("a file…", self._ask_source)
        for column in SOURCES:
            if items is not None and column in items.table:
                menu.addAction(column, partial(self._take, column))

    def _take(self, column: str) -> None:
        try:
            actions.annotate_by_column(self._session, column)
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def _ask_source(self) -> None:
        path, items = ask_file(self, "A table of names", "Tables (*.csv *.tsv *.xlsx *.parquet)"), self._session.items
        if path and items is not None:
            self._session.told.emit(f"Reading {path.name} …")
            notes: list[str] = []  # filled in the worker's thread, read when it has ended
            self.worker.run(
                partial(actions.read_names, items, path, notes),
                partial(self._take_read, items, (path.name, notes)),
                self._tell,
            )

    def _take_read(self, items: Items, source: tuple[str, list[str]], found: pd.Series) -> None:
        if self._session.items is None or self._session.items.values is not items.values:
            return
        try:
            actions.take_names(self._session, found, *source)
        except CDCLError as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _show_score(self, groups: str, score: Score) -> None:
        if score.value != score.value:
            self.result.setText(f"Cannot be told: {score.note}.")
            return
        interval = f"{score.low:.0%} to {score.high:.0%}; guessing: {score.chance:.0%}; {score.count:,} profiles"
        right = f"{score.value:.0%} right in a {groups} it was not trained on"
        self.result.setText(f"{right} ({interval}). {score.note}")

    def _complain(self, error: Exception) -> None:
        self.result.setText(words_of(error))

    def _ask_file(self) -> None:
        path = ask_new_file(self, "Export names", "screen_annotated.csv", ";;".join(FORMS))
        if not path:
            return
        try:
            actions.export_annotations(self._session, path)
        except CDCLError as error:
            self._session.told.emit(words_of(error))


def _count(items: Items) -> dict[str, int]:
    """Count the items of each name."""
    from cdcl.profiles.annotations import count_names  # brings pandas, which an empty panel does without

    return count_names(actions.names_of(items))
