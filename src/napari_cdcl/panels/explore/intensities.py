"""Something to explore before any training: the fields of a screen, described by their pixels alone."""

from __future__ import annotations

from functools import partial
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QToolButton, QWidget

from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    from cdcl.events import Event
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

LOOKS = 100
"""Milliseconds between two looks at how far it is."""
WORDS = "fields by their intensities"
NOTE = "No network has seen them: they are the mean, spread, percentiles and correlations of the channels."


class IntensityMaker(QWidget):
    """A button where there are fields without profiles; a bar and a cross while it is at work, in a thread."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self._stop: Flag | None = None
        self._done = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOKS)
        self._timer.timeout.connect(self._show_progress)
        self.button, self.bar, self.cancel = QPushButton("Profile by intensities"), QProgressBar(), QToolButton()
        self._lay_out()
        for signal in (session.items_changed, session.screen_changed):
            self._links.add(signal, self._follow)
        self._follow()

    def _lay_out(self) -> None:
        self.button.setToolTip(f"Read every field once and describe it by its pixels. {NOTE}")
        self.button.clicked.connect(self.make)
        self.bar.setMaximumHeight(14)
        self.cancel.setText("✕")
        self.cancel.setToolTip("Cancel; nothing is kept.")
        self.cancel.clicked.connect(self._end)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.button, self.bar, self.cancel):
            layout.addWidget(widget)

    def make(self) -> None:
        """Begin; names that are not saved are asked for first, since other items come."""
        screen = self._session.screen
        if screen is None or not may_go(self._session, self):
            return
        self._stop, self._done = Flag(), 0
        self.bar.setRange(0, len(screen))
        self._timer.start()
        self._show()
        self.worker.forget()
        self.worker.run(partial(self._describe, screen, self._stop), partial(self._take, screen), self._complain)

    def _describe(self, screen: Screen, stop: Flag) -> Profiles | None:
        """Run the task in a thread, until it is done or nobody wants it any more."""
        from cdcl.events import Advanced
        from cdcl.profiles.baselines import intensities_of_images, standardise_features
        from cdcl.tasks import finish, tap

        def look(event: Event) -> None:
            if isinstance(event, Advanced):
                self._done = event.done
            if stop.is_set():
                raise _StoppedError

        try:
            return standardise_features(finish(tap(intensities_of_images(screen), look)))
        except _StoppedError:
            return None

    def _take(self, screen: Screen, profiles: Profiles | None) -> None:
        self._rest()
        if profiles is None or self._session.screen is not screen:
            return
        from napari_cdcl.models.items import Items

        items = Items.of_profiles(profiles, screen, title=WORDS)
        left_out = len(screen) - len(items)
        more = f" {counted(left_out, 'fields')} could not be read." if left_out else ""
        self._session.items = items
        self._session.told.emit(f"{counted(len(items), WORDS)}. {NOTE}{more}")

    def _complain(self, error: Exception) -> None:
        self._rest()
        self._session.told.emit(words_of(error))

    def _follow(self, _changed: Any = None) -> None:
        """Offer it where nothing else can be explored; what is at work on another screen ends."""
        self._end()
        self._show()

    def _end(self) -> None:
        if self._stop is not None:
            self._stop.set()
            self.worker.forget()
        self._rest()

    def _rest(self) -> None:
        self._stop = None
        self._timer.stop()
        self._show()

    def _show(self) -> None:
        items, busy = self._session.items, self._stop is not None
        self.setVisible(busy or (items is not None and items.values is None))
        self.button.setVisible(not busy)
        for widget in (self.bar, self.cancel):
            widget.setVisible(busy)

    def _show_progress(self) -> None:
        self.bar.setValue(self._done)


class _StoppedError(Exception):
    """Ends a task whose result nobody wants."""
