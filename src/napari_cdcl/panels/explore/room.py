"""How scatter and pictures share the panel's height: the points have it until something is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qtpy.QtWidgets import QSplitter, QTabWidget

ALL = 100_000
"""Pixels; more than any display has: Qt shares what there is in proportion, and keeps each part's least height."""
PICTURES = 0.3
"""Share of the height that the tabs get once they have something to show."""


class RoomForPictures(QObject):
    """Gives the tabs below the scatter their room with the first selection, or when a tab is chosen.

    Parameters
    ----------
    parts
        The scatter and the tabs, one above the other. Where the user moves their border, it stays.
    tabs
        What is shown of a selection.
    """

    def __init__(self, parts: QSplitter, tabs: QTabWidget) -> None:
        super().__init__(parts)
        self._parts, self._settled = parts, False
        parts.setStretchFactor(0, 1)
        parts.setSizes([ALL, 1])
        parts.splitterMoved.connect(self._settle)
        tabs.tabBarClicked.connect(self._share)

    def follow(self, selection: NDArray[np.bool_]) -> None:
        """Make room for the pictures of what is selected."""
        if selection.any():
            self._share()

    def _share(self, _tab: int = -1) -> None:
        if not self._settled:
            height = sum(self._parts.sizes())
            self._parts.setSizes([round(height * (1 - PICTURES)), round(height * PICTURES)])
            self._settled = True

    def _settle(self, _place: int, _index: int) -> None:
        self._settled = True
