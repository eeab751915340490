"""The buttons above a scatter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from qtpy.QtCore import QEvent, QSize, Qt, Signal
from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import QCheckBox, QFormLayout, QMenu, QToolButton, QWidget, QWidgetAction
from superqt import QFlowLayout

from cdcl.scatter.picture import NARROWEST, USUAL, WIDEST
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.inputs import NumberedSlider, WholeNumber
from napari_cdcl.ui.letter_keys import LetterKeys
from napari_cdcl.ui.scatter.icons import SIDE, draw_icon
from napari_cdcl.ui.scatter.outline import Tool
from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdcl.scatter import MarkerStyle
    from napari_cdcl.ui.scatter.canvas import ScatterCanvas

_DRAGS = "Shift adds, Alt or Ctrl takes away, both keep what is common; the middle button pans."


class _Entry(NamedTuple):
    name: str
    keys: str
    tip: str


TOOLS = (
    _Entry("pan", "P", "Pan: drag the points about, zoom with the wheel. Double-click a point to go to its field."),
    _Entry("lasso", "L", f"Lasso: draw around points to select them. {_DRAGS}"),
    _Entry("rectangle", "R", f"Rectangle: drag over points to select them. {_DRAGS}"),
)
STEPS = (
    _Entry("undo", "Ctrl+Z", "Go back to what was selected before."),
    _Entry("redo", "Ctrl+Shift+Z", "Select again what was undone."),
    _Entry("invert", "I", "Select the visible points that are not selected."),
    _Entry("clear", "Esc", "Select nothing."),
    _Entry("fit", "F", "Show all points."),
    _Entry("density", "D", "Density: show how many points lie where, instead of the points."),
)
SAVE = _Entry(
    "save", "", "Save the picture with axes and legend as PNG, SVG or PDF; its width stands beside the looks."
)
LOOK = _Entry(
    "look", "", "Size and opacity of the points, names, contours, arrows, and the width of the saved picture."
)
NO_ARROWS = "Arrows need negative controls, or compounds of several doses, in the table."


class Toolbar(QWidget):
    """Tools, steps and looks; wraps into more rows where it is narrow."""

    style_changed = Signal(object)
    """`cdcl.scatter.MarkerStyle`: what the user asked for."""

    def __init__(self, canvas: ScatterCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.actions_by_name: dict[str, QAction] = {}
        self.dot_size, self.dot_opacity = (NumberedSlider() for _ in range(2))
        self.width_mm = WholeNumber()
        self._canvas = canvas
        self._buttons: list[QToolButton] = []
        self._layout = QFlowLayout(self)
        self._lay_out()
        LetterKeys(self.actions_by_name.values(), self)
        self._connect()
        self._paint_icons()

    def action(self, name: str) -> QAction:
        """Give an action by name."""
        return self.actions_by_name[name]

    def set_marker_style(self, marker_style: MarkerStyle) -> None:
        """Show a style without telling it."""
        for slider, value in (
            (self.dot_size, marker_style.size),
            (self.dot_opacity, round(100 * marker_style.opacity)),
        ):
            slider.blockSignals(True)
            slider.setValue(value)
            slider.blockSignals(False)

    def offer_arrows(self, titles: Mapping[str, str]) -> None:
        """Offer which arrows there can be, by key; the one chosen stays where it is among them."""
        wanted = self._canvas.overlays.arrows
        self.arrows.offer({"": "none", **titles}, wanted if wanted in titles else "")
        self.arrows.setEnabled(bool(titles))
        self.arrows.setToolTip("Arrows between medians of points." if titles else NO_ARROWS)

    def _lay_out(self) -> None:
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(0)  # eleven buttons fit beside each other into a dock of 320 pixels
        self._layout.setVerticalSpacing(0)
        group = QActionGroup(self)
        for entry in TOOLS:
            action = self._add(entry)
            action.setCheckable(True)
            group.addAction(action)
        self.action("pan").setChecked(True)
        for entry in STEPS:
            self._add(entry)
        self.action("density").setCheckable(True)
        self._add(LOOK)
        button = self._buttons[-1]
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self._make_styles())
        self._add(SAVE)

    def _add(self, entry: _Entry) -> QAction:
        keys = f" ({entry.keys})" if entry.keys else ""
        action = QAction(entry.name.capitalize(), self)
        action.setToolTip(f"{entry.tip}{keys}")
        if entry.keys:
            action.setShortcut(entry.keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setIconSize(QSize(SIDE, SIDE))
        button.setFixedSize(SIDE + 12, SIDE + 12)
        self._layout.addWidget(button)
        self._buttons.append(button)
        self.actions_by_name[entry.name] = action
        return action

    def _make_styles(self) -> QMenu:
        menu, panel = QMenu(self), QWidget()
        form = QFormLayout(panel)
        self.dot_size.setRange(1, 20)
        self.dot_size.setToolTip("Diameter of a point in pixels.")
        self.dot_opacity.setRange(2, 100)
        self.dot_opacity.setToolTip("Opacity of a point in percent; below 100, all points shine through each other.")
        form.addRow("Size", self.dot_size)
        form.addRow("Opacity", self.dot_opacity)
        self.names = QCheckBox("Names at the middle of classes")
        self.names.setToolTip("Write each class's name at the median of its points; of many, those of the largest.")
        form.addRow(self.names)
        self.contours = QCheckBox("Contours of classes")
        self.contours.setToolTip(
            "Lines around the densest half (thick) and nine tenths (thin) of each class; of all points where a number "
            "colours them."
        )
        form.addRow(self.contours)
        self.arrows = Chooser("Arrows between medians of points.")
        self.offer_arrows({})
        form.addRow("Arrows", self.arrows)
        self.width_mm.setRange(NARROWEST, WIDEST)
        self.width_mm.setValue(USUAL)
        self.width_mm.setSuffix(" mm")
        self.width_mm.setToolTip("Width of the picture that is saved, with axes and legend.")
        form.addRow("Saved width", self.width_mm)
        panel.setMinimumWidth(230)
        held = QWidgetAction(menu)
        held.setDefaultWidget(panel)
        menu.addAction(held)
        return menu

    def _connect(self) -> None:
        for tool in Tool:
            self.action(tool.value).triggered.connect(lambda _=False, tool=tool: self._canvas.set_tool(tool))
        for slider in (self.dot_size, self.dot_opacity):
            slider.valueChanged.connect(self._tell_style)
        self.action("density").toggled.connect(self._tell_style)
        overlays = self._canvas.overlays
        self.names.toggled.connect(lambda shown: overlays.want(names=shown))
        self.contours.toggled.connect(lambda shown: overlays.want(contours=shown))
        self.arrows.chosen.connect(lambda key: overlays.want(arrows=key))

    def _tell_style(self) -> None:
        size, opacity, density = (
            self.dot_size.value(),
            self.dot_opacity.value() / 100,
            self.action("density").isChecked(),
        )
        self.style_changed.emit(replace(self._canvas.marker_style, size=size, opacity=opacity, density=density))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Draw the icons in the ink of another theme."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_icons()
        super().changeEvent(event)

    def _paint_icons(self) -> None:
        theme = Theme.of(self)
        for name, action in self.actions_by_name.items():
            action.setIcon(draw_icon(name, theme.ink))
        pressed, above = mix(theme.ground, theme.ink, 0.28).name(), mix(theme.ground, theme.ink, 0.14).name()
        for button in self._buttons:
            button.setStyleSheet(
                "QToolButton { border: none; border-radius: 3px; background: transparent; }"
                f"QToolButton:hover {{ background: {above}; }} QToolButton:checked {{ background: {pressed}; }}"
                "QToolButton::menu-indicator { image: none; }"
            )
