"""Bins: the names there are, into which pictures are dragged, or put by their number; each can be renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPoint, QSize, Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.explore.gallery import MIME, items_of_mime
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtCore import QMimeData, QModelIndex
    from qtpy.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QResizeEvent

    from napari_cdcl.models.session import Session

NAME = Qt.ItemDataRole.UserRole
"""Role of the name behind a line; "" is the line that makes a new bin."""
NEW = "+ new bin"
ARCHETYPE = "archetype"
"""Column that bins can begin with, once archetypes were found."""
LINE = 24
"""Pixels of a line: the field in which a name is typed covers no other."""
ROOMY = 170
"""Pixels of height from which on a hint stands below four bins and the line for a new one."""
HINT = "Drag pictures onto a bin, or press its number."


class BinList(QListWidget):
    """A line a bin. It knows no session."""

    dropped = Signal(object, str)
    """Items (n,) and the name of the bin, "" for a new one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setMinimumWidth(90)
        self.setMinimumHeight(40)
        self.setAccessibleName("bins")
        self.setItemDelegate(_NameDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)

    def show_bins(self, counts: dict[str, int]) -> None:
        """List bins with how much is in them, and a line for a new one."""
        self.clear()
        for number, (name, count) in enumerate(counts.items(), start=1):
            key = f"{number}  " if number < 10 else "    "
            line = QListWidgetItem(f"{key}{name}  ({count:,})")
            line.setData(NAME, name)
            line.setToolTip(f"Click to select what is in {name}; double-click, or F2, to rename it.")
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsEditable)
            self._add(line)
        new = QListWidgetItem(f"{'    ' if len(counts) > 8 else f'{len(counts) + 1}  '}{NEW}")
        new.setData(NAME, "")
        new.setToolTip("Drop pictures here, or press its number, to make a new bin of them.")
        self._add(new)

    def _add(self, line: QListWidgetItem) -> None:
        line.setSizeHint(QSize(0, LINE))
        self.addItem(line)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802
        """Take pictures of a gallery, and nothing else."""
        self._judge(event)

    def dragMoveEvent(self, event: QDragMoveEvent | None) -> None:  # noqa: N802
        """Mark the bin under the cursor."""
        self._judge(event)
        line = None if event is None else self.itemAt(event.position().toPoint())
        if line is not None:
            self.setCurrentItem(line)

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802
        """Put the pictures into the bin under the cursor; below all bins, into a new one."""
        data = None if event is None else event.mimeData()
        if event is None or data is None or not data.hasFormat(MIME):
            return
        event.acceptProposedAction()
        self.dropped.emit(items_of_mime(data), self.name_at(event.position().toPoint()))

    def name_at(self, place: QPoint) -> str:
        """Give the name of the bin at a place, "" for a new one."""
        line = self.itemAt(place)
        return "" if line is None else str(line.data(NAME))

    @staticmethod
    def _judge(event: QDragEnterEvent | QDragMoveEvent | None) -> None:
        data: QMimeData | None = None if event is None else event.mimeData()
        if event is not None and data is not None:
            event.acceptProposedAction() if data.hasFormat(MIME) else event.ignore()


class _NameDelegate(QStyledItemDelegate):
    """Lets the name alone be edited, without number and count."""

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:  # noqa: N802
        """Put the name into the editor."""
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(NAME)))
            editor.selectAll()


class Bins(QWidget):
    """The bins of what is explored: its names, kept with the run."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._links = Links()
        self._filling = False
        self._typed = ("", "")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._take_typed)
        self.list = BinList()
        self.list.setToolTip("Drag pictures of the gallery onto a bin; a click selects what is in it, F2 renames it.")
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        self.starter = QPushButton("Begin with archetypes")
        self.starter.setToolTip("Put every picture into the bin of its archetype; then drag what belongs elsewhere.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.starter)
        layout.addWidget(self.hint)
        for signal in (session.items_changed, session.items_extended):
            self._links.add(signal, self._fill)
        self.list.dropped.connect(self.name)
        self.list.itemClicked.connect(self._select)
        self.list.itemChanged.connect(self._rename)
        self.starter.clicked.connect(self._begin)
        self._fill()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Leave the room of what a tip says, too, to the bins where there is little."""
        super().resizeEvent(event)
        self.hint.setVisible(self.height() >= ROOMY)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for what is left without the hint."""
        starter = self.starter.sizeHint() if self.starter.isVisibleTo(self) else QSize(0, 0)
        least = self.list.minimumSize()
        return QSize(max(least.width(), starter.width()), least.height() + starter.height() + 6)

    def _begin(self) -> None:
        """Fill the bins with archetypes; it can be taken back as every change of the table."""
        try:
            actions.annotate_by_column(self._session, ARCHETYPE)
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def put(self, items: NDArray[np.int64], digit: int) -> None:
        """Put items into the bin of a number; 0 takes them out of theirs, and one beyond the last makes a new bin."""
        names = self._names()
        if not 0 <= digit <= len(names) + 1:
            self._session.told.emit(f"There is no bin {digit}; {len(names) + 1} makes a new one.")
        elif digit == 0:
            self._name(items, "")
        else:
            self.name(items, names[digit - 1] if digit <= len(names) else "")

    def name(self, items: NDArray[np.int64], name: str) -> None:
        """Put items into a bin; "" makes a new one, whose name can be typed at once."""
        new = name or _free(self._names())
        if self._name(items, new) and not name:
            line = next(line for line in self._lines() if line.data(NAME) == new)
            self.list.setCurrentItem(line)
            self.list.scrollToItem(line)
            self.list.editItem(line)

    def _name(self, items: NDArray[np.int64], name: str) -> bool:
        explored = self._session.items
        if explored is None or not len(items) or int(items.max()) >= len(explored):
            self._session.told.emit("Choose pictures of the gallery first.")
            return False
        mask = np.zeros(len(explored), dtype=np.bool_)
        mask[items] = True
        try:
            actions.name_items(self._session, mask, name)
        except CDCLError as error:
            self._session.told.emit(words_of(error))
            return False
        return True

    def _rename(self, line: QListWidgetItem) -> None:
        """Note what was typed; the list is filled anew when its editor has closed."""
        if not self._filling:
            self._typed = str(line.data(NAME)), line.text().strip()
            self._later.start()

    def _take_typed(self) -> None:
        old, new = self._typed
        if not old or not new or new == old:
            self._fill()
            return
        try:
            actions.rename(self._session, old, new)
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def _select(self, line: QListWidgetItem) -> None:
        if line.data(NAME):
            actions.select_named(self._session, str(line.data(NAME)))

    def _names(self) -> list[str]:
        return [name for line in self._lines() if (name := str(line.data(NAME)))]

    def _lines(self) -> list[QListWidgetItem]:
        found = (self.list.item(row) for row in range(self.list.count()))
        return [line for line in found if line is not None]

    def _fill(self, _items: Any = None) -> None:
        items = self._session.items
        self.setEnabled(items is not None)
        counts: dict[str, int] = {}
        if items is not None:
            from cdcl.profiles.annotations import count_names  # brings pandas, which an empty panel does without

            counts = count_names(actions.names_of(items))
        self.starter.setVisible(items is not None and ARCHETYPE in items.table and not counts)
        self._filling = True
        self.list.show_bins(counts)
        self._filling = False


def _free(names: list[str]) -> str:
    """Give a name that no bin has."""
    return next(name for number in range(1, len(names) + 2) if (name := f"bin {number}") not in names)
