"""Phenotypes: trains on the names, shows who is taken for whom in other batches, and brings what to look at next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from cdcl.events import Said, Warned
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_file
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import TurningSplitter, flow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cdcl.events import Event
    from cdcl.phenotypes.prediction import Reason
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

HINT = "Name some items in Annotate, two names or more, in several batches; then train on them."
KINDS = {"logistic": "logistic", "knn": "neighbours"}
SUGGESTED: dict[Reason, tuple[str, str]] = {
    "uncertain": ("uncertain", "Select what lies between two phenotypes: naming these teaches the classifier most."),
    "typical": ("typical", "Select the surest of each phenotype: are they what you meant?"),
    "novel": ("like none", "Select what is like none of the phenotypes, the strangest first: a new one?"),
}
COUNT = 24
"""Pictures that are looked at in one go."""
NAME = 256
"""Qt's role of the name behind a line of the list."""


class PhenotypesPanel(QWidget):
    """A classifier of the named items, asked of all."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self.job: Job | None = None
        self._recognised = ""
        self._make_controls()
        self._lay_out()
        self._connect()
        self._list()

    def _make_controls(self) -> None:
        self.trainer = QPushButton("Train on the names")
        self.trainer.setToolTip("Trains on the names given in Annotate, tests across batches, and asks all items.")
        self.kind = Chooser("What kind of classifier is trained: logistic regression, or the 10 nearest neighbours.")
        self.kind.offer(KINDS, "logistic")
        self.applier = QPushButton("Apply another…")
        self.applier.setToolTip("Ask a classifier of another run that the same network has embedded.")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop training; what was found before stays.")
        self.cancel.hide()
        self.suggesters = {reason: QPushButton(title) for reason, (title, _) in SUGGESTED.items()}
        for reason, button in self.suggesters.items():
            button.setToolTip(f"{SUGGESTED[reason][1]} {COUNT} that have no name are selected.")
        self.colour = Chooser("Colour points and plate map: by phenotype, or by its share or count in each well.")
        self.colour.setMinimumContentsLength(10)
        self.phenotypes = QListWidget()
        self.phenotypes.setToolTip("How many items are taken for each; click one to select its items.")
        self.said = QPlainTextEdit()
        self.said.setReadOnly(True)
        self.said.setToolTip("Who is taken for whom in batches that the classifier was not trained on.")
        self.said.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.said.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.note = QLabel(HINT)
        self.note.setWordWrap(True)

    def _lay_out(self) -> None:
        both = TurningSplitter(420)
        for widget in (self.phenotypes, self.said):
            both.addWidget(widget)
        both.setStretchFactor(1, 2)  # the table of who is taken for whom is wide
        both.setSizes([140, 280])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.trainer, self.kind, self.applier, self.cancel))
        layout.addLayout(flow(QLabel("suggest"), *self.suggesters.values(), QLabel("colour by"), self.colour))
        layout.addWidget(self.note)
        layout.addWidget(both, 1)

    def _connect(self) -> None:
        self._links.add(self._session.items_changed, self._on_items)
        self._links.add(self._session.items_extended, self._list)
        self.trainer.clicked.connect(self.train)
        self.applier.clicked.connect(self._ask_file)
        self.cancel.clicked.connect(self._cancel)
        self.colour.chosen.connect(lambda column: setattr(self._session, "colour", column))
        self._links.add(self._session.colour_changed, self._show_colour)
        self.phenotypes.itemClicked.connect(lambda line: self._select(line.data(NAME)))
        for reason, button in self.suggesters.items():
            button.clicked.connect(partial(self.suggest, reason))

    def train(self) -> None:
        """Start the job that trains on the names."""
        self._begin(lambda: actions.phenotype_job(self._session, self.kind.key or "logistic"))

    def suggest(self, reason: Reason, _checked: bool = False) -> None:
        """Select what is most worth a look, found in a thread."""
        items, run = self._session.items, self._session.run
        if items is None or run is None:
            self.note.setText(HINT)
            return
        work = partial(actions.suggest_phenotypes, items, run, reason, COUNT)
        self.worker.forget()
        self.worker.run(work, partial(self._show_suggested, items), self._complain)

    def _begin(self, arguments: Any) -> None:
        try:
            words = arguments()
        except CDCLError as error:
            self._complain(error)
            return
        self.said.clear()
        self._recognised = ""
        self.note.setText("Training, and asking every item …")
        self.job = Job(words, self)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(partial(self._on_finished, self._session.items))
        self._show_busy(busy=True)
        self.job.start()

    def _hear(self, event: Event) -> None:
        if not isinstance(event, Said | Warned):
            return
        if event.message.startswith("recognised"):
            self._recognised = f"{event.message[:1].upper()}{event.message[1:]}. "
        else:
            self.said.appendPlainText(event.message)

    def _on_finished(self, items: Items | None, well: bool, message: str) -> None:
        self._show_busy(busy=False)
        self.job = None
        if not well:
            self.note.setText(message)
            return
        if items is None or self._session.items is None or self._session.items.values is not items.values:
            return
        try:
            actions.show_phenotypes(self._session)
        except CDCLError as error:
            self._complain(error)
            return
        self.note.setText(f"{self._recognised}Colour by the share of one to see it in each well of the plate map.")

    def _show_suggested(self, items: Items, mask: NDArray[np.bool_]) -> None:
        if self._session.items is None or self._session.items.values is not items.values:
            return
        self._session.selection = mask
        self.note.setText(f"{int(mask.sum()):,} are selected; look at them in the Gallery, name them, and train again.")

    def _select(self, name: str) -> None:
        items = self._session.items
        if items is not None and "phenotype" in items.table:
            self._session.selection = (items.table["phenotype"].astype(str) == name).to_numpy()

    def _on_items(self, _items: Any = None) -> None:
        self.worker.forget()
        self.said.clear()
        self.note.setText(HINT)
        self._list()

    def _list(self, _items: Any = None) -> None:
        items = self._session.items
        counts = {} if items is None else actions.count_phenotypes(items)
        self.phenotypes.clear()
        for name, count in counts.items():
            line = QListWidgetItem(f"{name}  ({count:,})")
            line.setData(NAME, name)
            self.phenotypes.addItem(line)
        for button in self.suggesters.values():
            button.setEnabled(bool(counts))
        wells = [f"{what}_{name}" for what in ("share", "count") for name in counts]
        offered = {"phenotype": "phenotype", **{name: _in_words(name) for name in wells}}
        self.colour.offer({name: offered[name] for name in offered if items is not None and name in items.table})
        self._show_colour()

    def _show_colour(self, _colour: str = "") -> None:
        self.colour.show_key(self._session.colour)

    def _complain(self, error: Exception) -> None:
        self.note.setText(words_of(error))

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _show_busy(self, *, busy: bool) -> None:
        self.cancel.setVisible(busy)
        for widget in (self.trainer, self.kind, self.applier):
            widget.setEnabled(not busy)

    def _ask_file(self) -> None:
        path = ask_file(self, "A classifier", "Classifiers (*.npz)")
        if path:
            self._begin(lambda: actions.phenotype_job(self._session, classifier=path))


def _in_words(column: str) -> str:
    """Say "share_round" as "share of round in the well"."""
    what, _, name = column.partition("_")
    return f"{what} of {name} in the well"
