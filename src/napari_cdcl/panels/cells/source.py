"""Where cells come from, how large their crops are, and how many are kept. It knows no session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_cdcl.models.cell_preview import FILE, LABELS, NUCLEI, POINTS, TILES, Wanted
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_file, ask_folder
from napari_cdcl.ui.inputs import Number, WholeNumber

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SOURCES = {
    NUCLEI: "nuclei found here",
    LABELS: "a Labels layer",
    POINTS: "a Points layer",
    FILE: "a table or label images",
    TILES: "tiles: no cells needed",
}
LIMITS = (
    "<small>Good enough to place crops; no segmentation, and no counting: nuclei that overlap are merged, long ones "
    "sometimes split, dim ones beside bright ones missed. If you have masks, use these.</small>"
)
MICROMETRES, PIXELS = "um", "px"
FILES = "Tables and databases of cells (*.csv *.csv.gz *.tsv *.parquet *.sqlite *.db);;Any file (*)"


class CellSource(QWidget):
    """Shows the settings of one source at a time."""

    changed = Signal()
    """Something else is wanted."""
    layer_wanted = Signal(str)
    """A new layer to set points in, or to paint: "points" or "labels"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixel_size = 0.0
        self._make_controls()
        self._make_crop()
        self._lay_out()
        self._connect()
        self._show_own()

    def _make_controls(self) -> None:
        self.source = Chooser("Where the cells of this screen come from.")
        self.source.offer(SOURCES, NUCLEI)
        self.channel = Chooser("The channel that shows nuclei.")
        self.diameter = Number()
        self.diameter.setRange(0, 500)
        self.diameter.setDecimals(0)
        self.diameter.setSuffix(" px")
        self.diameter.setSpecialValueText("measured")
        self.diameter.setToolTip("Width of a usual nucleus in pixels; 0: measured on fields spread over the screen.")
        self.limits = QLabel(LIMITS)
        self.limits.setWordWrap(True)
        self.layer = Chooser("The layer of cells; points in pixels or micrometres, wherever the layer is placed.")
        self.new_layer = QPushButton("New")
        self.new_layer.setToolTip("Add an empty layer over the fields, to set points in or to paint cells.")
        self.path = QLineEdit()
        self.path.setPlaceholderText("table, database or folder")
        self.path.setToolTip(
            "Centroids of CellProfiler, DeepProfiler or CytoTable, any table with y and x, or a folder of label images."
        )
        self.path_button = QPushButton("…")
        self.path_button.setMaximumWidth(40)
        self.path_button.setToolTip("Choose a file or a folder.")
        menu = QMenu(self.path_button)
        menu.addAction("Table or database…", self._ask_file)
        menu.addAction("Folder of label images or tables…", self._ask_folder)
        self.path_button.setMenu(menu)

    def _make_crop(self) -> None:
        self.crop = Number()
        self.crop.setRange(4, 4096)
        self.crop.setDecimals(0)
        self.crop.setValue(96)
        self.crop.setToolTip("Side of a cell's crop: the white square over the field.")
        self.unit = Chooser("Micrometres, where the screen says how large a pixel is, or pixels.")
        self.unit.setMinimumContentsLength(3)
        self.unit.offer({PIXELS: "pixels"}, PIXELS)
        self.most = WholeNumber()
        self.most.setRange(0, 9999)
        self.most.setSpecialValueText("all")
        self.most.setToolTip("At most so many cells of a field are kept, drawn at random; 0: all.")
        self.seed = WholeNumber()
        self.seed.setRange(0, 9999)
        self.seed.setPrefix("seed ")
        self.seed.setToolTip("The same seed draws the same cells.")

    def _lay_out(self) -> None:
        self.rows: dict[str, QWidget] = {
            NUCLEI: _rows(("channel", self.channel), ("width", self.diameter), ("", self.limits)),
            "layer": _rows(("layer", _beside(self.layer, self.new_layer))),
            FILE: _rows(("file", _beside(self.path, self.path_button))),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_rows(("from", self.source)))
        for widget in self.rows.values():
            layout.addWidget(widget)
        crop, most = _beside(self.crop, self.unit), _beside(self.most, self.seed)
        self.capping = _rows(("a field", most))
        layout.addWidget(_rows(("crop", crop)))
        layout.addWidget(self.capping)

    def _connect(self) -> None:
        for chooser in (self.source, self.channel, self.layer):
            chooser.chosen.connect(lambda _key: self._on_change())
        self.unit.chosen.connect(self._on_unit)
        for box in (self.diameter, self.crop, self.most, self.seed):
            box.valueChanged.connect(lambda _value: self.changed.emit())
        self.path.editingFinished.connect(self.changed)
        self.new_layer.clicked.connect(lambda: self.layer_wanted.emit(self.source.key))

    def offer_screen(self, channels: Sequence[str], guessed: str, pixel_size: float | None) -> None:
        """Take over what a screen has: channels, the one that is named after nuclei, micrometres a pixel."""
        by_name = {"": f"by its name: {guessed}"} if guessed else {"": "choose one"}
        kept = self.channel.key if self.channel.key in channels else ""
        self.channel.offer({**by_name, **{name: name for name in channels}}, kept)
        self._pixel_size = pixel_size or 0.0
        both = {MICROMETRES: "µm", PIXELS: "pixels"} if pixel_size else {PIXELS: "pixels"}
        self.unit.offer(both, self.unit.key if self.unit.key in both else PIXELS)
        if pixel_size and self.unit.key == PIXELS:
            self.unit.show_key(MICROMETRES)
            self._on_unit(MICROMETRES)

    def offer_layers(self, names: Sequence[str], chosen: str = "") -> None:
        """Offer the layers that cells can come from."""
        kept = chosen or self.layer.key
        self.layer.offer(names, kept if kept in names else next(iter(names), ""))

    @property
    def wanted(self) -> Wanted:
        """What is set."""
        return Wanted(
            source=self.source.key,
            channel=self.channel.key,
            diameter=self.diameter.value(),
            path=self.path.text().strip(),
            crop=self.crop.value(),
            in_um=self.unit.key == MICROMETRES,
            most=self.most.value(),
            seed=self.seed.value(),
        )

    def _on_change(self) -> None:
        self._show_own()
        self.changed.emit()

    def _show_own(self) -> None:
        source = self.source.key
        shown = "layer" if source in (POINTS, LABELS) else source
        for name, widget in self.rows.items():
            widget.setVisible(name == shown)
        self.capping.setVisible(source != TILES)

    def _on_unit(self, unit: str) -> None:
        """Keep the square as large as it was."""
        size = self._pixel_size or 1.0
        value = self.crop.value() * (size if unit == MICROMETRES else 1 / size)
        self.crop.setDecimals(1 if unit == MICROMETRES else 0)
        self.crop.setMinimum(1.0 if unit == MICROMETRES else 4.0)
        self.crop.setValue(value)
        self.changed.emit()

    def _ask_file(self) -> None:
        self._take_path(ask_file(self, "A table or database of cells", FILES))

    def _ask_folder(self) -> None:
        self._take_path(ask_folder(self, "A folder of label images or tables"))

    def _take_path(self, path: Path | None) -> None:
        if path:
            self.path.setText(str(path))
            self.changed.emit()


def _rows(*rows: tuple[str, QWidget]) -> QWidget:
    widget = QWidget()
    form = QFormLayout(widget)
    form.setContentsMargins(0, 0, 0, 0)
    form.setSpacing(4)
    for name, field in rows:
        if name:
            label = QLabel(name)
            label.setMinimumWidth(56)
            form.addRow(label, field)
        else:
            form.addRow(field)
    return widget


def _beside(first: QWidget, second: QWidget) -> QWidget:
    widget = QWidget()
    layout: Any = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(first, 1)
    layout.addWidget(second)
    return widget
