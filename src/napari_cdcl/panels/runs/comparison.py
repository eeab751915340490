"""Two runs side by side: settings that differ, curves, scores, and the two scatters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from cdcl.scatter import name_axes
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.run_files import differing_settings, read_scores
from napari_cdcl.runs.run_watch import RunWatch
from napari_cdcl.ui.curves import Curves
from napari_cdcl.ui.scatter import ScatterView
from napari_cdcl.ui.wrapping import TurningSplitter

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from cdcl.projections import Projection
    from cdcl.runs import Run
    from napari_cdcl.runs.growing_curve import Curve

METHODS = ("umap", "pca")
COLOURED_BY = ("batch", "treatment", "plate")


@dataclass(frozen=True)
class Comparison:
    """What is to be shown of two runs."""

    runs: tuple[Run, Run]
    settings: list[tuple[str, str, str]]
    scores: list[tuple[str, str, str]]
    curves: tuple[Mapping[str, Curve], Mapping[str, Curve]]
    projections: tuple[Projection | None, Projection | None]

    @classmethod
    def of(cls, one: Run, other: Run) -> Comparison:
        """Read all that is compared; it may run in any thread."""
        return cls(
            (one, other),
            differing_settings(one, other),
            join_scores(read_scores(one), read_scores(other)),
            (RunWatch(one).look().curves, RunWatch(other).look().curves),
            (read_first_projection(one), read_first_projection(other)),
        )


class RunComparison(QWidget):
    """Shows a `Comparison`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = BackgroundWorker(self)
        self.title = QLabel("Choose two runs in the table (with Ctrl).")
        self.title.setWordWrap(True)
        self.settings = _make_table("Settings in which the two runs differ.")
        self.scores = _make_table("Scores of the two runs, side by side.")
        self.curves = Curves()
        self.scatters = TurningSplitter(520)
        self.views = (ScatterView(), ScatterView())
        self._lay_out()
        self._show_parts(False)

    def _lay_out(self) -> None:
        for view in self.views:
            view.setMinimumHeight(220)
            self.scatters.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        for widget in (self.title, self.settings, self.curves, self.scores, self.scatters):
            layout.addWidget(widget)
        layout.addStretch()

    def compare(self, one: Run, other: Run) -> None:
        """Read two runs in a thread and show them."""
        self._worker.forget()
        self._worker.run(partial(Comparison.of, one, other), self.show_comparison, self._fail)

    def forget(self) -> None:
        """Show nothing."""
        self._worker.forget()
        self.title.setText("Choose two runs in the table (with Ctrl).")
        self._show_parts(False)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show what was read."""
        names = [run.folder.name for run in comparison.runs]
        self.title.setText(f"<b>{names[0]}</b> (solid) and <b>{names[1]}</b> (dashed)")
        self._show_parts(True)
        _fill(self.settings, ("setting that differs", *names), comparison.settings)
        _fill(self.scores, ("score", *names), comparison.scores)
        self.curves.show_curves(*comparison.curves)
        shown = [projection for projection in comparison.projections if projection is not None]
        self.scatters.setVisible(bool(shown))
        column = next((c for c in COLOURED_BY if shown and all(c in p.table for p in shown)), "")
        for view, projection in zip(self.views, comparison.projections, strict=True):
            view.setVisible(projection is not None)
            if projection is not None:
                view.set_points(projection.points, name_axes(projection.method, projection.parameters))
                if column:
                    view.set_colours(projection.table[column], column)

    def _show_parts(self, shown: bool) -> None:
        for widget in (self.settings, self.curves, self.scores, self.scatters):
            widget.setVisible(shown)

    def _fail(self, error: Exception) -> None:
        self.title.setText(words_of(error))


def join_scores(one: pd.DataFrame, other: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Put the scores of two runs side by side: name and level, value here, value there."""
    if one.empty and other.empty:
        return []
    from cdcl.metrics import title_of  # takes a second, and is there by now

    keys = ["name", "level"]
    joined = one[[*keys, "value"]].merge(other[[*keys, "value"]], on=keys, how="outer", suffixes=("", "_other"))
    return [
        (f"{title_of(str(name))} ({level})", f"{here:.3g}", f"{there:.3g}")
        for name, level, here, there in joined.itertuples(index=False)
    ]


def read_first_projection(run: Run) -> Projection | None:
    """Read the projection that a run has of its finest profiles; None where there is none."""
    from cdcl.projections import read_projection

    for method in METHODS:
        try:
            return read_projection(run.projection(method))
        except CDCLError:
            continue
    return None


def _make_table(tip: str) -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setToolTip(tip)
    side, header = table.verticalHeader(), table.horizontalHeader()
    assert side is not None
    assert header is not None
    side.hide()
    header.setStretchLastSection(True)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    return table


def _fill(table: QTableWidget, header: tuple[str, ...], rows: list[tuple[str, str, str]]) -> None:
    table.setHorizontalHeaderLabels(list(header))
    table.setRowCount(len(rows))
    table.setVisible(bool(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.setItem(row, column, QTableWidgetItem(text))
    table.resizeColumnsToContents()
    table.setFixedHeight(min(200, 30 + 26 * len(rows)))
