"""Embed a screen with a trained network; the profiles appear in the Explore panel."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from cdcl.runs import Run
from napari_cdcl import actions
from napari_cdcl.models.messages import Message, Offer
from napari_cdcl.models.window_words import words_of
from napari_cdcl.preferences import device_arguments
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.launch import IN_MEMORY, has_files
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_folder
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.screen import Screen
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

LEVELS = {"site": "fields (sites)", "well": "wells", "treatment": "treatments", "cell": "single cells"}
SCREENS = {"own": "the run's own screen", "open": "the screen that is open"}
METHODS = {"umap": "UMAP", "pca": "PCA (fast)"}


class EmbedPart(QWidget):
    """Runs `cdcl embed`, then `cdcl project`, in children; what is done when it is cancelled is kept by them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._worker = BackgroundWorker(self)
        self.model: Path | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._make_controls()
        self._lay_out()
        self._connect()

    def _make_controls(self) -> None:
        self.name = QLabel("Choose a run above, or")
        self.name.setWordWrap(True)
        self.other = QPushButton("another model…")
        self.other.setToolTip("A folder with weights.safetensors and weights.json, as Export model writes it.")
        self.fields = Chooser("Whose fields are embedded; channels are matched by their names.")
        self.fields.offer(SCREENS, "own")
        self.level = Chooser("What gets a profile; wells and treatments are means of their fields.")
        self.level.offer(LEVELS, "site")
        self.method = Chooser("How the profiles are drawn as points: the projection to two dimensions.")
        self.method.offer(METHODS, "umap")
        self.controls = JobControls(
            "Embed and show",
            "Compute profiles and project them to two dimensions, in a process of its own.",
            done="",
            cancelled="Cancelled. What was decoded and embedded is kept: the next time goes on from there.",
            parent=self,
        )
        self.button, self.progress, self.words = self.controls.button, self.controls.progress, self.controls.words
        self.button.setEnabled(False)

    def _lay_out(self) -> None:
        model = QHBoxLayout()
        model.addWidget(self.name, 1)
        model.addWidget(self.other)
        form = QFormLayout(self)
        form.addRow("model", model)
        form.addRow("screen", self.fields)
        form.addRow("level", self.level)
        form.addRow("projection", self.method)
        form.addRow(self.button)
        form.addRow(self.progress)
        form.addRow(self.words)

    def _connect(self) -> None:
        self.other.clicked.connect(self._ask_model)
        self.controls.wanted.connect(self.embed)
        self.controls.step_ended.connect(self._sweep)

    def set_model(self, place: Path) -> None:
        """Take a run, or a folder with a model."""
        self.model = place
        run = Run(place).config.is_file()
        self.name.setText(f"{'run' if run else 'model'} <b>{place.name}</b>")
        self.name.setToolTip(str(place))
        self.fields.offer(SCREENS if run else {"open": SCREENS["open"]}, self.fields.key if run else "open")
        self.button.setEnabled(True)

    @property
    def running(self) -> bool:
        """Whether children are at work."""
        return self.controls.running

    def embed(self) -> None:
        """Start."""
        if self.model is None:
            return
        level, method = self.level.key, self.method.key
        if self.fields.key == "own":
            run = Run(self.model)
            cells = ["--level", "cell"] if level == "cell" else []
            of = run.projection(method if level == "site" else f"{method}@{level}")
            project = ["project", str(run.folder), "--level", level, "--method", method, "-o", str(of)]
            embed = ["embed", str(run.folder), *cells, *device_arguments()]
            self.controls.start([embed, project], partial(self._show_own, run, level))
            return
        screen = self._session.screen
        if screen is None or not has_files(screen):
            self.words.setText("No screen is open: open one first (Screen panel)." if screen is None else IN_MEMORY)
            return
        self._embed_other(self.model, screen)

    def _embed_other(self, model: Path, screen: Screen) -> None:
        level, method = self.level.key, self.method.key
        self._scratch = tempfile.TemporaryDirectory(prefix="cdcl-", ignore_cleanup_errors=True)
        table = Path(self._scratch.name) / "screen.parquet"
        from cdcl.screen.tables import write_screen  # brings pandas, and no panel waits for that

        write_screen(screen, table)
        place = model if Run(model).config.is_file() else model.parent
        out = place / "embeddings" / f"{model.name}-on-{screen.folder.resolve().name}-{level}.parquet"
        plane = out.with_name(f"{out.stem}.{method}.parquet")
        embed = ["embed", str(model), "--screen", str(table), "--level", level, "-o", str(out), *device_arguments()]
        project = ["project", str(out), "--method", method, "-o", str(plane)]
        self.controls.start([embed, project], partial(self._show_other, screen, out, plane, method))

    def _sweep(self) -> None:
        """Take away the table that the children read, once both have ended."""
        if self._scratch is not None and not self.running:
            self._scratch.cleanup()
            self._scratch = None

    def _show_own(self, run: Run, level: str) -> None:
        def show(opened: actions.Opened) -> None:
            if not self._may_leave():
                return
            actions.show_opened(self._session, opened)
            self._session.panel_wanted.emit("Explore")
            self.controls.tell(f"{len(self._session.items or ()):,} {LEVELS[level]} are in the Explore panel.")

        self._offer(run.folder.name, lambda: self._read(partial(actions.read_source, run.folder, level), show))

    def _offer(self, name: str, show: Callable[[], object]) -> None:
        """Show what is ready, or, while other profiles are explored, let the user say when."""
        items = self._session.items
        if items is None or items.values is None:
            show()
            return
        self.controls.tell(f"The profiles of {name} are ready.")
        tip = "What is explored now is kept with its run."
        self._session.told.emit(Message(f"The profiles of {name} are ready.", Offer(f"Explore {name}", show, tip)))

    def _show_other(self, screen: Screen, out: Path, plane: Path, method: str) -> None:
        def read() -> Items:
            from cdcl.profiles import read_profiles
            from cdcl.projections import read_projection
            from napari_cdcl.models.items import Items

            points = {method: read_projection(plane).points}
            return Items.of_profiles(read_profiles(out), screen, points, out.stem)

        def show(items: Items) -> None:
            if not self._may_leave():
                return
            self._session.open(screen, None, items)
            self._session.panel_wanted.emit("Explore")
            self.controls.tell(f"{len(items):,} profiles are in the Explore panel; they are kept in {out}.")

        self._offer(out.stem, lambda: self._read(read, show))

    def _may_leave(self) -> bool:
        """Ask where something that is not saved would be lost."""
        if may_go(self._session, self):
            return True
        self.controls.tell("The profiles are ready.")
        return False

    def _read(self, work: Callable[[], object], show: Callable[..., object]) -> None:
        self.words.setText("reading …")
        self._worker.run(work, show, lambda error: self.controls.tell(words_of(error)))

    def _ask_model(self) -> None:
        folder = ask_folder(self, "A folder with a model")
        if folder:
            self.set_model(folder)
