"""How images of a screen find partners, counted again whenever screen, pairing or split have changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_cdcl.panels.train.pairing_picture import Pairing, PairingPicture
from napari_cdcl.processes.background import BackgroundWorker

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.screen import Screen

WARN = "color: #e9a23b;"


class PairingPart(QWidget):
    """Shows the rungs of the ladder as a picture, in words, and what is doubtful about them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = BackgroundWorker(self)
        self._counted: tuple[Any, Any] = (None, None)
        self.picture = PairingPicture()
        self.words, self.doubts = QLabel(), QLabel()
        self.doubts.setStyleSheet(WARN)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for label in (self.words, self.doubts):
            label.setWordWrap(True)
        for widget in (self.words, self.picture, self.doubts):
            layout.addWidget(widget)

    def count(self, screen: Screen | None, config: RunConfig | None) -> None:
        """Count partners in the background, unless neither screen nor what decides on partners has changed."""
        if config is None and screen is not None:
            return  # what was counted last stays until the settings are right again
        if config is None or screen is None:
            self._counted = (None, None)
            self._show(None)
            return
        asked = (screen, (config.pairing, config.split))
        if self._counted[0] is asked[0] and self._counted[1] == asked[1]:
            return
        self._counted = asked
        self._worker.run(partial(Pairing.of, screen, config), lambda found: self._show_if_asked(asked, found))

    def _show_if_asked(self, asked: tuple[Any, Any], pairing: Pairing) -> None:
        if self._counted is asked:
            self._show(pairing)

    def _show(self, pairing: Pairing | None) -> None:
        self.picture.show_pairing(pairing)
        self.words.setText("" if pairing is None else pairing.in_words())
        self.doubts.setText("" if pairing is None else "\n".join(f"⚠ {doubt}" for doubt in pairing.doubts))
        self.doubts.setVisible(bool(self.doubts.text()))
