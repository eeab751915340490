"""Behind the pattern wizard: names listed, patterns tried and screens read in threads, the last wish first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from cdcl.errors import CDCLError
from cdcl.readers.plausibility import DOUBTFUL
from napari_cdcl import actions
from napari_cdcl.actions import pattern_wizard
from napari_cdcl.models.window_words import words_of
from napari_cdcl.models.written import with_formulas
from napari_cdcl.panels.screen.pattern_wizard import PatternWizard
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qtpy.QtWidgets import QWidget

    from cdcl.readers import Scan
    from napari_cdcl.actions.pattern_wizard import Names, Trial
    from napari_cdcl.models.session import Session


class NameReading(QObject):
    """Drives one `PatternWizard` for one folder."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.dialog = PatternWizard(parent)
        self.worker = BackgroundWorker(self, workers=2)
        self.names: Names | None = None
        self.scan: Scan | None = None
        self._wish = 0
        self.dialog.changed.connect(self.try_pattern)
        self.dialog.stacks_chosen.connect(lambda _: self.try_pattern(self.dialog.pattern.text()))
        self.dialog.opened.connect(self.open)
        self.dialog.saved.connect(self.save)

    def begin(self, folder: Path) -> None:
        """Show the dialog and list the names below a folder."""
        self.names = self.scan = None
        self.dialog.show_folder(folder, "listing its files …")
        self.dialog.allow(False)
        self.dialog.set_busy(True)
        self.dialog.show()
        self.dialog.paint_buttons()
        self.dialog.raise_()
        self._ask(partial(pattern_wizard.look_at_names, folder), self._on_names)

    def _on_names(self, names: Names) -> None:
        self.names = names
        guessed = "a pattern was guessed from their names" if names.pattern else "their names suggest no pattern"
        self.dialog.show_folder(names.tree.root, f"{len(names.tree.images):,} images; {guessed}.")
        self.dialog.pattern.setText(names.pattern or pattern_wizard.START)
        self.try_pattern(self.dialog.pattern.text())

    def try_pattern(self, pattern: str) -> None:
        """Try a pattern on the names; of what was asked before, nothing is shown any more."""
        self.scan = None
        self.dialog.allow(False)
        if self.names is None:
            return
        fault = pattern_wizard.find_fault(pattern)
        if fault is not None:
            self._wish += 1
            self.worker.forget()
            self.dialog.set_busy(False)
            self.dialog.show_fault(fault)
            self.dialog.say("")
            return
        wish = self._wish + 1
        self._ask(
            partial(pattern_wizard.try_pattern, pattern, self.names.tree.images, lambda: self._wish == wish),
            self._on_trial,
        )

    def _on_trial(self, trial: Trial | None) -> None:
        if trial is None or self.names is None:
            return
        self.dialog.show_trial(trial)
        if not trial.num_matched:
            self.dialog.set_busy(False)
            self.dialog.say("No name matches: compare the pattern with the names that are not matched.")
            self.dialog.tabs.setCurrentWidget(self.dialog.unmatched)
            return
        self.dialog.tabs.setCurrentWidget(self.dialog.matched)
        self.dialog.say("reading …")
        self._ask(partial(self._read, trial.pattern, self.names, self.dialog.stacks.key), self._on_read)

    @staticmethod
    def _read(pattern: str, names: Names, z: str) -> tuple[Scan, dict[str, str]]:
        scan = pattern_wizard.read_names(pattern, names.tree, z)
        return scan, {} if "batch" in scan.screen.sites else pattern_wizard.offer_batches(scan.screen)

    def _on_read(self, read: tuple[Scan, dict[str, str]]) -> None:
        self.scan, offers = read
        self.dialog.set_busy(False)
        # What is left out and what is doubtful stands above, beside the pattern.
        told = ("other images are left out", DOUBTFUL)
        notes = [note for note in self.scan.notes if not any(text in note for text in told)]
        self.dialog.show_found("\n".join([f"Found {self.scan.extent}.", *notes]), offers)
        if "batch" in self.scan.screen.sites:
            self.dialog.show_batches("as the names say")

    def open(self) -> None:
        """Open what was read."""
        if self.scan is None or not may_go(self._session, self.dialog):
            return
        try:
            actions.show_opened(self._session, pattern_wizard.open_names(self.scan, self.dialog.batches.key))
        except CDCLError as error:
            self.dialog.say(words_of(error))
            return
        self.dialog.close()

    def save(self, path: Path) -> None:
        """Write what was read as a table."""
        if self.scan is None:
            return
        try:
            pattern_wizard.save_names(self._session, self.scan, self.dialog.batches.key, path)
        except CDCLError as error:
            self.dialog.say(words_of(error))
            return
        self.dialog.say(with_formulas(f"Wrote {path}: {len(self.scan.screen):,} fields.", path))

    def _ask(self, work: Callable[[], Any], done: Callable[[Any], object]) -> None:
        """Send for something, and forget what was asked before."""
        self._wish += 1
        wish = self._wish
        self.worker.forget()
        self.dialog.set_busy(True)

        def show(result: object) -> None:
            if wish == self._wish:
                done(result)

        def complain(error: Exception) -> None:
            if wish == self._wish:
                self.dialog.set_busy(False)
                self.dialog.say(words_of(error))

        self.worker.run(work, show, complain)
