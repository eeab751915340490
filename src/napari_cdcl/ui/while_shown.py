"""A timer that asks for a look at files only as long as somebody looks at the widget that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

INTERVAL = 3000
"""Milliseconds between two looks: soon enough after a child has written, and no burden on a network drive."""


class WhileShown(QTimer):
    """Ticks as long as a widget can be seen, and at once when it appears."""

    due = Signal()
    """It is time to look."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setInterval(INTERVAL)
        self.timeout.connect(self.due)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Begin when the widget appears, end when it is hidden."""
        if event is not None and event.type() == QEvent.Type.Show:
            self.due.emit()
            self.start()
        elif event is not None and event.type() == QEvent.Type.Hide:
            self.stop()
        return super().eventFilter(watched, event)
