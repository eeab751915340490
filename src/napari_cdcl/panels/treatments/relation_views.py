"""Three views of the relations of treatments, one at a time: heat map, network, list. They know no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QButtonGroup, QLabel, QPushButton, QSlider, QStackedWidget, QVBoxLayout, QWidget

from napari_cdcl.actions.relations import HEAT_MAP, LIST, NETWORK, pairs_shown
from napari_cdcl.panels.treatments.heat_map import HeatMap
from napari_cdcl.panels.treatments.kind_legend import legend_of, tip_of
from napari_cdcl.panels.treatments.network import Network
from napari_cdcl.ui.sorted_table import FIT, ColumnStyle, SortedTable, write_text

if TYPE_CHECKING:
    from qtpy.QtGui import QResizeEvent

    from cdcl.scatter.colours import Colouring
    from napari_cdcl.models.relation_map import RelationMap

MOST_LISTED = 500
"""Pairs that are listed, the most alike: nobody reads more, and the table stays quick."""
USUAL_LINES = 60
"""Lines of the network at first: what a narrow dock holds without a tangle."""
TIPS = {
    HEAT_MAP: "All similarities, in the order of a dendrogram.",
    NETWORK: "The most alike pairs that chance does not explain.",
    LIST: "The same pairs with their numbers.",
}
STYLES = {
    "pair": ColumnStyle("pair", "Click to select the points of both treatments in every panel."),
    "similarity": ColumnStyle(
        "alike",
        "Cosine between their shifts from the controls: 1 is the same direction.",
        "{:.2f}".format,
        46,
        to_right=True,
    ),
    "q": ColumnStyle("q", "False discovery rate over all pairs.", "{:.2g}".format, 58, to_right=True),
    "mechanism": ColumnStyle("mechanism", "Mechanism that both are known for.", write_text, FIT),
    "known": ColumnStyle("known", "Whether a file of pairs names it.", lambda known: "yes" if known else "", FIT),
}


class RelationViews(QWidget):
    """Shows one view, and says what was chosen in it."""

    wanted = Signal(object, bool)
    """Names of the treatments that were chosen (set of str), and whether they are added to what is selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._relations: RelationMap | None = None
        self._ends: dict[str, tuple[str, str]] = {}
        self._colouring: Colouring | None = None
        self._instead = ""
        self._make_controls()
        self._lay_out()
        self._connect()

    def _make_controls(self) -> None:
        self.heat_map, self.network, self.list = HeatMap(), Network(), SortedTable()
        self.list.setAccessibleName("related treatments")
        self.list.setToolTip("Click a line to select the points of both treatments everywhere; a heading sorts.")
        self.buttons = {name: QPushButton(name.capitalize()) for name in (HEAT_MAP, NETWORK, LIST)}
        self._group = QButtonGroup(self)
        for name, button in self.buttons.items():
            button.setCheckable(True)
            button.setToolTip(TIPS[name])
            self._group.addButton(button)
        self.buttons[HEAT_MAP].setChecked(True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip("How many pairs the network shows, from the most alike on.")
        self.threshold, self.legend, self.reading = QLabel(), QLabel(), QLabel()
        for label in (self.threshold, self.legend, self.reading):
            label.setWordWrap(True)
        self.reading.setMinimumHeight(2 * self.reading.fontMetrics().height())  # so that nothing jumps under the cursor
        self.reading.setAlignment(Qt.AlignmentFlag.AlignTop)

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        for view in (self.heat_map, self.network, self.list):
            self.stack.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.slider)
        layout.addWidget(self.threshold)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.reading)
        self._turn(HEAT_MAP)

    def _connect(self) -> None:
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked, name=name: self._turn(name))
        for picture in (self.heat_map, self.network):
            picture.wanted.connect(self._want)
            picture.pointed.connect(self.reading.setText)
        self.slider.valueChanged.connect(self._show_lines)
        self.list.chosen.connect(lambda labels: self._tell({name for one in labels for name in self._ends[one]}))

    @property
    def view(self) -> str:
        """The view on display: `HEAT_MAP`, `NETWORK` or `LIST`."""
        return next(name for name, button in self.buttons.items() if button.isChecked())

    @property
    def lines(self) -> int:
        """Pairs that the view on display shows."""
        return self.network.lines if self.view == NETWORK else MOST_LISTED

    def show_relations(self, relations: RelationMap | None) -> None:
        """Show other relations; None empties all views."""
        self._relations = relations
        self.heat_map.show_relations(relations)
        self.network.show_relations(relations)
        self._list_pairs()
        most = 0 if relations is None else len(relations.ends)
        self.slider.blockSignals(True)
        self.slider.setRange(min(1, most), most)
        self.slider.setPageStep(max(1, most // 10))
        self.slider.setValue(min(USUAL_LINES, most))
        self.slider.blockSignals(False)
        self._show_lines(self.slider.value())
        self.reading.clear()

    def show_colours(self, column: str, instead: str) -> None:
        """Colour treatments by a column; where it says nothing, the legend says something instead."""
        if self._relations is None:
            return
        colouring = self._relations.colouring(column)
        self._colouring, self._instead = colouring, instead
        colours = [QColor(int(colouring.colours[code]) & 0xFFFFFF) for code in colouring.codes]
        colours = colours if colouring.title else []
        self.heat_map.show_strip(column, colours)
        self.network.show_colours(column, colours)
        self.legend.setToolTip(tip_of(colouring))
        self._explain()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Name as many colours as the width holds."""
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        """Say what the colours are."""
        if self._colouring is not None:
            self.legend.setText(legend_of(self._colouring, self.width()) or self._instead)
        self._show_parts()

    def mark(self, names: set[str]) -> None:
        """Mark treatments, and the line of the list that is theirs alone."""
        if self._relations is None:
            return
        places = self._relations.places_of(names)
        self.heat_map.mark(places)
        self.network.mark(places)
        self.list.mark({label for label, ends in self._ends.items() if set(ends) == names})

    def _turn(self, name: str) -> None:
        self.stack.setCurrentIndex(list(self.buttons).index(name))
        self.reading.clear()
        self._show_parts()

    def _show_parts(self) -> None:
        """Show what belongs to the view on display."""
        several = self._relations is not None and len(self._relations.ends) > 0
        for part in (self.slider, self.threshold):
            part.setVisible(self.view == NETWORK and several)
        self.legend.setVisible(self.view != LIST and bool(self.legend.text()))
        self.reading.setVisible(self.view != LIST)

    def _show_lines(self, lines: int) -> None:
        self.network.show_lines(lines)
        if self._relations is not None and lines:
            last = self._relations.related.iloc[:lines]
            count = len(self._relations.related)
            self.threshold.setText(
                f"{lines:,} most alike of {count:,}: cosine ≥ {last['similarity'].min():.2f}, q ≤ {last['q'].max():.2g}"
            )
        self._show_parts()

    def _list_pairs(self) -> None:
        if self._relations is None:
            self._ends = {}
            return
        pairs = pairs_shown(self._relations, MOST_LISTED)
        ends = list(zip(pairs["one"], pairs["other"], strict=True))
        names = [f"{one} · {other}" for one, other in ends]
        self._ends = dict(zip(names, ends, strict=True))
        styles = STYLES if pairs["known"].any() else {name: STYLES[name] for name in STYLES if name != "known"}
        self.list.show_columns(pairs.assign(pair=names), styles)
        self.list.sort_by("similarity", down=True)

    def _want(self, places: set[int], adding: bool) -> None:
        if self._relations is not None:
            self._tell({self._relations.names[place] for place in places}, adding)

    def _tell(self, names: set[str], adding: bool = False) -> None:
        self.wanted.emit(names, adding)
