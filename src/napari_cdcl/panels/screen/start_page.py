"""What the Screen panel shows before a screen is open: ways to one, recent ones, and what the panels are for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from napari_cdcl.runs.folders import runs_folder
from napari_cdcl.ui.recents import recent_sources
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    import napari.viewer

PANELS = {
    "Screen": "open a screen or a run; plate map, fields, contrast",
    "Cells": "find single cells, or read where they are",
    "Train": "train a network on the screen, and watch it",
    "Runs": "all runs of a folder: compare, go on, embed",
    "Explore": "profiles as points: select, look, compare, name",
    "Attention": "where the network looks in a field",
    "Scores": "whether profiles know biology, or only the batch",
    "Treatments": "which treatments do something, and why",
}
PLUGIN, SAMPLE = "napari-cdcl", "simulated_screen"
ROOM = 5
"""Lines of the list of recent sources that are in sight."""


class StartPage(QWidget):
    """Asks its panel to open what the user chose."""

    source_chosen = Signal(object)
    """Path of a screen or run."""
    folder_wanted = Signal()
    """The user wants to be asked for a folder."""
    run_wanted = Signal()
    """The user wants the sample run made, and opened."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._make_controls()
        self._lay_out()
        self._connect()
        self.list_recent()

    def _make_controls(self) -> None:
        self.opener = QPushButton("Open a folder…")
        self.opener.setToolTip("A screen in any layout that is known, or a run.")
        self.sample = QPushButton("Sample screen")
        self.sample.setToolTip("Fields of a simulated screen, made in a moment: the same treatments in six batches.")
        self.run = QPushButton("Sample run")
        self.run.setToolTip(
            f"Simulate a small screen, train a small network on it and draw its profiles: half a minute. "
            f"It is kept in {runs_folder()}."
        )
        self.recent_title = QLabel("<b>Recent</b>")
        self.recent = QListWidget()
        self.recent.setToolTip("Screens and runs that were opened last: click, or Return, opens one again.")
        self.panels = {name: QPushButton(name) for name in PANELS}
        for name, button in self.panels.items():
            button.setToolTip(f"Show the {name} panel: {PANELS[name]}.")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel("<b>Begin with</b>"))
        layout.addLayout(flow(self.opener, self.sample, self.run))
        layout.addWidget(self.recent_title)
        layout.addWidget(self.recent)
        layout.addWidget(QLabel("<b>The panels</b>"))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, (name, button) in enumerate(self.panels.items()):
            about = QLabel(PANELS[name])
            about.setWordWrap(True)
            grid.addWidget(button, row, 0)
            grid.addWidget(about, row, 1)
        layout.addLayout(grid)
        layout.addStretch()

    def _connect(self) -> None:
        self.opener.clicked.connect(self.folder_wanted)
        self.sample.clicked.connect(self._open_sample)
        self.run.clicked.connect(self.run_wanted)
        self.recent.itemClicked.connect(self._on_recent)
        self.recent.itemActivated.connect(self._on_recent)
        for button in self.panels.values():
            button.clicked.connect(self._show_panel)

    def list_recent(self) -> None:
        """List the recent screens and runs that are there."""
        self.recent.clear()
        for path in recent_sources():
            line = QListWidgetItem(f"{path.name}   ({path.parent})")
            line.setData(Qt.ItemDataRole.UserRole, str(path))
            line.setToolTip(str(path))
            self.recent.addItem(line)
        lines = min(ROOM, self.recent.count())
        self.recent.setFixedHeight(lines * max(self.recent.sizeHintForRow(0), 20) + 6)
        for widget in (self.recent_title, self.recent):
            widget.setVisible(lines > 0)

    def _on_recent(self, line: QListWidgetItem) -> None:
        self.source_chosen.emit(Path(line.data(Qt.ItemDataRole.UserRole)))

    def _open_sample(self) -> None:
        self._viewer.open_sample(PLUGIN, SAMPLE)

    def _show_panel(self) -> None:
        """Show the panel whose button was pressed. Bound methods are connected: by them Qt keeps no viewer alive."""
        window, button = getattr(self._viewer, "window", None), self.sender()
        if window is None or not isinstance(button, QPushButton):  # a viewer without a window, as scripts have it
            return
        dock, _ = window.add_plugin_dock_widget(PLUGIN, button.text())
        dock.show()
        dock.raise_()
