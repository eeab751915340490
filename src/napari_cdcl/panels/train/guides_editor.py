"""The list of guides: add one, change it, remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from cdcl.config import GuideConfig
from napari_cdcl.panels.train.guide_row import GuideRow
from napari_cdcl.panels.train.guide_words import ABOUT
from napari_cdcl.ui.accessible import make_accessible
from napari_cdcl.ui.buttons import make_button

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_cdcl.panels.train.guide_words import Finding

FIRST = ("treatment", "batch", "plate", "concentration", "compound")
"""What a new guide begins with: the first of these that the screen has and no guide reads yet."""


class GuidesEditor(QWidget):
    """Shows a list of guides, one above the other.

    Parameters
    ----------
    guides
        Their settings by name.
    columns
        Of the screen; () where none is open.
    """

    edited = Signal(object)
    """List of dicts: the settings of each guide, as they were typed."""

    def __init__(self, guides: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        super().__init__()
        self.rows: list[GuideRow] = []
        self._columns = columns
        self.about, self.problem = QLabel(ABOUT), QLabel()
        self.problem.setStyleSheet("color: #e5484d;")
        for label in (self.about, self.problem):
            label.setWordWrap(True)
        self.problem.hide()
        self.adder = make_button("Add a guide", "Add a column that the features shall keep, or hide.")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 2, 2, 6)
        for widget in (self.about, self.problem, self.adder):
            self._layout.addWidget(widget)
        self.adder.clicked.connect(self.add)
        for guide in guides:
            self._append(dict(guide))

    def add(self) -> None:
        """Add a guide of a column that none reads yet, and put the keyboard there."""
        taken = [row.guide["column"] for row in self.rows]
        column = next((name for name in FIRST if name in self._columns and name not in taken), "")
        keep = column not in ("batch", "plate")
        settings: dict[str, Any] = {"column": column or "?", "keep": keep}
        if column == "concentration":
            settings |= {"kind": "regress", "log": True}
        self._append({**GuideConfig.model_validate(settings).model_dump(), "column": column})
        self.rows[-1].column.setFocus()
        self._tell()

    def offer(self, columns: Sequence[str]) -> None:
        """Offer the columns of another screen."""
        self._columns = columns
        for row in self.rows:
            row.offer(columns)

    def mark(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong, by name: "1.weight" is the second guide's weight, "" the list as a whole."""
        self.problem.setText(problems.get("", ""))
        self.problem.setVisible(bool(problems.get("")))
        for number, row in enumerate(self.rows):
            own = {name: reason for name, reason in problems.items() if name.partition(".")[0] == str(number)}
            row.mark({name.partition(".")[2]: reason for name, reason in own.items()})

    def tell(self, findings: Sequence[Finding]) -> None:
        """Say beside each guide what the screen has of its column."""
        for row, finding in zip(self.rows, findings, strict=False):
            row.tell(*finding)

    def _append(self, guide: dict[str, Any]) -> None:
        row = GuideRow(guide, self._columns)
        row.edited.connect(self._tell)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._layout.insertWidget(self._layout.count() - 1, row)
        make_accessible(row)

    def _remove(self, row: GuideRow) -> None:
        place = self.rows.index(row)
        self.rows.remove(row)
        self._layout.removeWidget(row)
        row.hide()
        row.deleteLater()
        following = self.rows[min(place, len(self.rows) - 1)].remove if self.rows else self.adder
        following.setFocus()
        self._tell()

    def _tell(self) -> None:
        self.edited.emit([dict(row.guide) for row in self.rows])
