"""The question before a run that a cluster trained is trained here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QMessageBox

from napari_cdcl.runs.cluster import was_submitted, where_submitted

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

    from cdcl.runs import Run


def may_train_here(run: Run, what: str, then: str, parent: QWidget) -> bool:
    """Ask whether this machine shall train what began on a cluster; a run that began here needs no question.

    Parameters
    ----------
    run
        What is gone on with, or branched off.
    what
        What would be trained, such as "A branch of first".
    then
        What else changes by it.
    parent
        The widget that asks.

    Returns
    -------
    bool
        Whether to go on.
    """
    if not was_submitted(run):
        return True
    box = QMessageBox(parent)
    box.setWindowTitle("Train on this machine?")
    box.setText(f"{run.folder.name} was trained on {where_submitted(run)}. {what} would train on this machine.")
    box.setInformativeText(f"{then} To train there again, submit it from a terminal: cdcl submit.")
    here = box.addButton("Train here", QMessageBox.ButtonRole.AcceptRole)
    stay = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.exec()
    return box.clickedButton() is here
