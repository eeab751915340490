"""Buttons and keys that go from field to field and from well to well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from qtpy.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from napari_cdcl import actions
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.links import Links, is_alive

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_cdcl.models.session import Session

WITHIN = {"plate": "in the plate", "well": "in the well", "selection": "in the selection", "screen": "in the screen"}
KEYS = {
    "Alt-Right": (1, False),
    "Alt-Left": (-1, False),
    "Alt-Shift-Right": (1, True),
    "Alt-Shift-Left": (-1, True),
}
"""Keys in napari's spelling: onward or back, and whether by wells."""


class Steps(QWidget):
    """Steps through fields of the plate, the well, the selection or the screen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self._viewer_ref: Callable[[], Any] = _nobody
        self.within = Chooser("Among which fields the arrows step.")
        self.within.setMinimumContentsLength(3)
        self.within.offer(WITHIN, "plate")
        self.place = QLabel()
        self.place.setToolTip("Which field of the screen is shown.")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for text, tip, act in (
            ("◀◀", "First field of the previous well (Alt+Shift+Left).", lambda: self.step_well(-1)),
            ("◀", "Previous field (Alt+Left).", lambda: self.step(-1)),
            ("▶", "Next field (Alt+Right).", lambda: self.step(1)),
            ("▶▶", "First field of the next well (Alt+Shift+Right).", lambda: self.step_well(1)),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.clicked.connect(act)
            layout.addWidget(button)
        layout.addWidget(self.within, 1)
        layout.addWidget(self.place)
        self._links.add(session.row_changed, self._tell)
        self._links.add(session.screen_changed, self._tell)
        self._tell()

    def step(self, by: int) -> None:
        """Go to the next (+1) or previous (-1) field."""
        actions.step(self._session, by, self.within.key)  # type: ignore[arg-type]

    def step_well(self, by: int) -> None:
        """Go to the first field of the next (+1) or previous (-1) well."""
        actions.step_well(self._session, by)

    def bind(self, viewer: Any) -> None:
        """Let the keys work wherever the cursor is in the viewer, as long as the buttons are there."""
        self._viewer_ref = ref(getattr(viewer, "__wrapped__", viewer))
        for key, (by, wells) in KEYS.items():
            viewer.bind_key(key, _presser(ref(self), by, wells=wells), overwrite=True)

    def unbind(self) -> None:
        """Give the keys back."""
        viewer = self._viewer_ref()
        for key in KEYS if viewer is not None else ():
            viewer.bind_key(key, None)
        self._viewer_ref = _nobody

    def _tell(self, _changed: Any = None) -> None:
        screen, row = self._session.screen, self._session.row
        self.setEnabled(screen is not None)
        self.place.setText("" if screen is None or row < 0 else f"{row + 1:,} of {len(screen):,}")


def _nobody() -> None:
    """Stand for a viewer that is gone, or was never there."""


def _presser(weak: Callable[[], Steps | None], by: int, *, wells: bool) -> Callable[[Any], None]:
    """Make what a key calls; napari shows its name and its words, so that it must be a function of its own."""

    def press(_viewer: Any) -> None:
        steps = weak()
        if steps is not None and is_alive(steps):
            steps.step_well(by) if wells else steps.step(by)

    press.__name__ = f"{'next' if by > 0 else 'previous'}_{'well' if wells else 'field'}"
    press.__doc__ = f"Show the {press.__name__.replace('_', ' ')} of the screen."
    return press
