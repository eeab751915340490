"""Makes projections of what is explored: quick ones by itself, others by a job that can be cancelled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QToolButton, QWidget

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.ui.file_dialogs import ask_folder
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

TITLES = {"umap": "UMAP", "pca": "PCA", "archetypes": "Archetypes"}
"""All of `cdcl.projections.PROJECTIONS` (a test holds it), which would bring pandas before there are profiles."""


class Projector(QWidget):
    """A button with the methods there are, a bar while a job runs, and a cross to cancel it."""

    clusters_wanted = Signal()
    """Clusters of the map that is drawn are asked for."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self.job: Job | None = None
        self.button, self.bar, self.cancel = QToolButton(), QProgressBar(), QToolButton()
        self._lay_out()
        self._links.add(session.items_changed, self._on_items)
        self._on_items(session.items)

    def _lay_out(self) -> None:
        self.button.setText("Project ▾")
        self.button.setToolTip("Project these profiles to two dimensions, or find clusters; the run keeps the result.")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        menu.setToolTipsVisible(True)
        for method in TITLES:
            menu.addAction(TITLES[method], partial(self.project, method))
        menu.addSeparator()
        other = QAction("Beside another run…", menu)
        other.triggered.connect(self._ask_run)
        clusters = QAction("Clusters of this map", menu)
        clusters.triggered.connect(self.clusters_wanted)
        clusters.setToolTip("Find what lies together on the map that is drawn, and name it by what it is made of.")
        lies = QAction("Where this map lies", menu)
        lies.triggered.connect(self.judge)
        lies.setToolTip(
            "Colour by neighbours that the map has lost, or shows falsely: there, nothing should be read from it."
        )
        menu.addActions((other, clusters, lies))
        other.setToolTip("Show the projections of another run for the same fields, such as DINO beside CDCL.")
        self.button.setMenu(menu)
        self.button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(70, 6)
        self.cancel.setText("✕")
        self.cancel.setToolTip("Cancel it.")
        self.cancel.clicked.connect(self._cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.button, self.bar, self.cancel):
            layout.addWidget(widget)
        self._show_busy(busy=False)

    def project(self, method: str) -> None:
        """Start the job that makes a projection."""
        try:
            arguments, out = actions.projection_job(self._session, method)
        except CDCLError as error:
            self._session.told.emit(words_of(error))
            return
        self._session.told.emit(f"Projecting {len(self._session.items or ()):,} profiles ({method}) …")
        self._start(arguments, partial(self._on_finished, method, out, self._session.items))

    def judge(self) -> None:
        """Find, in a thread, where the map that is drawn has lost neighbours or shows false ones."""
        items, name = self._session.items, self._session.points
        if items is None:
            return
        self._session.told.emit("Comparing neighbours on the map with neighbours among the profiles …")
        work = partial(actions.map_faithfulness, items, name)
        self.worker.run(work, partial(self._on_judged, items, name), self._complain)

    def _start(self, arguments: list[str], then: Callable[[bool, str], None]) -> None:
        self.job = Job(arguments, self)
        self.job.finished.connect(then)
        self._show_busy(busy=True)
        self.job.start()

    def show_beside(self, folder: Path) -> None:
        """Show another run's projections for the same items."""
        items, screen = self._session.items, self._session.screen
        if items is None or screen is None:
            self._session.told.emit("Open a run first, then another one beside it.")
            return
        from cdcl.runs import Run

        work = partial(actions.borrow_projections, self._session, Run(folder), screen, items.level)
        self.worker.run(work, partial(self._on_borrowed, items), self._complain)

    def _on_items(self, items: Items | None) -> None:
        """Draw principal components at once where there is no projection yet."""
        self.worker.forget()
        self.button.setEnabled(items is not None and items.values is not None)
        if items is not None and items.values is not None and not items.points:
            self.worker.run(partial(actions.quick_projection, items), partial(self._on_quick, items), self._complain)

    def _on_quick(self, items: Items, found: tuple[NDArray[np.float32], tuple[str, str]] | None) -> None:
        if found is not None and self._is_of(items):
            self._session.extend_items(points={"pca": found[0]}, axes={"pca": found[1]})

    def _on_borrowed(self, items: Items, points: dict[str, NDArray[np.float32]]) -> None:
        if self._is_of(items):
            self._session.extend_items(points=points)
            self._session.told.emit(f"Beside it: {', '.join(points)}. Choose it in the second scatter.")

    def _on_judged(self, items: Items, name: str, found: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
        if self._is_of(items):
            actions.show_faithfulness(self._session, name, found)

    def _on_finished(self, method: str, out: Path, items: Items | None, well: bool, message: str) -> None:
        self._show_busy(busy=False)
        self.job = None
        if not well:
            self._session.told.emit(f"No projection: {message}")
        elif items is not None and self._is_of(items):
            try:
                actions.show_projection(self._session, method, out)
            except CDCLError as error:
                self._session.told.emit(words_of(error))
            else:
                self._session.told.emit(f"Projected by {TITLES.get(method, method)}; kept as {out.name}.")

    def _is_of(self, items: Items) -> bool:
        """Tell whether those items are still explored, with whatever columns they have got meanwhile."""
        return self._session.items is not None and self._session.items.values is items.values

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _show_busy(self, *, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.cancel.setVisible(busy)
        self.button.setVisible(not busy)

    def _ask_run(self) -> None:
        folder = ask_folder(self, "Another run of the same screen")
        if folder:
            self.show_beside(folder)
