"""A gallery: pictures of the selected items in a grid that scrolls however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QPainter, QPen
from qtpy.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate

from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qtpy.QtCore import QPersistentModelIndex
    from qtpy.QtGui import QPixmap
    from qtpy.QtWidgets import QStyleOptionViewItem, QWidget

    from napari_cdcl.ui.thumbnails import Thumbnails

    Index = QModelIndex | QPersistentModelIndex

MOST = 10_000
"""Pictures that are laid out; of more, the first in the order of sorting."""
ITEM = Qt.ItemDataRole.UserRole


class GalleryModel(QAbstractListModel):
    """Items in an order. Pictures come from `Thumbnails` when they are painted, not from here."""

    def __init__(self) -> None:
        super().__init__()
        self.items: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.describe: Callable[[int], str] = str

    def show(self, items: NDArray[np.int64]) -> None:
        """Show these items, in this order."""
        self.beginResetModel()
        self.items = items[:MOST]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Count the pictures."""
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give the item, and what it is."""
        item = int(self.items[index.row()])
        if role == ITEM:
            return item
        return self.describe(item) if role == Qt.ItemDataRole.ToolTipRole else None


class Gallery(QListView):
    """The grid. It knows no session: another connects it."""

    activated_item = Signal(int)
    """The item that was double-clicked."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = GalleryModel()
        self.grid.setParent(self)
        self.thumbnails = thumbnails
        self._stale = QTimer(self)
        self._stale.setSingleShot(True)
        self._stale.setInterval(30)
        self._set_up()
        self._connect()
        self.set_side(84)

    def _set_up(self) -> None:
        self.setModel(self.grid)
        self.setItemDelegate(_Painter(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(100)
        self.setAccessibleName("gallery")

    def _connect(self) -> None:
        self._stale.timeout.connect(self._repaint)
        self.thumbnails.arrived.connect(self._repaint_soon)
        self.thumbnails.restyled.connect(self._repaint_soon)
        self.doubleClicked.connect(lambda index: self.activated_item.emit(index.data(ITEM)))

    def set_side(self, side: int) -> None:
        """Set the side of a picture in pixels."""
        self.setGridSize(QSize(side + 6, side + 6))
        self.setIconSize(QSize(side, side))

    def show_items(self, items: NDArray[np.int64]) -> None:
        """Show these items, in this order, from the top."""
        self.grid.show(items)
        self.scrollToTop()

    def _repaint_soon(self, _item: int = -1) -> None:
        if not self._stale.isActive():
            self._stale.start()

    def _repaint(self) -> None:
        viewport = self.viewport()
        if viewport is not None:
            viewport.update()


class _Painter(QStyledItemDelegate):
    """Paints the picture of an item, or an empty square until it has come."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__(gallery)
        self._gallery = gallery

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Ask for a cell of the grid."""
        del option, index
        return self._gallery.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one."""
        theme = Theme.of(self._gallery)
        side = self._gallery.iconSize().width()
        place = QRect(option.rect.left() + 3, option.rect.top() + 3, side, side)
        picture = self._gallery.thumbnails.picture(index.data(ITEM))
        if picture is None or picture.isNull():
            painter.fillRect(place, mix(theme.ground, theme.ink, 0.08))
            if picture is not None:
                painter.setPen(theme.faint)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, "no image")
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(_fitted(picture, place), picture)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(theme.mark, 2))
            painter.drawRect(place.adjusted(0, 0, -1, -1))


def _fitted(picture: QPixmap, place: QRect) -> QRect:
    size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    fitted = QRect(place.topLeft(), size)
    fitted.moveCenter(place.center())
    return fitted
