"""A picture in a window of its own: fitted into it, or at its full size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, QTimer, QUrl
from qtpy.QtGui import QDesktopServices, QPixmap
from qtpy.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout

if TYPE_CHECKING:
    from pathlib import Path

    from qtpy.QtGui import QResizeEvent
    from qtpy.QtWidgets import QWidget

SIZE = (900, 700)
"""Width and height of the window at first."""


class PictureWindow(QDialog):
    """Shows a picture from a file; it closes with its parent."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(path.name)
        self._path, self._pixmap = path, QPixmap(str(path))
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.whole = QCheckBox("fit into the window")
        self.whole.setChecked(True)
        self.whole.setToolTip("Show all of the picture, or each of its pixels.")
        self.opener = QPushButton("Open in another program")
        self.opener.setToolTip("Open the file with the program that this computer has for pictures.")
        self._lay_out()
        self.whole.toggled.connect(self._fit)
        self.opener.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))
        self.resize(*SIZE)
        self._fit()
        self._fitting.start()

    def _lay_out(self) -> None:
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.picture)
        place = QLabel(str(self._path))
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(place, 1)
        below.addWidget(self.whole)
        below.addWidget(self.opener)
        layout = QVBoxLayout(self)
        layout.addWidget(self.area, 1)
        layout.addLayout(below)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the picture anew, once the parts of the window have their places."""
        super().resizeEvent(event)
        self._fitting.start()

    def _fit(self, _checked: bool = True) -> None:
        room = self.area.maximumViewportSize() - QSize(2, 2)
        shown = self._pixmap
        if self.whole.isChecked() and not shown.isNull():
            fitted = shown.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio).boundedTo(shown.size())
            how = (Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
            shown = shown.scaled(fitted, *how)
        self.picture.setPixmap(shown)
