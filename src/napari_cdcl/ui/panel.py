"""What all panels of the window are.

They fit a small display, lie in tabs, come back to where they were, and what they own ends with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QSize
from qtpy.QtWidgets import QLayout, QVBoxLayout, QWidget

from napari_cdcl.layers.cell_points import cells_of
from napari_cdcl.layers.field import fields_of
from napari_cdcl.models.session import session_of
from napari_cdcl.ui.accessible import make_accessible
from napari_cdcl.ui.column import Column
from napari_cdcl.ui.contrast_keeper import contrast_of
from napari_cdcl.ui.defects import DEFECTS
from napari_cdcl.ui.docking import Docking
from napari_cdcl.ui.links import Links, is_alive
from napari_cdcl.ui.ownership import Ownership, end_parts
from napari_cdcl.ui.panel_opener import panel_opener_of
from napari_cdcl.ui.relocation import relocation_of
from napari_cdcl.ui.state_keeper import keeper_of
from napari_cdcl.ui.unsaved import guard_unsaved

if TYPE_CHECKING:
    from collections.abc import Sequence

    import napari.viewer
    from qtpy.QtGui import QCloseEvent, QHideEvent, QShowEvent

LEAST = QSize(200, 120)
"""Pixels that a dock must leave a panel: beside napari's own docks on a display of 640 x 360 points."""


class Panel(QWidget):
    """A widget for a dock of the window of one viewer.

    Whichever panel comes first takes up what the viewer shows already, such as a screen that was dropped on napari. A
    panel overrides `pause` and `resume` where it draws in the canvas or keeps a child process waiting, and `end` where
    it has put something into the viewer that does not lie below it in Qt's tree.
    """

    WIDTH = 380
    """Pixels that a panel asks for where there is room; it works with fewer."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._session = viewer, session_of(viewer)
        self.fields, self.cells = fields_of(viewer), cells_of(viewer)
        self._keeper, self.contrast = keeper_of(viewer), contrast_of(viewer)
        DEFECTS.watch(self._session)
        panel_opener_of(viewer).note(self)
        relocation_of(viewer)
        self._links = Links()
        self.paused = self.ended = False
        self.ownership = Ownership(self)
        self.docking = Docking(self, _is_panel)

    @property
    def menu_name(self) -> str:
        """What the panel is called in napari's menu."""
        return type(self).__name__.removesuffix("Panel")

    def set_paused(self, paused: bool) -> None:
        """Pause, or resume; what is so already stays so."""
        if paused != self.paused:
            self.paused = paused
            self.pause() if paused else self.resume()

    def pause(self) -> None:
        """Let go of what costs, and of what is drawn in the canvas, while nobody can see the panel."""

    def resume(self) -> None:
        """Take up again what `pause` has let go of."""

    def set_in_front(self, front: bool) -> None:
        """Take note that the dock has come to the front, or lies behind another tab now; a panel may override it."""

    def end(self) -> None:
        """End all that belongs to the panel; a second time does nothing."""
        if is_alive(self) and not self.ended:
            self.ended = True
            self.set_paused(True)
            end_parts(self)

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
            self.ownership.follow(self.parent())
        return super().event(event)

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802
        """Give what was built meanwhile its names."""
        make_accessible(self)
        super().showEvent(event)
        window = self.window()
        if window is not None:
            self.ownership.watch(window)
            guard_unsaved(window, self._session, self.fields)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """End with a window of its own, as in a script without docks."""
        self.end()
        super().closeEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802
        """Keep the panel's place: this may be the end of the window."""
        self.docking.remember()
        super().hideEvent(event)


def _is_panel(widget: object) -> bool:
    return isinstance(widget, Panel)
