"""A score as a number and a bar with its interval, ticks where chance and the baselines lie; drawn by QPainter."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPen
from qtpy.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qtpy.QtCore import QModelIndex

    from napari_cdcl.models.score_table import Cell

CELL = Qt.ItemDataRole.UserRole + 1
"""Role: the `Cell`."""
SPAN = Qt.ItemDataRole.UserRole + 2
"""Role: lowest and highest value of the row's bars."""
MUTED = Qt.ItemDataRole.UserRole + 3
"""Role: whether it is a baseline, drawn without emphasis."""
HEADING = Qt.ItemDataRole.UserRole + 4
"""Role: the line of a heading, in a cell without a score."""
BAR = QColor("#3fa7d6")
CHANCE, SHUFFLED = "chance", "shuffled labels"
TICKS = {
    CHANCE: "#e5484d",
    SHUFFLED: "#f2a900",
    "noise": "#9aa0a6",
    "batch only": "#ee964b",
    "batch and position": "#d65db1",
    "cell count": "#59cd90",
    "intensity statistics": "#b9a44c",
    "untrained network": "#8f7ae5",
}
"""Colours of the ticks; readable on dark and on light."""
_TEXT = 44
"""Pixels for the number left of its bar: "-0.00" in any of the usual fonts."""


class BarDelegate(QStyledItemDelegate):
    """Paints what `CELL` and `SPAN` hold."""

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one cell."""
        cell: Cell | None = index.data(CELL)
        assert painter is not None
        heading: str | None = index.data(HEADING)
        if cell is None and heading is not None:
            _draw_heading(painter, option, heading)
        if cell is None:
            if heading is None:
                super().paint(painter, option, index)
            return
        theme = Theme.of(option.widget)
        self._draw_ground(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(option.rect).adjusted(5, 2, -7, -2)
        if isnan(cell.value):
            _draw_absence(painter, theme, place, cell)
        else:
            _draw_number(painter, theme, place, cell)
            track = QRectF(place.left() + _TEXT, place.center().y() - 5, max(place.width() - _TEXT, 1), 9)
            draw_bar(painter, theme, track, cell, (index.data(SPAN), bool(index.data(MUTED))))
        painter.restore()

    def _draw_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Let the style draw what is behind: chosen rows look alike in all columns."""
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        style = None if option.widget is None else option.widget.style()
        if style is not None:
            style.drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, option.widget)


def draw_bar(painter: QPainter, theme: Theme, track: QRectF, cell: Cell, how: tuple[tuple[float, float], bool]) -> None:
    """Draw the bar of a value in `track`, the whiskers of its interval, and ticks.

    Parameters
    ----------
    how
        The lowest and highest value of the track, and whether the bar is a baseline's.
    """
    span, muted = how
    painter.fillRect(track, mix(theme.rule, theme.ground, 0.35))
    zero, end = _at(0.0, span, track), _at(cell.value, span, track)
    colour = theme.faint if muted else BAR
    if cell.reached or cell.knows_nothing:  # a baseline, or shuffled labels, do as well: nothing to be proud of
        colour = mix(colour, theme.ground, 0.5)
    painter.fillRect(QRectF(min(zero, end), track.top(), abs(end - zero), track.height()), colour)
    if not isnan(cell.low) and not isnan(cell.high):
        _draw_whisker(painter, theme, track, [_at(cell.low, span, track), _at(cell.high, span, track)])
    for name, value in {CHANCE: cell.chance, SHUFFLED: cell.null, **cell.baselines}.items():
        if not isnan(value):
            x = min(max(_at(value, span, track), track.left()), track.right())
            painter.setPen(QPen(QColor(TICKS.get(name, "#888888")), 2.0))
            above = name in (CHANCE, SHUFFLED)
            ends = (track.top() - 4, track.bottom()) if above else (track.bottom() + 1, track.bottom() + 6)
            painter.drawLine(QPointF(x, ends[0]), QPointF(x, ends[1]))


def legend_html(names: Iterable[str]) -> str:
    """Name the ticks in their colours, as rich text."""
    ticks = [(TICKS.get(name, "#888888"), name.replace(" ", "&nbsp;")) for name in names]
    return " &nbsp; ".join(f"<span style='color:{colour}'>┃</span>{name}" for colour, name in ticks)


def heading_colour(theme: Theme) -> QColor:
    """Give the ground of headings."""
    return mix(theme.rule, theme.ground, 0.1)


def _draw_heading(painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
    theme, place = Theme.of(option.widget), QRectF(option.rect)
    painter.save()
    painter.fillRect(place, heading_colour(theme))
    painter.setPen(mix(theme.ink, theme.ground, 0.25))
    inside = place.adjusted(5, 0, -5, 0)
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
    painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    painter.restore()


def _draw_whisker(painter: QPainter, theme: Theme, track: QRectF, ends: list[float]) -> None:
    y = track.center().y()
    painter.setPen(QPen(theme.ink, 1.0))
    painter.drawLine(QPointF(ends[0], y), QPointF(ends[1], y))
    for x in ends:
        painter.drawLine(QPointF(x, y - 3), QPointF(x, y + 3))


def _draw_number(painter: QPainter, theme: Theme, place: QRectF, cell: Cell) -> None:
    font = painter.font()
    font.setBold(cell.best)
    painter.setFont(font)
    painter.setPen(theme.ink)
    side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(place.left(), place.top(), _TEXT, place.height()), side, in_short(cell.value))


def _draw_absence(painter: QPainter, theme: Theme, place: QRectF, cell: Cell) -> None:
    """Write why there is no value, as far as there is room; the tip has the whole."""
    font = painter.font()
    font.setItalic(True)
    painter.setFont(font)
    painter.setPen(theme.faint)
    room = QFontMetricsF(font)
    text = room.elidedText(why_absent(cell), Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def why_absent(cell: Cell) -> str:
    """Say why there is no value."""
    return f"\N{EN DASH} {cell.note}".strip()


def in_short(value: Any) -> str:
    """Write a value in six letters at most."""
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.3g}"


def _at(value: float, span: tuple[float, float], track: QRectF) -> float:
    low, high = span
    return float(track.left() + (value - low) / max(high - low, 1e-12) * track.width())
