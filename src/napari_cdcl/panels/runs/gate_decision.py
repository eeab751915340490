"""Approve or reject new plates, or wells of them: who, why, and all that was decided before."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_cdcl.models.counting import counted
from napari_cdcl.qt_settings import read_setting, write_setting
from napari_cdcl.ui.buttons import make_button
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.sorted_table import FIT, LINE, ColumnStyle, SortedTable
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QResizeEvent

    from cdcl.quality.decisions import Decision, Statement

ALL = "all plates"
NAME = "protocols/who"
FIRST_CHECK = "Check new plates first; then they are approved or rejected here."
NO_REASON = "Say why first: a decision without its reason helps nobody later."
NO_NAME = "Say who decides."
FRAME = 8
"""Pixels around the lines of a table."""
MOST_LINES = 6
"""Decisions that are seen at once; the others are scrolled to."""
WIDE = 520
"""Pixels of width from which all columns have room."""
STYLES = {
    "when": ColumnStyle("when", "When it was decided, in this machine's time.", lambda when: str(when)[:16], FIT),
    "decision": ColumnStyle("decision", "Approved or rejected.", str, 72),
    "who": ColumnStyle("who", "Who decided.", str, FIT),
    "what": ColumnStyle("of", "Plates, or wells of them.", str, FIT),
    "why": ColumnStyle("why", "The reason that was given."),
}


class GateDecision(QWidget):
    """A form, and the history of what it has written. It knows neither session nor files."""

    decided = Signal(object)
    """Statement (`cdcl.quality.decisions`) that the user made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tips: dict[str, str] = {}
        self._make_controls()
        self._lay_out()
        self._connect()
        self.offer(())

    def _make_controls(self) -> None:
        self.plates = Chooser("Which plates the decision is on.")
        self.wells = QLineEdit()
        self.wells.setPlaceholderText("all wells, or A01, B02, …")
        self.wells.setToolTip("Wells that the decision is on, with commas between; empty is all of them.")
        self.who = QLineEdit()
        self.who.setToolTip("Who decides. It is kept with the decision.")
        self.why = QLineEdit()
        self.why.setPlaceholderText("the reason, which is kept")
        self.why.setToolTip("Why: the reason is kept with the decision, and must not be empty.")
        self.approve = make_button("Approve", "Keep that these plates, or wells, may join.")
        self.reject = make_button("Reject", "Keep that these plates, or wells, must not join.")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.history = SortedTable()
        self.history.setAccessibleName("decisions")
        self.history.setWordWrap(False)
        self.history.setToolTip("What was decided on this protocol's plates before; no line is ever changed.")
        self.title, self.reading = QLabel(), QLabel()
        for label in (self.title, self.reading):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)

    def _lay_out(self) -> None:
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("decide on", self.plates)
        form.addRow("wells", self.wells)
        form.addRow("who", self.who)
        form.addRow("why", self.why)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        buttons = QWidget()
        flow(self.approve, self.reject, parent=buttons)
        form.addRow(buttons)
        for part in (self.form, self.words, self.title, self.history, self.reading):
            layout.addWidget(part)

    def _connect(self) -> None:
        self.approve.clicked.connect(partial(self._decide, "approved"))
        self.reject.clicked.connect(partial(self._decide, "rejected"))
        self.history.chosen.connect(self._read)
        for line in (self.who, self.why, self.wells):
            line.setAcceptDrops(False)  # the page takes what is dropped

    def offer(self, plates: Sequence[str]) -> None:
        """Offer the plates that were checked; without any, nothing can be decided."""
        several = {"": ALL} if len(plates) != 1 else {}
        self.plates.offer(several | {plate: plate for plate in plates}, "" if several else plates[0])
        self.setEnabled(True)
        self.form.setVisible(bool(plates))
        if plates and not self.who.text():
            self.who.setText(_last_name())
        self.say("" if plates else FIRST_CHECK)

    def begin_anew(self) -> None:
        """Forget which wells, and why: the decision is kept."""
        self.wells.clear()
        self.why.clear()

    def say(self, words: str) -> None:
        """Say what was kept, or what is missing."""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def show_history(self, decisions: Sequence[Decision], damaged: int) -> None:
        """List decisions, the newest first.

        Parameters
        ----------
        damaged
            How many lines of the file could not be read.
        """
        import pandas as pd  # takes a moment to import

        self._tips = {}
        rows = [self._row(decision) for decision in decisions]
        self.title.setText(_count(len(rows), damaged))
        self.history.setVisible(bool(rows))
        styles = {
            name: ColumnStyle(one.title, one.tip, one.write, one.width, data=self._data) for name, one in STYLES.items()
        }
        self.history.show_columns(pd.DataFrame(rows, columns=list(STYLES)), styles)
        self.history.sort_by("when", down=True)
        self.history.setFixedHeight(LINE * (min(max(len(rows), 1), MOST_LINES) + 1) + FRAME)
        self.reading.clear()
        self.reading.hide()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave out who and what where there is no room; they stand below, for the chosen line."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.history.hide_columns(("who", "what"), hidden=self.width() < WIDE)

    def _read(self, labels: set[str]) -> None:
        self.reading.setText("\n\n".join(self._tips[label] for label in sorted(labels)))
        self.reading.setVisible(bool(labels))

    def _row(self, decision: Decision) -> tuple[str, ...]:
        when, of = _local(decision.when), ", ".join(decision.wells) or ", ".join(decision.plates)
        where = f"{of} on {', '.join(decision.plates)}" if decision.wells else of
        found = "; ".join(decision.reasons) or "nothing was off"
        told = f"{when}: {decision.decision} by {decision.who}\n{where}\n{decision.why}"
        self._tips[when] = f"{told}\nThe gate said: {decision.verdict} ({found}).\n{decision.source}"
        return when, decision.decision, decision.who, of, decision.why

    def _data(self, label: str, role: int) -> Any:
        return self._tips.get(label) if role == Qt.ItemDataRole.ToolTipRole else None

    def _decide(self, decision: str) -> None:
        from cdcl.quality.decisions import Statement  # pandas takes a moment to import

        for line, words in ((self.why, NO_REASON), (self.who, NO_NAME)):
            if not line.text().strip():
                self.say(words)
                line.setFocus()
                return
        write_setting(NAME, self.who.text().strip())
        plates = (self.plates.key,) if self.plates.key else ()
        wells = tuple(filter(None, self.wells.text().replace(";", ",").replace(" ", ",").split(",")))
        statement: Statement = Statement(decision, self.why.text(), self.who.text(), plates, wells)
        self.decided.emit(statement)


def _last_name() -> str:
    """Give the name that decided last on this machine, else that of who is logged in."""
    from cdcl.quality.decisions import user_name  # pandas takes a moment to import

    return str(read_setting(NAME, "") or "") or user_name()


def _count(num: int, damaged: int) -> str:
    if not num and not damaged:
        return "Nothing was decided with this protocol yet."
    bad = f" {counted(damaged, 'lines')} of the file cannot be read." if damaged else ""
    return f"{counted(num, 'decisions')} with this protocol.{bad}"


def _local(when: str) -> str:
    try:
        return datetime.fromisoformat(when).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return when
