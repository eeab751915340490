"""What all panels of the window are: they fit a small display, lie in tabs, and come back to where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QSize
from qtpy.QtWidgets import QLayout, QVBoxLayout, QWidget

from napari_cdcl.ui.accessible import make_accessible
from napari_cdcl.ui.column import Column
from napari_cdcl.ui.docking import Docking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QHideEvent, QShowEvent

LEAST = QSize(200, 120)
"""Pixels that a dock must leave a panel: beside napari's own docks on a display of 640 x 360 points."""


class Panel(QWidget):
    """A widget for a dock of napari's window."""

    WIDTH = 380
    """Pixels that a panel asks for where there is room; it works with fewer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.docking = Docking(self, _is_panel)

    def fill(self, body: QWidget, head: Sequence[QWidget | QLayout] = (), foot: Sequence[QWidget] = ()) -> None:
        """Lay the panel out: what always stays in sight above and below, and between them what scrolls.

        Parameters
        ----------
        body
            Gets all the room there is; where that is too little, it scrolls.
        head, foot
            Rows above and below it.
        """
        layout = QVBoxLayout(self)
        for part in head:
            if isinstance(part, QLayout):
                layout.addLayout(part)
            else:
                layout.addWidget(part)
        layout.addWidget(Column(body), 1)
        for widget in foot:
            layout.addWidget(widget)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for little: a window never grows because a panel is opened."""
        return LEAST

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room in which nothing must be scrolled sideways."""
        return QSize(self.WIDTH, 480)

    def event(self, event: QEvent) -> bool:
        """Notice when the panel gets a dock, and when that is closed."""
        if event.type() == QEvent.Type.ParentChange and hasattr(self, "docking"):
            self.docking.follow(self.parent())
        return super().event(event)

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802
        """Give what was built meanwhile its names."""
        make_accessible(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802
        """Keep the panel's place: this may be the end of the window."""
        self.docking.remember()
        super().hideEvent(event)


def _is_panel(widget: object) -> bool:
    return isinstance(widget, Panel)
