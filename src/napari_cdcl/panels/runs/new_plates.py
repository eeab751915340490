"""The gate for new plates: a protocol, a screen, a verdict with its checks, and a decision that is kept."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_cdcl.actions.gate import (
    STOPPED,
    Gate,
    Newcomer,
    accept_steps,
    is_protocol,
    keep_statement,
    read_checks,
    read_gate,
    read_history,
    read_newcomer,
    stamp_of_decisions,
)
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.runs.gate_decision import GateDecision
from napari_cdcl.panels.runs.gate_protocol import GateProtocol, recent_protocols
from napari_cdcl.panels.runs.gate_source import GateSource
from napari_cdcl.panels.runs.gate_verdict import GateVerdict
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.column import scroll_to
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.path_drop import PathDrop
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.quality.decisions import Decision, Statement
    from cdcl.runs import Run

BOTH = "Choose a protocol and new plates first."


class NewPlates(QWidget):
    """Holds new plates against a protocol in a child, and keeps what the user decides."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gate: Gate | None = None
        self.newcomer: Newcomer | None = None
        self.checks: pd.DataFrame | None = None
        self._stamp, self._seen = -1, False
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        # Of their own: another protocol drops what is read of the last one, and nothing else.
        self._of_protocols, self._of_plates = BackgroundWorker(self), BackgroundWorker(self)
        self.worker = BackgroundWorker(self)
        self._looks = WhileShown(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._forget()

    def _make_controls(self) -> None:
        self.protocol, self.source = GateProtocol(), GateSource()
        self.checking = JobControls(
            "Check",
            "Embed the new plates by the protocol's network and hold them against its limits, in a process of its own.",
            done="",
            cancelled="Cancelled. The plates were not judged.",
            parent=self,
        )
        self.checking.answers = (STOPPED,)
        self.verdict, self.decision = GateVerdict(), GateDecision()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.protocol)
        layout.addWidget(self.source)
        layout.addLayout(flow(self.source.folder, self.source.table, self.checking.button))
        for part in (self.checking.progress, self.checking.words, self.verdict, self.decision):
            layout.addWidget(part)
        layout.addStretch()

    def _connect(self) -> None:
        self._drop = PathDrop(self)
        self._drop.dropped.connect(self._on_drop)
        self._looks.due.connect(self._look)
        self.protocol.chosen.connect(self.choose_protocol)
        self.source.chosen.connect(self.choose_plates)
        self.checking.wanted.connect(self.check)
        self.checking.step_ended.connect(self._allow)
        self.decision.decided.connect(self._keep)

    @property
    def busy(self) -> bool:
        """Whether something is read, or a child is at work."""
        reading = self._of_protocols.busy or self._of_plates.busy or self.worker.busy
        return reading or self.checking.running or self.protocol.making.running

    def set_run(self, run: Run | None) -> None:
        """Take the run that a protocol can be made of."""
        self.protocol.set_run(run)

    def choose_protocol(self, folder: Path) -> None:
        """Read a protocol, in a thread."""
        self.gate = None
        self._forget()
        self.protocol.about.setText("Reading …")
        self._of_protocols.forget()
        self._of_protocols.run(partial(read_gate, folder), self._show_gate, self._refuse_gate)

    def choose_plates(self, source: Path) -> None:
        """Read the table of new plates, in a thread."""
        self.newcomer = None
        self._forget()
        self.source.show_path(source)
        self.source.say("Reading …")
        self._of_plates.forget()
        self._of_plates.run(partial(read_newcomer, source), self._show_newcomer, self._refuse_plates)

    def check(self) -> None:
        """Hold the new plates against the protocol."""
        if self.gate is None or self.newcomer is None:
            self.checking.tell(BOTH)
            return
        self._forget()
        self._scratch = tempfile.TemporaryDirectory(prefix="cdcl-gate-", ignore_cleanup_errors=True)
        out = Path(self._scratch.name) / "checks.csv"
        self.checking.start(accept_steps(self.newcomer, self.gate, out), partial(self._read, out))
        self._allow()

    def _read(self, out: Path) -> None:
        self.worker.run(partial(read_checks, out), self._show_checks, self._fail)

    def _show_checks(self, checks: pd.DataFrame) -> None:
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        assert self.newcomer is not None
        self.checks = checks
        self.verdict.show_checks(checks)
        self.decision.offer(self.newcomer.plates)
        scroll_to(self.verdict)

    def _fail(self, error: Exception) -> None:
        self.checking.tell(words_of(error))

    def _forget(self) -> None:
        """Forget the last verdict: it was of another protocol or of other plates."""
        self.checks = None
        self.worker.forget()
        self.verdict.hide()
        self.decision.offer(())
        self.checking.words.clear()
        self.checking.words.hide()
        self._allow()

    def _allow(self) -> None:
        """Let nobody choose other plates while some are checked."""
        running = self.checking.running
        for part in (self.protocol, self.source, self.source.folder, self.source.table):
            part.setEnabled(not running)
        ready = self.gate is not None and self.newcomer is not None
        self.checking.button.setEnabled(running or ready)

    def _show_gate(self, gate: Gate) -> None:
        self.gate, self._stamp = gate, -1
        self.protocol.about.setText(gate.words)
        self.protocol.show_recent(gate.folder)
        self._allow()
        self._look_at_history()

    def _refuse_gate(self, error: Exception) -> None:
        self.protocol.show_recent()
        self.protocol.about.setText(words_of(error))
        self.decision.show_history((), 0)
        self._allow()

    def _show_newcomer(self, newcomer: Newcomer) -> None:
        self.newcomer = newcomer
        self.source.say(newcomer.words)
        self._allow()

    def _refuse_plates(self, error: Exception) -> None:
        self.source.say(words_of(error))
        self._allow()

    def _look(self) -> None:
        """Take the protocol of last time when the page is seen first; then see to the decisions."""
        recent = recent_protocols() if not self._seen else []
        self._seen = True
        if recent and self.gate is None and not self._of_protocols.busy:
            self.choose_protocol(recent[0])
        self._look_at_history()

    def _look_at_history(self) -> None:
        """Read the decisions anew where a line was added, here or on another machine."""
        if self.gate is None:
            return
        stamp = stamp_of_decisions(self.gate)
        if stamp != self._stamp:
            self._stamp = stamp
            self._of_protocols.run(
                partial(read_history, self.gate), lambda found: self.decision.show_history(*found), self._say
            )

    def _keep(self, statement: Statement) -> None:
        if self.gate is None or self.newcomer is None or self.checks is None:
            return
        self.decision.setEnabled(False)
        work = partial(keep_statement, self.gate, self.newcomer, statement, self.checks)
        self.worker.run(work, self._show_kept, self._say)

    def _show_kept(self, decision: Decision) -> None:
        self.decision.setEnabled(True)
        self.decision.begin_anew()
        of = ", ".join(decision.wells) or ", ".join(decision.plates)
        self.decision.say(f"Kept: {decision.who} {decision.decision} {of}.")
        self._look_at_history()

    def _say(self, error: Exception) -> None:
        self.decision.setEnabled(True)
        self.decision.say(words_of(error))

    def _on_drop(self, path: Path) -> None:
        if self.checking.running:
            return
        if is_protocol(path):
            self.choose_protocol(path)
        else:
            self.choose_plates(path)
