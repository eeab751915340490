"""Keeps contrast limits comparable: measured over a plate or the screen, unless the user sets them by hand.

It belongs to the viewer, not to the Screen panel: fields of another plate are drawn from any panel.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from qtpy.QtCore import QObject

from napari_cdcl.layers.contrast import sample_limits
from napari_cdcl.models.session import session_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.qt_ownership import delete_with
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from napari_cdcl.layers.contrast import Limits
    from napari_cdcl.models.session import Session

SCOPES = {"plate": "measured on each plate", "screen": "measured on the whole screen", "hand": "as set by hand"}


class ContrastKeeper(QObject):
    """Measures in a thread and sets the session's luts. Ask `contrast_of` for a viewer's."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._screen = session.screen
        self._measured: dict[tuple[str, int], Limits] = {}
        self._shown: tuple[str, int] | None = None
        self._own = False
        self._limits: dict[str, tuple[float, float]] = {}
        self.worker = BackgroundWorker(self)
        self._links = Links()
        self._links.add(session.screen_changed, self._forget)
        self._links.add(session.screen_relabelled, self._on_relabelled)
        self._links.add(session.row_changed, self._follow)
        self._links.add(session.luts_changed, self._notice)
        self._links.add(session.scope_changed, self._on_scope)
        self._follow()

    def _forget(self, _screen: Any = None) -> None:
        self.worker.forget()
        self._measured.clear()
        self._shown, self._screen = None, self._session.screen
        self._follow()

    def _on_relabelled(self, screen: Any) -> None:
        """The pixels are the same, but plates may be numbered anew."""
        self.worker.forget()
        self._screen, self._shown = screen, None
        self._measured.clear()
        self._follow()

    def _on_scope(self, _scope: str) -> None:
        self._shown = None
        self._follow()

    def _follow(self, _row: int = -1) -> None:
        layout, screen, row = self._session.plate_layout, self._session.screen, self._session.row
        if layout is None or screen is None or row < 0 or self._session.scope == "hand":
            return
        plate = layout.plate_at(row) if self._session.scope == "plate" else -1
        key = (self._session.scope, plate)
        if key == self._shown:
            return
        self._shown = key
        if key in self._measured:
            self._apply(key, self._measured[key])
            return
        rows = np.arange(len(screen)) if plate < 0 else np.flatnonzero(layout.plate_of[layout.well_of] == plate)
        self.worker.forget()
        self.worker.run(partial(sample_limits, screen, rows), partial(self._keep, key))

    def _keep(self, key: tuple[str, int], limits: Limits) -> None:
        self._measured[key] = limits
        if key == self._shown:
            self._apply(key, limits)

    def _apply(self, key: tuple[str, int], limits: Limits) -> None:
        screen = self._session.screen
        if screen is None or key != self._shown or not limits or self._session.scope == "hand":
            return
        luts = dict(self._session.luts)
        for name, (low, high) in zip(screen.channels, limits, strict=True):
            if name in luts:
                luts[name] = replace(luts[name], low=low, high=high)
        self._own = True
        try:
            self._session.luts = luts
        finally:
            self._own = False
        self._limits = {name: (look.low, look.high) for name, look in luts.items()}

    def _notice(self, luts: Any) -> None:
        """Leave contrast to the user once they have touched it."""
        if self._screen is not self._session.screen:
            return  # another screen is being opened, and its layers have just come
        if self._own or self._shown not in self._measured or self._session.scope == "hand":
            return
        if {name: (look.low, look.high) for name, look in luts.items()} != self._limits:
            self._session.scope = "hand"


_KEEPERS: WeakKeyDictionary[Any, ContrastKeeper] = WeakKeyDictionary()


def contrast_of(viewer: Any) -> ContrastKeeper:
    """Give the contrast keeper of a viewer, made with the first panel that asks."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _KEEPERS:
        keeper = _KEEPERS[viewer] = ContrastKeeper(session_of(viewer))
        delete_with(viewer, keeper)
    return _KEEPERS[viewer]
