"""The dialog that reads a screen by its file names. It knows no session: it shows, and says what the user wants."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.readers.pattern import PARTS
from cdcl.readers.plausibility import DOUBTFUL
from napari_cdcl.models.owned_files import free_path
from napari_cdcl.panels.screen.name_table import NameTable, UnmatchedList
from napari_cdcl.panels.screen.part_colours import behind, paint_pattern
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_new_file

if TYPE_CHECKING:
    from napari_cdcl.actions.pattern_wizard import Fault, Trial

PATIENCE = 250
"""Milliseconds without a key before a pattern is tried."""
WRONG = "border: 1px solid #e5484d;"
DEPTHS = {"": "as found: projection, else maximum", "max": "maximum projection"}
UNKNOWN = {"": "not known: no batches"}
HINT = (
    "Parts in braces: {well}, or {row} and {column}, are needed; * is any text. Select text and press a part to put it "
    "there. A pattern with (?P&lt;well&gt;…) is a regular expression."
)


class PatternWizard(QDialog):
    """A pattern, what it makes of the names, and what is still to be chosen."""

    changed = Signal(str)
    """The pattern, once nothing was typed for a moment."""
    stacks_chosen = Signal(str)
    """What becomes of stacks: "", "max", or a plane."""
    batches_chosen = Signal(str)
    """How the batches are told: "" or one of the ways that were offered."""
    opened = Signal()
    saved = Signal(object)
    """The path to write the screen's table to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Read a screen by its file names")
        self.folder = Path()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(lambda: self.changed.emit(self.pattern.text()))
        self._make_controls()
        self._lay_out()
        self._connect()
        self.resize(820, 640)

    def _make_controls(self) -> None:
        self.heading = QLabel()
        self.heading.setWordWrap(True)
        self.pattern = QLineEdit()
        self.pattern.setToolTip("What the file names look like.")
        self.pattern.setAccessibleName("pattern")
        self._plain_style = self.pattern.styleSheet()
        self.painted, self.verdict, self.doubts, self.found = QLabel(), QLabel(), QLabel(), QLabel()
        for label in (self.painted, self.verdict, self.doubts, self.found):
            label.setWordWrap(True)
        self.found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.parts = {part: self._part_button(part) for part in ("*", *PARTS)}
        self.matched, self.unmatched = NameTable(), UnmatchedList()
        self.tabs = QTabWidget()
        self.tabs.addTab(self.matched, "Matched")
        self.tabs.addTab(self.unmatched, "Not matched")
        self.stacks = Chooser("What becomes of stacks: the brightest of all their images (planes), or one of these.")
        self.stacks.offer(DEPTHS, "")
        self.batches = Chooser(
            "Plates made together. What is offered is a guess: choose it only if you know it is right."
        )
        self.batches.offer(UNKNOWN, "")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(4)
        self.opener = QPushButton("Open")
        self.opener.setToolTip("Open the screen that was read.")
        self.saver = QPushButton("Save table…")
        self.saver.setToolTip("Write the screen as a table that opens from now on without a pattern.")
        self.closer = QPushButton("Close")
        self.closer.setToolTip("Close, and open nothing.")
        for button in (self.opener, self.saver, self.closer):
            button.setAutoDefault(False)
        self.allow(False)

    def _part_button(self, part: str) -> QToolButton:
        button = QToolButton()
        button.setText(part if part == "*" else f"{{{part}}}")
        what = "any text that means nothing" if part == "*" else part
        button.setToolTip(f"Put {what} where the cursor is, or in place of the selected text.")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _lay_out(self) -> None:
        parts = QGridLayout()
        parts.setSpacing(2)
        for number, button in enumerate(self.parts.values()):
            parts.addWidget(button, number // 5, number % 5)
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
        hint = QLabel(HINT)
        hint.setWordWrap(True)
        form = QFormLayout()
        form.addRow("stacks (z)", self.stacks)
        form.addRow("batches", self.batches)
        buttons = QHBoxLayout()
        buttons.addWidget(self.saver)
        buttons.addStretch()
        buttons.addWidget(self.closer)
        buttons.addWidget(self.opener)
        layout = QVBoxLayout(self)
        for widget in (self.heading, self.pattern, self.painted):
            layout.addWidget(widget)
        layout.addLayout(parts)
        for widget in (hint, self.verdict, self.doubts):
            layout.addWidget(widget)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(form)
        layout.addWidget(self.progress)
        layout.addWidget(self.found)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.pattern.textChanged.connect(self._on_text)
        for part, button in self.parts.items():
            button.clicked.connect(partial(self._insert, part if part == "*" else f"{{{part}}}"))
        self.stacks.chosen.connect(self.stacks_chosen)
        self.batches.chosen.connect(self.batches_chosen)
        self.opener.clicked.connect(self.opened)
        self.saver.clicked.connect(self._ask_file)
        self.closer.clicked.connect(self.close)

    def show_folder(self, folder: Path, words: str) -> None:
        """Say whose names these are."""
        self.folder = folder
        self.heading.setText(f"<b>{folder.resolve().name}</b>: {words}")
        self.heading.setToolTip(str(folder))

    def show_fault(self, fault: Fault) -> None:
        """Mark what is wrong with the pattern, where it stands."""
        self.pattern.setStyleSheet(WRONG)
        self.painted.setText(paint_pattern(self.pattern.text(), fault, self))
        where = f" (character {fault.start + 1})" if fault.end > fault.start else ""
        self.verdict.setText(f"⚠ {fault.reason[:1].upper()}{fault.reason[1:]}{where}.")
        self.doubts.clear()
        self.matched.clear_names()
        self.unmatched.show_names((), 0)
        self.tabs.setTabText(0, "Matched")
        self.tabs.setTabText(1, "Not matched")
        self.allow(False)

    def show_trial(self, trial: Trial) -> None:
        """Show what the pattern makes of the names."""
        self.pattern.setStyleSheet(self._plain_style)
        self.painted.setText(paint_pattern(trial.pattern, None, self))
        self.verdict.setText(f"Matched {trial.num_matched:,} of {trial.num_names:,} names.")
        self.doubts.setText("\n".join(f"⚠ {line}" if line.startswith(DOUBTFUL) else line for line in trial.doubts))
        self.doubts.setVisible(bool(trial.doubts))
        self.matched.show_trial(trial)
        num = trial.num_names - trial.num_matched
        self.unmatched.show_names(trial.unmatched, num)
        self.tabs.setTabText(0, f"Matched ({trial.num_matched:,})")
        self.tabs.setTabText(1, f"Not matched ({num:,})")
        planes = {z: f"plane {z}" for z in sorted(trial.values.get("z", ()), key=lambda z: (len(z), z))[:200] if z}
        self.stacks.offer({**DEPTHS, **planes}, self.stacks.key if self.stacks.key in {**DEPTHS, **planes} else "")

    def show_found(self, words: str, offers: dict[str, str]) -> None:
        """Say what was read, and offer its batches; none is chosen."""
        if offers:
            proposed = "; by ".join(offers.values())
            words = f"{words}\nThe names may tell batches by {proposed} (plates of each); choose one if it is right."
        self.found.setText(words)
        key = self.batches.key if self.batches.key in offers else ""
        self.batches.offer({**UNKNOWN, **offers}, key)
        self.allow(True)

    def show_batches(self, words: str) -> None:
        """Say that the names tell the batches themselves."""
        self.batches.offer({"": words}, "")

    def say(self, words: str) -> None:
        """Say what is wrong, or under way."""
        self.found.setText(words)

    def set_busy(self, busy: bool) -> None:
        """Show that something is under way."""
        self.progress.setVisible(busy)

    def allow(self, ready: bool) -> None:
        """Let the user open and save, or not."""
        self.opener.setEnabled(ready)
        self.saver.setEnabled(ready)
        self.opener.setDefault(ready)

    def _on_text(self, text: str) -> None:
        self.painted.setText(paint_pattern(text, None, self))
        self.allow(False)
        self._timer.start()

    def _insert(self, text: str) -> None:
        self.pattern.insert(text)
        self.pattern.setFocus()

    def _ask_file(self) -> None:
        proposed = str(free_path(self.folder, "screen.csv"))
        path = ask_new_file(self, "Save the screen's table", proposed, "Tables (*.csv *.parquet)")
        if path:
            self.saved.emit(path)

    def paint_buttons(self) -> None:
        """Give the buttons of parts their colours; done when the dialog has its palette."""
        for part, button in self.parts.items():
            if part in PARTS:
                button.setStyleSheet(f"QToolButton {{ background: {behind(part, self).name()}; }}")
