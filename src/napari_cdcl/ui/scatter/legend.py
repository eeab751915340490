"""What the colours say: classes to hide and show, or a scale of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPoint, QSize, QSortFilterProxyModel, Qt
from qtpy.QtGui import QAction, QColor, QKeySequence, QLinearGradient, QPainter, QShortcut
from qtpy.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cdcl.scatter.palette import CATEGORIES, to_hex
from napari_cdcl.ui.scatter.classes import CODE, ClassDelegate, Classes
from napari_cdcl.ui.scatter.model import Mode
from napari_cdcl.ui.scatter.theme import Theme
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtCore import QModelIndex
    from qtpy.QtGui import QPaintEvent

    from napari_cdcl.ui.scatter.model import ScatterModel


class Legend(QWidget):
    """The legend of a scatter's model."""

    def __init__(self, model: ScatterModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.classes = Classes(model)
        self._found = QSortFilterProxyModel(self)
        self.title = QLabel()
        self.doubts = QLabel()
        self.doubts.setWordWrap(True)
        self.search = QLineEdit()
        self.list = QListView()
        self.scale = _Scale(model)
        self._pages = QStackedWidget()
        self._all, self._none = QPushButton("Show all"), QPushButton("Hide all")
        self._lay_out()
        self._connect()
        self._read()

    def _lay_out(self) -> None:
        self.classes.setParent(self)
        self._found.setSourceModel(self.classes)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list.setModel(self._found)
        self.list.setItemDelegate(ClassDelegate(self))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setToolTip(
            "Click a class to hide or show it; double-click shows it alone; right-click selects it. "
            "By keys: arrows, then Space."
        )
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setStyleSheet("QListView { background: transparent; }")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.search.setPlaceholderText("Search…")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Lists only classes whose name holds this.")
        self._all.setToolTip("Shows the points of all classes that are listed.")
        self._none.setToolTip("Hides the points of all classes that are listed.")
        classes = QWidget()
        column = QVBoxLayout(classes)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.search, self.list):
            column.addWidget(widget)
        self._pages.addWidget(classes)
        self._pages.addWidget(self.scale)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 2, 2)
        layout.addLayout(flow(self.title, self._all, self._none))  # one line where there is room: height is dear
        layout.addWidget(self.doubts)
        layout.addWidget(self._pages, 1)
        self.setMinimumSize(110, 80)

    def _connect(self) -> None:
        self._model.colouring_changed.connect(self._read)
        self._model.visible_changed.connect(self.classes.tell_shown)
        self._model.selection_changed.connect(self.classes.tell_picked)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.list.clicked.connect(self._toggle)
        self.list.doubleClicked.connect(self._isolate)
        self.list.customContextMenuRequested.connect(self._open_menu)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            shortcut = QShortcut(QKeySequence(key), self.list, lambda: self._toggle(self.list.currentIndex()))
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._all.clicked.connect(self._show_listed)
        self._none.clicked.connect(self._hide_listed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for room for names of usual length."""
        return QSize(170, 150)

    def _read(self) -> None:
        colouring = self._model.colouring
        self.search.clear()
        self.classes.read()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        unit = f" ({colouring.unit})" if colouring.unit else ""
        self.title.setText(colouring.title + unit + (", logarithmic" if colouring.logarithmic else ""))
        self.title.setToolTip(f"The points are coloured by {colouring.title}.")
        self.doubts.setText("\n".join(colouring.notes))
        self.doubts.setVisible(bool(colouring.notes))
        self.search.setVisible(len(colouring.names) > len(CATEGORIES))
        self._pages.setCurrentIndex(0 if colouring.limits is None else 1)
        for button in (self._all, self._none):
            button.setVisible(colouring.limits is None)
        self.setVisible(bool(colouring.title))
        self.scale.update()

    def _toggle(self, index: QModelIndex) -> None:
        if index.isValid():
            self._model.hide(self._model.hidden ^ {index.data(CODE)})

    def _isolate(self, index: QModelIndex) -> None:
        """Show a class alone, or all again where it is alone already."""
        others = set(self.classes.codes) - {index.data(CODE)}
        # The first click of the two has toggled the class itself.
        alone = others <= self._model.hidden
        self._model.hide(() if alone else others)

    def _listed(self) -> set[int]:
        return {self._found.index(row, 0).data(CODE) for row in range(self._found.rowCount())}

    def _show_listed(self) -> None:
        self._model.hide(self._model.hidden - self._listed())

    def _hide_listed(self) -> None:
        self._model.hide(self._model.hidden | self._listed())

    def _open_menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        if index.isValid():
            menu = self.menu_of(index)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.mapToGlobal(place))

    def menu_of(self, index: QModelIndex) -> QMenu:
        """Make the menu of a class."""
        menu, code, model = QMenu(self), index.data(CODE), self._model
        others = set(self.classes.codes) - {code}
        steps: dict[str, Callable[[], None]] = {
            "Select its points": lambda: model.select_class(code),
            "Add its points": lambda: model.select_class(code, Mode.ADD),
            "Take its points away": lambda: model.select_class(code, Mode.SUBTRACT),
            "Show it alone": lambda: model.hide(others),
            "Show all": lambda: model.hide(()),
        }
        for text, step in steps.items():
            action = QAction(text, menu)
            action.triggered.connect(step)
            menu.addAction(action)
        return menu


class _Scale(QWidget):
    """A scale of numbers, high above low."""

    def __init__(self, model: ScatterModel) -> None:
        super().__init__()
        self._model = model
        self.setMinimumHeight(70)
        self.setToolTip("Numbers beyond the ends, the outermost half percent on each side, have the colour of the end.")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint the colours, the numbers at both ends, and how many have none."""
        del event
        colouring, theme = self._model.colouring, Theme.of(self)
        if colouring.limits is None:
            return
        painter, line = QPainter(self), self.fontMetrics().height()
        height = min(190, self.height() - (2 + bool(colouring.num_zero)) * line - 12)
        gradient = QLinearGradient(0, 6 + height, 0, 6)
        steps = colouring.colours[1::15]
        for number, colour in enumerate(steps):
            gradient.setColorAt(number / (len(steps) - 1), QColor(to_hex(int(colour))))
        painter.fillRect(8, 6, 14, height, gradient)
        painter.setPen(theme.ink)
        for y, text in _apart([(6 + height - at * (height - line + 4), text) for at, text in colouring.marks()], line):
            painter.drawText(30, round(y), text)
        if colouring.num_missing:
            painter.setBrush(QColor(to_hex(int(colouring.colours[0]))))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawEllipse(10, 6 + height + line // 2 + 3, 10, 10)
            painter.setPen(theme.faint)
            painter.drawText(30, 6 + height + line + 6, f"no value: {colouring.num_missing:,}")
        if colouring.num_zero:
            painter.setPen(theme.ink)
            painter.drawText(8, 6 + height + 2 * line + 10, f"0 (darkest): {colouring.num_zero:,}")
        painter.end()


def _apart(marks: list[tuple[float, str]], line: float) -> list[tuple[float, str]]:
    """Leave out numbers that would be written over one of both ends, which stand first and last, or over another."""
    if len(marks) < 3:
        return marks
    first, *between, last = marks
    kept = [first]
    for y, text in between:
        if kept[-1][0] - y >= line and y - last[0] >= line:
            kept.append((y, text))
    return [*kept, last]
