"""Rows that wrap, and neighbours that stack, where a dock is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QSplitter, QWidget
from superqt import QFlowLayout

if TYPE_CHECKING:
    from qtpy.QtGui import QResizeEvent


def flow(*widgets: QWidget, parent: QWidget | None = None) -> QFlowLayout:
    """Lay widgets out in a row that goes on in the next line where it is too long."""
    layout = QFlowLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(4)
    layout.setVerticalSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def label_of(text: str, control: QWidget) -> QLabel:
    """Give a control's label, as high as the control, so that both stand on one line in a flow."""
    label = QLabel(text)
    label.setMinimumHeight(control.sizeHint().height())
    label.setBuddy(control)
    return label


class WrappedRows(QWidget):
    """Holds a flow of controls and insists on the height that its rows take: splitters do not ask for that."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Ask anew where the width is another."""
        super().resizeEvent(event)
        rows = self.layout()
        if rows is not None and event.size().width() != event.oldSize().width():
            self.setMinimumHeight(rows.heightForWidth(event.size().width()))


class TurningSplitter(QSplitter):
    """Sets its parts side by side where there is room for it, and one above the other where there is not."""

    def __init__(self, narrow: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._narrow = narrow

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the width of the widest part: the splitter can always turn."""
        shown = [part for part in map(self.widget, range(self.count())) if part is not None and not part.isHidden()]
        hints = [part.minimumSizeHint().expandedTo(part.minimumSize()) for part in shown]
        wide = max((hint.width() for hint in hints), default=0)
        if self.orientation() == Qt.Orientation.Horizontal:
            return QSize(wide, max((hint.height() for hint in hints), default=0))
        return QSize(wide, sum(hint.height() for hint in hints))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Turn where the width asks for it."""
        wide = event.size().width() >= self._narrow
        turned = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if turned != self.orientation():
            self.setOrientation(turned)
            self.updateGeometry()
        super().resizeEvent(event)
