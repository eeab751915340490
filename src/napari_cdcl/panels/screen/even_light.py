"""The field on display under even light, and as it is, at a click."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QProgressBar, QWidget

from napari_cdcl.layers.field import fields_of
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import CANCELLED, Job
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from cdcl.events import Event
    from cdcl.pixels.illumination import FieldLight
    from cdcl.screen import Screen

PLANES = "illumination.json"
"""What `cdcl illumination` and a run call the planes."""


class EvenLight(QWidget):
    """A box to tick: fields are then shown as if lit evenly, by the run's planes, else as measured in a child.

    Pixels on disk and in the cache stay as they are, and so do contrast limits: what changes is the light.
    """

    relit = Signal()
    """The fields are drawn under another light now."""

    def __init__(self, viewer: Any, session: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields, self._session = fields_of(viewer), session
        self.box, self.bar = QCheckBox("even light"), QProgressBar()
        self.job: Job | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.worker = BackgroundWorker(self)
        self._links = Links()
        self._lay_out()
        self._links.add(session.screen_changed, self._forget)
        self._links.add(session.run_changed, self._forget)
        self.box.toggled.connect(self._on_toggled)

    def _lay_out(self) -> None:
        self.box.setToolTip(
            "Show fields as if the microscope lit them evenly: by what the run corrects by, else as measured on this "
            "screen. Untick to see them as they are. No file changes."
        )
        self.bar.setMaximumHeight(14)
        self.bar.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self.bar, 1)

    def _on_toggled(self, wanted: bool) -> None:
        if not wanted:
            self._end()
            self._show(None)
            return
        run, screen = self._session.run, self._session.screen
        if screen is None:
            self.box.setChecked(False)
        elif run is not None and run.illumination.exists():
            self._read(run.illumination, screen)
        else:
            self._measure(run.folder if run is not None else None, screen)

    def _measure(self, run: Path | None, screen: Screen) -> None:
        """Measure in a child, which reads all fields once."""
        self._folder = tempfile.TemporaryDirectory(prefix="cdcl-light-")
        place = Path(self._folder.name)
        source = run
        if source is None:
            from cdcl.screen.tables import write_screen

            source = place / "screen.parquet"
            write_screen(screen, source)
        self.job = Job(["illumination", str(source), "-o", str(place)], self)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(partial(self._on_measured, place / PLANES, screen))
        self.bar.setRange(0, 0)
        self.bar.show()
        self.job.start()

    def _hear(self, event: Event) -> None:
        from cdcl.events import Advanced, Began

        if isinstance(event, Began):
            self.bar.setRange(0, event.total or 0)
        elif isinstance(event, Advanced):
            self.bar.setValue(event.done)

    def _on_measured(self, path: Path, screen: Screen, well: bool, reason: str) -> None:
        self.job = None
        self.bar.hide()
        if well:
            self._read(path, screen)
        else:
            self._refuse("" if reason == CANCELLED else reason)

    def _read(self, path: Path, screen: Screen) -> None:
        self.worker.forget()
        self.worker.run(partial(_light_of, path, screen), partial(self._take, screen), self._complain)

    def _take(self, screen: Screen, found: tuple[FieldLight, str]) -> None:
        if self.box.isChecked() and self._session.screen is screen:
            self._show(found[0])
            self._session.told.emit(found[1])

    def _complain(self, error: Exception) -> None:
        self._refuse(words_of(error))

    def _refuse(self, reason: str) -> None:
        self.box.setChecked(False)
        if reason:
            self._session.told.emit(reason)

    def _show(self, light: FieldLight | None) -> None:
        pixels = self._fields.pixels
        if pixels is not None:
            pixels.light_by(light)
            for layer in self._fields.layers.values():
                layer.refresh()
            self.relit.emit()

    def _forget(self, _changed: Any = None) -> None:
        """Another screen, or another run's planes: show fields as they are."""
        self.box.setChecked(False)

    def _end(self) -> None:
        self.worker.forget()
        if self.job is not None:
            job, self.job = self.job, None
            job.leave()
        self.bar.hide()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _light_of(path: Path, screen: Screen) -> tuple[FieldLight, str]:
    """Read planes for the rows of a screen, and say what they are."""
    from cdcl.bounded import read_json
    from cdcl.errors import RunError
    from cdcl.pixels.illumination import FLAT, FieldLight, Illumination
    from cdcl.screen.plates import plate_keys

    try:
        found = Illumination.from_dict(read_json(path, RunError)).of_channels(screen.channels)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged; delete it and it is measured again.") from error
    sizes = np.ones((len(screen), 2), dtype=np.int64)  # fields of any size: a box of 1 x 1 is the whole of it
    light = FieldLight.of(found, plate_keys(screen.sites).to_numpy(), sizes)
    lost = found.loss()[found.origins != FLAT]
    if not len(lost):
        return light, "No plate's light can be told from even: fields are shown as they are."
    even = int((found.origins == FLAT).sum())
    more = f" {even} of {found.origins.size} planes cannot be told from flat." if even else ""
    return light, f"Shown under even light: the darkest place lacked {np.median(lost):.0%} of it.{more}"
