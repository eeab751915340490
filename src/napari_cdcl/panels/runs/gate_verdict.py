"""The verdict on new plates, large and in words, and every check behind it, those that did not pass first."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_cdcl.actions.gate import overall
from napari_cdcl.models.counting import counted
from napari_cdcl.models.gate_words import MARKS, MEANINGS, RESULTS, allowed, meaning_of, measured, short_names, title_of
from napari_cdcl.ui.sorted_table import FIT, LINE, ColumnStyle, SortedTable

if TYPE_CHECKING:
    import pandas as pd
    from qtpy.QtGui import QResizeEvent

COLOURS = {"joins": "#59cd90", "look": "#e9a23b", "stop": "#e5484d"}
LARGE = 20
"""Points of the verdict's letters: read from a step away. As a style, for napari's own style sets all fonts."""
FRAME = 8
"""Pixels around the lines of a table."""
MOST_REASONS, MOST_LINES = 4, 8
"""Reasons that are written out, and lines that the table shows at once; the rest is scrolled to."""
HOW_TO_READ = "Choose a line to read what it means."


class GateVerdict(QWidget):
    """Shows checks. It knows no session."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tips: dict[str, str] = {}
        self._verdicts: dict[str, str] = {}
        self.verdict, self.reasons, self.reading = QLabel(), QLabel(), QLabel()
        for label in (self.verdict, self.reasons, self.reading):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reasons.setTextFormat(Qt.TextFormat.PlainText)
        self.reading.setTextFormat(Qt.TextFormat.PlainText)
        self.table = SortedTable()
        self.table.setAccessibleName("checks")
        self.table.setWordWrap(False)  # else a text is cut at a word, though there is room for half of the next
        self.table.setToolTip("Every check: what was measured, and the limit. A heading sorts.")
        self.table.chosen.connect(self._read)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.verdict, self.reasons, self.table, self.reading):
            layout.addWidget(part)
        self.hide()

    def show_checks(self, checks: pd.DataFrame) -> None:
        """Show the checks of new plates.

        Parameters
        ----------
        checks
            With the columns of `cdcl.quality.acceptance.COLUMNS`, a row a check.
        """
        worst = overall(checks)
        self.verdict.setText(f"{MARKS[worst]} {worst}")
        self.verdict.setStyleSheet(f"color: {COLOURS[worst]}; font-size: {LARGE}pt; font-weight: bold")
        self.reasons.setText(in_words(checks))
        self._show_table(checks)
        self.show()

    def _show_table(self, checks: pd.DataFrame) -> None:
        import pandas as pd  # takes a moment to import

        self._tips, self._verdicts = {}, {}
        plates = _plates(checks)
        rows = [self._row(check, plates) for check in checks.itertuples(index=False)]
        styles = {name: replace(style, data=partial(self._data, name)) for name, style in STYLES.items()}
        self.table.show_columns(pd.DataFrame(rows, columns=list(STYLES)), styles)
        self.table.sort_by("result", down=True)
        self.table.setFixedHeight(LINE * (min(len(rows), MOST_LINES) + 1) + FRAME)
        self._fit()
        self.table.setCurrentIndex(self.table.first())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave out the column of words where there is no room; they stand below, for the chosen line."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.table.hide_columns(("words",), hidden=self.width() < WIDE)

    def _row(self, check: Any, plates: dict[str, str]) -> tuple[str, ...]:
        """Write a check; whose plate it is of is said where there are several."""
        plate = plates.get(check.plate, "") if len(plates) > 1 else ""
        title = " · ".join(filter(None, [title_of(check.check), plate]))
        found = measured(check.check, check.value)
        bound = allowed(check.check, check.verdict, check.value, check.limit)
        numbers = f" (limit: {bound})" if bound else ""
        self._verdicts[title] = check.verdict
        lines = (f"{title}: {RESULTS[check.verdict]}", f"{check.reason}{numbers}.", meaning_of(check.check))
        self._tips[title] = "\n".join(filter(None, lines))
        return title, check.verdict, found, bound, check.reason

    def _data(self, column: str, label: str, role: int) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tips.get(label)
        if role == Qt.ItemDataRole.ForegroundRole and column == "result":
            return QColor(COLOURS[self._verdicts[label]])
        return None

    def _read(self, labels: set[str]) -> None:
        self.reading.setText("\n\n".join(self._tips[label] for label in sorted(labels)) or HOW_TO_READ)


def in_words(checks: pd.DataFrame) -> str:
    """Say what the verdict asks for, that of each plate where there are several, and the gravest reasons."""
    worst, plates = overall(checks), _plates(checks)
    off = checks[checks["verdict"] != "joins"].sort_values("verdict", ascending=False, kind="stable")
    lines = [MEANINGS[worst], f"{len(checks) - len(off)} of {counted(len(checks), 'checks')} passed."]
    if len(plates) > 1:
        lines.append(" · ".join(f"{name}: {overall(checks, plate)}" for plate, name in plates.items()))
    for check in off.head(MOST_REASONS).to_dict("records"):
        of = f"{plates[check['plate']]}, " if len(plates) > 1 and check["plate"] else ""
        lines.append(f"{MARKS[check['verdict']]} {of}{title_of(check['check'])}: {check['reason']}")
    if len(off) > MOST_REASONS:
        lines.append(f"… and {len(off) - MOST_REASONS} more below.")
    return "\n".join(lines)


def _plates(checks: pd.DataFrame) -> dict[str, str]:
    """Give the plates that were judged, by their keys, with what they are called here."""
    return short_names(plate for plate in dict.fromkeys(checks["plate"]) if plate)


def _result(verdict: str) -> str:
    return f"{MARKS[verdict]} {RESULTS[verdict]}"


WIDE = 520
"""Pixels of width from which the words have a column of their own, of a hundred and fifty or more."""
STYLES = {
    "check": ColumnStyle("check", "What was asked, and of which plate.", str, FIT),
    "result": ColumnStyle("result", "Passed, wants a look, or stops the plate.", _result, 64),
    "measured": ColumnStyle("measured", "What was measured.", str, 64, to_right=True),
    "limit": ColumnStyle("limit", "What the protocol allows.", str, 58, to_right=True),
    "words": ColumnStyle("in words", "What was found."),
}
