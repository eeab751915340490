"""What becomes of a training when the window is closed: asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMainWindow, QMessageBox, QWidget

if TYPE_CHECKING:
    from napari_cdcl.runs.training_queue import TrainingQueue

Answer = Literal["keep", "stop", "back"]
_NAME = "cdcl-closing"


class ClosingQuestion(QObject):
    """Stands before a main window's closing while a training of its own is at work."""

    def __init__(self, window: QMainWindow, trainings: TrainingQueue) -> None:
        super().__init__(window)
        self.setObjectName(_NAME)
        self._window, self._trainings = window, trainings
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Ask, and let the window close or not."""
        # PySide asks also while Python takes this object apart, and then it has no attributes any more.
        if watched is not getattr(self, "_window", None) or event.type() != QEvent.Type.Close:
            return False
        answer: Answer = "keep"
        if self._trainings.busy:
            answer = self.ask()
        if answer == "back":
            event.ignore()
            return True
        if answer == "stop" and self._trainings.current is not None:
            self._trainings.current.stop()
        self._trainings.let_go()
        return False

    def ask(self) -> Answer:
        """Ask the user."""
        assert self._trainings.current is not None
        name, waiting = self._trainings.current.run.folder.name, len(self._trainings.waiting)
        box = QMessageBox(self._window)
        box.setWindowTitle("A training is at work")
        box.setText(f"{name} is training.")
        more = f"\n{waiting} more that wait will not be started." if waiting else ""
        box.setInformativeText(
            "It can go on without the window; open the Train panel again and it is found. Or it stops at its next step "
            f"with a checkpoint, from which it can go on.{more}"
        )
        keep = box.addButton("Keep training", QMessageBox.ButtonRole.AcceptRole)
        stop = box.addButton("Stop with a checkpoint", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton("Do not close", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.exec()
        clicked = box.clickedButton()
        return "keep" if clicked is keep else "stop" if clicked is stop else "back"


def ask_when_closing(widget: QWidget, trainings: TrainingQueue) -> None:
    """Put the question before the closing of the main window that holds `widget`, once."""
    parent: QObject | None = widget
    while parent is not None and not isinstance(parent, QMainWindow):
        parent = parent.parent()
    if isinstance(parent, QMainWindow) and parent.findChild(ClosingQuestion, _NAME) is None:
        ClosingQuestion(parent, trainings)
