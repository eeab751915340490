"""A line at the foot of a panel: what was done, or what is wrong and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from napari_cdcl.models.session import Session


class MessageLine(QLabel):
    """Shows the last thing the session told, until the next."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._links = Links()
        self._links.add(session.told, self.say)
        self.say("")

    def say(self, text: str) -> None:
        """Show a line; an empty one takes no room."""
        self.setText(text)
        self.setVisible(bool(text))
