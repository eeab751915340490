"""The cells panel: where single cells are, seen over the field on display, and kept for the whole screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QCheckBox, QLabel, QProgressBar, QVBoxLayout, QWidget

from cdcl.cells.nuclei import nuclear_channel
from cdcl.cells.windows import flag_border
from cdcl.errors import CDCLError
from napari_cdcl.layers.attention import KEY, find_layer, pixel_scale
from napari_cdcl.layers.found_cells import hide_cells, show_cells
from napari_cdcl.models.cell_preview import LABELS, POINTS, FieldCells, Found, in_words
from napari_cdcl.models.cells_from_layers import ROW, cells_from_layer
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.cells.keeping import CellKeeping
from napari_cdcl.panels.cells.source import CellSource
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.links import is_alive
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel

if TYPE_CHECKING:
    from pathlib import Path

    import napari.viewer

    from cdcl.cells import Cells
    from napari_cdcl.models.cell_preview import Wanted

HINT = "Open a screen first (Screen panel): its single cells are found or read here."
PATIENCE = 150
"""Milliseconds without a change before the field is looked at again."""
KINDS = {POINTS: "Points", LABELS: "Labels"}
"""napari's classes of layers."""
NEW = "my cells"


class CellsPanel(Panel):
    """Looks for cells in the field on display while settings are tried, and keeps those of the screen."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.worker = BackgroundWorker(self)
        self._field_cells: FieldCells | None = None
        self._listened: Any = None
        self._wish = 0
        self._behind = False
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_screen()

    def _make_controls(self) -> None:
        self.heading = QLabel(HINT)
        self.heading.setWordWrap(True)
        self.source = CellSource()
        self.live = QCheckBox("show on the field on display")
        self.live.setChecked(True)
        self.live.setToolTip("Look for the cells of every field that is shown, and ring them.")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(4)
        self.progress.hide()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.keeping = CellKeeping(self._session)
        self.message = MessageLine(self._session)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self.look)

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        for widget in (self.heading, self.source, self.live, self.progress, self.words, self.keeping):
            inner.addWidget(widget)
        inner.addStretch()
        self.fill(content, foot=(self.message,))

    def _connect(self) -> None:
        session = self._session
        self._links.add(session.screen_changed, self._on_screen)
        self._links.add(session.screen_relabelled, self._on_labels)
        self._links.add(session.row_changed, self._on_row)
        self.source.changed.connect(self._on_change)
        self.source.layer_wanted.connect(self._add_layer)
        self.live.toggled.connect(self._on_live)
        self.keeping.asked.connect(self.keep)
        for event in (self._viewer.layers.events.inserted, self._viewer.layers.events.removed):
            event.connect(self._on_layers)

    @property
    def busy(self) -> bool:
        """Whether the field is being looked at, or soon will be."""
        return self._timer.isActive() or self.worker.busy

    def look(self) -> None:
        """Look for the cells of the field on display."""
        self._timer.stop()
        row, wanted = self._session.row, self.source.wanted
        self._wish += 1
        self.worker.forget()
        if self._field_cells is None or row < 0 or not self.live.isChecked() or self.paused or self._behind:
            self._rest()
            return
        if wanted.source in KINDS:
            self._show_layer(wanted, row)
            return
        wish = self._wish
        self.progress.show()
        self.worker.run(
            partial(self._field_cells.of_field, wanted, row),
            partial(self._on_found, wish, wanted, row),
            partial(self._on_failed, wish),
        )

    def keep(self, path: Path) -> None:
        """Keep the cells of the screen at a path."""
        wanted, screen = self.source.wanted, self._session.screen
        if screen is None:
            return
        if wanted.source not in KINDS:
            self.keeping.keep_all(wanted, path)
            return
        try:
            cells = self._cells_of_layer(wanted).capped(wanted.most, wanted.seed)
            self.keeping.keep_layer(cells, wanted.side(screen), path)
        except CDCLError as error:
            self.keeping.words.setText(words_of(error))

    def _show_layer(self, wanted: Wanted, row: int) -> None:
        assert self._session.screen is not None
        try:
            cells, side = self._cells_of_layer(wanted), wanted.side(self._session.screen)
            size = np.array(find_layer(self._viewer, "field").data.shape[-2:])
            here = flag_border(cells.in_fields(np.array([row])), size[None], side)
        except CDCLError as error:
            self._on_failed(self._wish, error)
            return
        others = len(cells) - len(here)
        self._on_found(self._wish, wanted, row, Found(here, side, f"{others:,} in other fields." if others else ""))

    def _cells_of_layer(self, wanted: Wanted) -> Cells:
        names = [layer.name for layer in self._viewer.layers]
        if self.source.layer.key not in names:
            raise CDCLError(f"there is no {KINDS[wanted.source]} layer; add one, or press New.")
        layer = self._viewer.layers[self.source.layer.key]
        fields = find_layer(self._viewer, "field")
        if fields is None:
            raise CDCLError("the fields' layers were removed; open the screen again.")
        return cells_from_layer(layer, wanted.source, self._session.row, fields)

    def _on_found(self, wish: int, wanted: Wanted, row: int, found: Found) -> None:
        if wish != self._wish or row != self._session.row:
            return
        self.progress.hide()
        show_cells(self._viewer, found.cells, found.side, row)
        self.words.setText(in_words(found, wanted))

    def _on_failed(self, wish: int, error: Exception) -> None:
        if wish == self._wish:
            self._rest()
            self.words.setText(f"⚠ {error}")

    def _rest(self) -> None:
        self.progress.hide()
        self.words.clear()
        hide_cells(self._viewer)

    def _on_screen(self, _screen: Any = None) -> None:
        screen = self._session.screen
        self._wish += 1  # what is looked for on another screen is not wanted any more
        self.worker.forget()
        self._rest()
        self._field_cells = None if screen is None else FieldCells(screen)
        self.source.setEnabled(screen is not None)
        self.live.setEnabled(screen is not None)
        self.keeping.follow()
        if screen is None:
            self.heading.setText(HINT)
            self._rest()
            return
        channel = nuclear_channel(screen.channels)
        guessed = "" if channel is None else screen.channels[channel]
        size = f", {screen.pixel_size:g} µm a pixel" if screen.pixel_size else ", size of a pixel not known"
        self.heading.setText(f"<b>{screen.folder.resolve().name}</b>: {counted(len(screen), 'fields')}{size}")
        self.source.offer_screen(screen.channels, guessed, screen.pixel_size)
        self._on_layers()
        self._timer.start()

    def _on_labels(self, screen: Any) -> None:
        if self._field_cells is not None:
            self._field_cells.screen = screen

    def _on_row(self, _row: int) -> None:
        if self.live.isChecked():
            self._timer.start()

    def _on_live(self, on: bool) -> None:
        if on:
            self.look()
        else:
            self._wish += 1
            self._rest()

    def _on_change(self) -> None:
        self._on_layers()
        self._timer.start()

    def _on_layers(self, _event: Any = None) -> None:
        """Offer the layers there are, and follow the one that is chosen."""
        if not is_alive(self):
            return
        kind = KINDS.get(self.source.source.key, "")
        ours = [one for one in self._viewer.layers if type(one).__name__ == kind and KEY not in one.metadata]
        self.source.offer_layers([one.name for one in ours])
        self._listen(next((one for one in ours if one.name == self.source.layer.key), None))

    def _listen(self, layer: Any) -> None:
        if layer is self._listened:
            return
        if self._listened is not None:
            self._listened.events.disconnect(self._on_edit)
        self._listened = layer
        if layer is not None:
            layer.events.connect(self._on_edit)
            self._timer.start()

    def _on_edit(self, event: Any) -> None:
        moved = ("data", "set_data", "paint", "labels_update", "scale", "translate", "rotate", "affine")
        if is_alive(self) and getattr(event, "type", "") in moved:
            self._timer.start()

    def _add_layer(self, kind: str) -> None:
        """Lay an empty layer over the fields."""
        fields = find_layer(self._viewer, "field")
        if fields is None or self._session.row < 0:
            return
        scale = pixel_scale(self._viewer)
        if kind == POINTS:
            layer = self._viewer.add_points(ndim=3, name=NEW, scale=(1.0, *scale), size=8, face_color="#7ee081")
        else:
            blank = np.zeros(fields.data.shape[-2:], dtype=np.int32)
            metadata = {ROW: self._session.row}
            layer = self._viewer.add_labels(blank, name=f"{NEW} {self._session.row}", scale=scale, metadata=metadata)
        layer.mode = "add" if kind == POINTS else "paint"
        self._on_layers()
        self.source.layer.show_key(layer.name)
        self._on_change()

    def set_in_front(self, front: bool) -> None:
        """Draw no rings from behind another tab: they would come with every screen, and nothing would say whence."""
        behind, self._behind = self._behind, not front
        if self.ended or behind is self._behind:
            return
        if front:
            self._timer.start()
        else:
            self.pause()

    def pause(self) -> None:
        """Take the rings and the square away."""
        self._wish += 1
        self._rest()

    def resume(self) -> None:
        """Draw them again."""
        self._timer.start()

    def end(self) -> None:
        """Leave the layers of others alone, too."""
        if not self.ended:
            self._listen(None)
            for event in (self._viewer.layers.events.inserted, self._viewer.layers.events.removed):
                event.disconnect(self._on_layers)
        super().end()
