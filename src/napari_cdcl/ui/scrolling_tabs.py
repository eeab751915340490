"""Tabs whose pages scroll, so that the highest of them does not take the room of what stands above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QTabWidget, QWidget

from napari_cdcl.ui.column import Column

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

LEAST = 150
"""Pixels of height that the tabs insist on: their bar, and a row of pictures or of a table."""


class ScrollingTabs(QTabWidget):
    """Shows one of its pages; each scrolls by itself where there is no room.

    Parameters
    ----------
    pages
        Widgets with the titles of their tabs.
    scrolled
        Pages that scroll what they hold already, and get no second bar.
    """

    def __init__(
        self, pages: Iterable[tuple[QWidget, str]], scrolled: Container[QWidget] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        for page, title in pages:
            self.addTab(page if page in scrolled else Column(page), title)

    @property
    def page(self) -> QWidget | None:
        """The page on display."""
        return _page_in(self.currentWidget())

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        for index in range(self.count()):
            if _page_in(self.widget(index)) is page:
                self.setCurrentIndex(index)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for little height, whatever the pages would like."""
        return QSize(super().minimumSizeHint().width(), LEAST)


def _page_in(shown: QWidget | None) -> QWidget | None:
    return shown.widget() if isinstance(shown, Column) else shown
