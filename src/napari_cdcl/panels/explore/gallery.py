"""A gallery: pictures of the selected items in a grid that scrolls however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QAbstractListModel, QMimeData, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QPainter, QPen
from qtpy.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate

from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from qtpy.QtCore import QPersistentModelIndex
    from qtpy.QtGui import QKeyEvent, QPixmap
    from qtpy.QtWidgets import QStyleOptionViewItem, QWidget

    from napari_cdcl.ui.thumbnails import Thumbnails

    Index = QModelIndex | QPersistentModelIndex

MOST = 10_000
"""Pictures that are laid out; of more, the first in the order of sorting."""
ITEM = Qt.ItemDataRole.UserRole
MIME = "application/x-cdcl-items"
"""What is dragged out of a gallery: the items' numbers, as 64-bit integers."""


def items_to_mime(items: Iterable[int]) -> QMimeData:
    """Pack items to be dragged."""
    data = QMimeData()
    data.setData(MIME, np.fromiter(items, dtype=np.int64).tobytes())
    return data


def items_of_mime(data: QMimeData) -> NDArray[np.int64]:
    """Unpack items that were dragged."""
    return np.frombuffer(data.data(MIME).data(), dtype=np.int64)


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

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Let pictures be dragged."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else usual

    def mimeTypes(self) -> list[str]:  # noqa: N802
        """Say what is dragged."""
        return [MIME]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:  # noqa: N802
        """Give the items that are dragged."""
        return items_to_mime([int(index.data(ITEM)) for index in indexes])


class Gallery(QListView):
    """The grid. It knows no session: another connects it."""

    activated_item = Signal(int)
    """The item that was double-clicked."""
    digit_pressed = Signal(int)
    """0 to 9: the bin for the chosen pictures."""

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
        self.setDragEnabled(True)  # Static has switched it off
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
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

    def chosen(self) -> NDArray[np.int64]:
        """Give the items whose pictures are chosen, in their order."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return self.grid.items[rows]

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Tell digits; other keys do what they do in any list."""
        if event is not None and len(event.text()) == 1 and event.text() in "0123456789":
            self.digit_pressed.emit(int(event.text()))
            return
        super().keyPressEvent(event)

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
