"""A heading that opens and closes what lies beneath it, which is built when it is opened first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from napari_cdcl.ui.accessible import make_accessible

if TYPE_CHECKING:
    from collections.abc import Callable


class Fold(QWidget):
    """Hides a widget under a heading.

    Parameters
    ----------
    title, tip
        The heading and what it says under the cursor.
    build
        Makes the widget, once.
    """

    def __init__(self, title: str, tip: str, build: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._build = title, build
        self.inside: QWidget | None = None
        self.heading = QToolButton()
        self.heading.setText(title)
        self.heading.setToolTip(tip)
        self.heading.setCheckable(True)
        self.heading.setAutoRaise(True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setArrowType(Qt.ArrowType.RightArrow)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.toggled.connect(self._toggle)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.heading)

    def open(self) -> None:
        """Show what lies beneath."""
        self.heading.setChecked(True)

    def mark(self, wrong: bool) -> None:
        """Say on the heading that something beneath is wrong."""
        self.heading.setText(f"{self._title}  ⚠" if wrong else self._title)

    def _toggle(self, opened: bool) -> None:
        self.heading.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        if opened and self.inside is None:
            self.inside = self._build()
            self._layout.addWidget(self.inside)
            make_accessible(self)
        if self.inside is not None:
            self.inside.setVisible(opened)
