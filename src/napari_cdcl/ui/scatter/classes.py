"""The classes of a colouring as a list: a swatch, a name, a count; hidden ones are faded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QAbstractListModel, QModelIndex, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QStyle, QStyledItemDelegate

from cdcl.scatter.palette import to_hex
from napari_cdcl.models.counting import counted
from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from qtpy.QtCore import QPersistentModelIndex
    from qtpy.QtWidgets import QStyleOptionViewItem, QWidget

    from napari_cdcl.ui.scatter.model import ScatterModel

    Index = QModelIndex | QPersistentModelIndex

CODE = Qt.ItemDataRole.UserRole
COLOUR, COUNT, SHOWN, PICKED = CODE + 1, CODE + 2, CODE + 3, CODE + 4


class Classes(QAbstractListModel):
    """The classes of a scatter's colouring that have points."""

    def __init__(self, model: ScatterModel) -> None:
        super().__init__()
        self._model = model
        self._classes = list(model.colouring.classes())
        self._picked = np.zeros(0, dtype=np.int64)

    def read(self) -> None:
        """Take over another colouring."""
        self.beginResetModel()
        self._classes = list(self._model.colouring.classes())
        self._count_picked()
        self.endResetModel()

    def tell_shown(self) -> None:
        """Say that other classes are hidden now."""
        if self._classes:
            self.dataChanged.emit(self.index(0), self.index(len(self._classes) - 1))

    def tell_picked(self, _by_user: bool = False) -> None:
        """Count anew how many points of each class are selected."""
        self._count_picked()
        self.tell_shown()

    def _count_picked(self) -> None:
        """Count by class; none where nothing is selected."""
        codes, selected = self._model.colouring.codes, self._model.selected
        same = len(codes) == len(selected)
        num = len(self._model.colouring.colours)
        picked = np.bincount(codes[selected], minlength=num) if same else np.zeros(num, dtype=np.int64)
        self._picked = picked if picked.any() else np.zeros(0, dtype=np.int64)

    @property
    def codes(self) -> list[int]:
        """The codes of all classes."""
        return [code for code, *_ in self._classes]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Count the classes."""
        return 0 if parent.isValid() else len(self._classes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give what a role asks for."""
        code, name, count, colour = self._classes[index.row()]
        shown = code not in self._model.hidden
        if role == Qt.ItemDataRole.ToolTipRole:
            action = "Click to hide it" if shown else "Click to show it"
            return (
                f"{name}: {counted(count, 'points')}.\n{action}; double-click to show it alone; right-click for more."
            )
        picked = int(self._picked[code]) if len(self._picked) else -1
        if role == PICKED:
            return picked
        given = {Qt.ItemDataRole.DisplayRole: name, CODE: code, COLOUR: colour, COUNT: count, SHOWN: shown}
        return given.get(role)


class ClassDelegate(QStyledItemDelegate):
    """Paints a class in one line, in the theme of the legend."""

    def __init__(self, legend: QWidget) -> None:
        super().__init__(legend)
        self._legend = legend

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Ask for one line."""
        del index
        return QSize(60, option.fontMetrics.height() + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint swatch, name and count."""
        theme, shown = Theme.of(self._legend), index.data(SHOWN)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, mix(theme.ground, theme.ink, 0.08))
        self._paint_swatch(painter, QRectF(option.rect), QColor(to_hex(index.data(COLOUR))), shown=shown)
        box = option.rect.adjusted(22, 0, -4, 0)
        picked = index.data(PICKED)
        count = f"{index.data(COUNT):,}" if picked < 0 else f"{picked:,} of {index.data(COUNT):,}"
        painter.setPen(theme.faint)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        box.adjust(0, 0, -option.fontMetrics.horizontalAdvance(count) - 8, 0)
        name = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, box.width())
        painter.setPen(theme.ink if shown else theme.faint)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    @staticmethod
    def _paint_swatch(painter: QPainter, line: QRectF, colour: QColor, *, shown: bool) -> None:
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(colour if shown else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(line.left() + 6, line.center().y() - 5, 10, 10))
