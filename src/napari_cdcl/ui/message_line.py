"""A line at the foot of a panel: what was done, or what is wrong, with buttons for what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from superqt import QFlowLayout

from napari_cdcl.models.window_words import in_window
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from napari_cdcl.models.messages import Offer
    from napari_cdcl.models.session import Session


class MessageLine(QWidget):
    """Shows the last thing the session told, until the next."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row = QWidget()
        self.offers: list[QPushButton] = []
        self._lay_out()
        self._links = Links()
        self._links.add(session.told, self.say)
        self.say("")

    def _lay_out(self) -> None:
        flow = QFlowLayout(self._row)
        layout = QVBoxLayout(self)
        layout.setSpacing(2)
        for each in (flow, layout):
            each.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        layout.addWidget(self._row)
        # Not Maximum: that is the height of a wider line, and cuts a long one off in a narrow dock.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """Give the line that is shown."""
        return self._label.text()

    def say(self, text: str) -> None:
        """Show a line, and its offers if it is a `Message`; an empty one takes no room."""
        self._label.setText(in_window(str(text)))
        for button in self.offers:
            button.hide()  # deleted later: it may be the one that was just pressed
            button.deleteLater()
        own = self._own_panel()
        offers: tuple[Offer, ...] = getattr(text, "offers", ())
        self.offers = [self._offer(one) for one in offers if not own or one.panel != own]
        self._row.setVisible(bool(self.offers))
        self.setVisible(bool(text))

    def _own_panel(self) -> str:
        """Give the name of the panel that the line stands in, or ""."""
        up = self.parentWidget()
        while up is not None:
            if name := getattr(up, "menu_name", ""):
                return str(name)
            up = up.parentWidget()
        return ""

    def _offer(self, offer: Offer) -> QPushButton:
        button = QPushButton(offer.title)
        button.setToolTip(offer.tip or offer.title)
        button.clicked.connect(lambda: offer.act())
        layout = self._row.layout()
        assert layout is not None
        layout.addWidget(button)
        return button
