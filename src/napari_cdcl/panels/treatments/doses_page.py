"""Dose-response curves: fitted along what is asked for, looked at as small multiples, a dose shown by its fields."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from napari_cdcl.actions.doses import (
    DISTANCE,
    TITLES,
    RunDoses,
    dose_steps,
    read_responses,
    read_run_doses,
    save_doses,
    stamp_of_doses,
)
from napari_cdcl.actions.navigation import show_well
from napari_cdcl.actions.selection import select_wells, selected_wells
from napari_cdcl.models.window_words import words_of
from napari_cdcl.models.written import with_formulas
from napari_cdcl.panels.treatments.dose_grid import HEIGHT, DoseGrid
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_new_file
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow, label_of

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from napari_cdcl.models.dose_plots import DosePlot
    from napari_cdcl.models.session import Session

ORDERS = {"ec50": "by EC50", "name": "by name", "effect": "by effect"}
KEPT = {"all": "all", "fitted": "with a curve", "without": "without"}
NO_RUN = "Open a run first: Screen ▸ Open, or the Runs panel."
NOT_YET = "Not fitted along this yet: press Fit curves."
STALE = "The profiles, or the shares of phenotypes, have changed since; fit again."
ELSEWHERE = "None of these wells is on the screen that is open."
BATCHES = (
    *("#e69f00", "#56b4e9", "#009e73", "#d55e00", "#cc79a7", "#9aa0a6", "#b9a44c", "#8f7ae5", "#e5484d", "#7aeb52"),
)
"""Colours that stay apart on dark and on light, the first five for colour-blind eyes too; an eleventh begins anew."""


class DosesPage(QWidget):
    """Curves of one run along one response, linked with the selection."""

    picked = Signal()
    """A dose, or a compound, was chosen here; the selection is its."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self.doses: RunDoses | None = None
        self._stamp: tuple[int, ...] = ()
        self._responses_of: tuple[int, ...] = ()
        self._looks = WhileShown(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_run(session.run)

    def _make_controls(self) -> None:
        self.along = Chooser("What the curves are drawn along: one number a well.")
        self.along.setMinimumContentsLength(12)
        self.fitting = JobControls(
            "Fit curves",
            "Fit a dose-response curve for every compound along this, in a process of its own.",
            done="",
            cancelled="Cancelled. What was fitted before is as it was.",
            parent=self,
        )
        self.saver = QPushButton("Save…")
        self.saver.setToolTip("Write the curves that are shown, in their order: as a table (CSV), or drawn (PNG, SVG).")
        self.kept = Chooser("Which compounds are shown.")
        self.kept.offer(KEPT, "all")
        self.order = Chooser(
            "In which order the compounds stand: the most potent first, by name, or the strongest first."
        )
        self.order.offer(ORDERS, "ec50")
        self.by_batch = QCheckBox("by batch")
        self.by_batch.setToolTip("Colour wells by their batch, and join the means of each batch.")
        self.same = QCheckBox("same axis")
        self.same.setToolTip(
            "Give all compounds the same axis of responses, else each has its own; wells beyond stand at its edge."
        )
        self.same.setChecked(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText("find …")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Show only compounds whose name holds this.")
        self.state, self.legend, self.reading = QLabel(), QLabel(), QLabel()
        for label in (self.state, self.legend, self.reading):
            label.setWordWrap(True)
        self.reading.setMinimumHeight(2 * self.reading.fontMetrics().height())  # so that nothing jumps under the cursor
        self.reading.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.grid = DoseGrid()

    def _lay_out(self) -> None:
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setWidget(self.grid)
        self.scroller.setMinimumHeight(HEIGHT)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(label_of("along", self.along), self.along, self.fitting.button, self.saver))
        layout.addLayout(flow(self.kept, self.order, self.search, self.by_batch, self.same))
        for part in (self.fitting.progress, self.fitting.words, self.state, self.legend):
            layout.addWidget(part)
        layout.addWidget(self.scroller, 1)
        layout.addWidget(self.reading)

    def _connect(self) -> None:
        session = self._session
        self._looks.due.connect(self.refresh)
        self._links.add(session.run_changed, self._on_run)
        self._links.add(session.selection_changed, self._mark)
        self.fitting.wanted.connect(self.fit)
        self.fitting.step_ended.connect(self.refresh)
        self.along.chosen.connect(self._on_along)
        for chooser in (self.kept, self.order):
            chooser.chosen.connect(self._arrange)
        self.search.textChanged.connect(self._arrange)
        self.by_batch.toggled.connect(self._colour)
        self.same.toggled.connect(self.grid.share_axes)
        self.saver.clicked.connect(self._ask_save)
        self.grid.wanted.connect(self._pick)
        self.grid.pointed.connect(self.reading.setText)
        self.grid.line_reached.connect(self._scroll_to)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the height that rows which wrap at this width need."""
        layout, least = self.layout(), super().minimumSizeHint()
        wrapped = 0 if layout is None else layout.minimumHeightForWidth(self.width())
        return QSize(least.width(), max(least.height(), wrapped))

    def fit(self) -> None:
        """Fit the curves of the run that is open along what is chosen."""
        run = self._session.run
        if run is None:
            return
        try:
            self.fitting.start(dose_steps(run, self.along.key or DISTANCE))
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def refresh(self) -> None:
        """Read, in a thread, what can be drawn along and what was fitted since."""
        run, along = self._session.run, self.along.key or DISTANCE
        if run is None:
            return
        stamp = stamp_of_doses(run, along)
        if stamp[1:] != self._responses_of:
            self._responses_of = stamp[1:]
            self.worker.run(partial(read_responses, run), partial(self._offer, run), self._fail)
        if stamp != self._stamp:
            self._stamp = stamp
            work = partial(read_run_doses, run, along, self._session.plate_layout)
            self.worker.run(work, self._show, self._fail)

    def save(self, path: Path) -> None:
        """Write what is shown; pictures are drawn in a thread."""
        if self.doses is None or self.doses.curves is None:
            return
        compounds = [plot.curve.compound for plot in self.grid.plots]
        said = f"{len(compounds)} curves are in {path.name}."
        self._session.told.emit(f"Writing {path.name} …")
        work = partial(save_doses, self.doses, compounds, path)
        self.worker.run(work, lambda _done: self._session.told.emit(with_formulas(said, path)), self._complain)

    def _on_run(self, run: Run | None) -> None:
        self.worker.forget()
        self._responses_of = ()
        self.along.offer({DISTANCE: TITLES[DISTANCE]}, DISTANCE)
        self.fitting.words.clear()
        self.fitting.words.setVisible(self.fitting.running)
        self.fitting.button.setEnabled(run is not None)
        self._begin_anew(NO_RUN if run is None else "Reading …")

    def _on_along(self, _along: str = "") -> None:
        self._begin_anew("Reading …")

    def _begin_anew(self, words: str) -> None:
        self.doses, self._stamp = None, ()
        self.state.setText(words)
        self._arrange()
        if self.isVisible():
            self.refresh()

    def _offer(self, run: Run, titles: dict[str, str]) -> None:
        if self._is_of(run):
            key = self.along.key
            self.along.offer(titles, key if key in titles else DISTANCE)

    def _show(self, doses: RunDoses) -> None:
        if not self._is_of(doses.run) or doses.along != (self.along.key or DISTANCE):
            return
        self.doses = doses
        self.state.setText(_in_words(doses) if doses.curves is not None else NOT_YET)
        self._arrange()
        self._colour()
        self._mark()

    def _arrange(self, _changed: Any = None) -> None:
        """Show the compounds that are asked for, in the order that is."""
        plots = () if self.doses is None else self.doses.plots
        known = bool(plots)
        for control in (self.kept, self.order, self.search, self.by_batch, self.same, self.saver):
            control.setEnabled(known)
        self.scroller.setVisible(known)
        self.reading.setVisible(known)
        wanted = [plot for plot in plots if self._is_wanted(plot)]
        self.grid.show_plots(sorted(wanted, key=partial(_place, self.order.key)))

    def _is_wanted(self, plot: DosePlot) -> bool:
        kind = {"fitted": not plot.curve.reason, "without": bool(plot.curve.reason)}.get(self.kept.key, True)
        return kind and self.search.text().casefold() in plot.curve.compound.casefold()

    def _colour(self, _checked: bool = False) -> None:
        names = self.doses.batches if self.doses is not None and self.by_batch.isChecked() else ()
        colours = [BATCHES[number % len(BATCHES)] for number in range(len(names))]
        self.grid.show_batches([QColor(colour) for colour in colours])
        spots = (f"<span style='color:{c}'>●</span>&nbsp;{n}" for c, n in zip(colours, names, strict=True))
        self.legend.setText(" &nbsp; ".join(spots))
        self.legend.setVisible(bool(names))

    def _mark(self, _mask: Any = None) -> None:
        wells = selected_wells(self._session)
        self.grid.mark_wells(np.flatnonzero(wells) if not wells.all() else np.zeros(0, dtype=np.int64))

    def _pick(self, compound: str, dose: float | None, adding: bool) -> None:
        """Select the wells of a dose, or of all doses of a compound, and show the first field of the dose."""
        plot = next(one for one in self.grid.plots if one.curve.compound == compound)
        own = plot.wells[plot.doses > 0] if dose is None else plot.wells_at(dose)
        wells = np.unique(own[own >= 0])
        if not len(wells):
            self._session.told.emit(ELSEWHERE)
            return
        select_wells(self._session, wells.tolist(), "add" if adding else "replace")
        if dose is not None:
            show_well(self._session, int(wells[0]))
        self.picked.emit()

    def _scroll_to(self, place: Any) -> None:
        self.scroller.ensureVisible(place.center().x(), place.center().y(), place.width() // 2, place.height() // 2)

    def _is_of(self, run: Run) -> bool:
        return self._session.run is not None and self._session.run.folder == run.folder

    def _fail(self, error: Exception) -> None:
        self.doses = None
        self.state.setText(words_of(error))
        self._arrange()

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _ask_save(self) -> None:
        kinds = "Table (*.csv);;Picture (*.png);;Drawing (*.svg)"
        path = ask_new_file(self, "Write the curves", "doses.csv", kinds)
        if path:
            self.save(path)


def _in_words(doses: RunDoses) -> str:
    fitted = sum(not plot.curve.reason for plot in doses.plots)
    counted = f"{fitted} of {len(doses.plots)} compounds have a curve; bands are 95 % intervals of EC50."
    return f"{counted} {STALE}" if doses.stale else counted


def _place(order: str, plot: DosePlot) -> tuple[float, str]:
    """Give what a compound is sorted by; those without a curve come last, by name."""
    curve = plot.curve
    missing = bool(curve.reason) and order != "name"
    number = {"ec50": curve.ec50, "effect": -abs(curve.top - curve.bottom)}.get(order, 0.0)
    return float("inf") if missing else number, curve.compound.casefold()
