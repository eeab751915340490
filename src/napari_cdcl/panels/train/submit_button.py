"""Hands what was set up to a cluster; once it is in the queue, it is followed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QWidget

from cdcl.errors import CDCLError
from cdcl.runs import Run
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.train.cluster_dialog import ClusterDialog
from napari_cdcl.processes.jobs import Job
from napari_cdcl.runs.cluster import follow_plan, submission_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_cdcl.runs.cluster import Cluster
    from napari_cdcl.runs.training_queue import Plan, TrainingQueue


class SubmitButton(QPushButton):
    """Asks for the cluster and submits.

    Parameters
    ----------
    make_plan
        Writes what a training needs; None where something is missing, which it says.
    trainings
        What follows the run.
    """

    told = Signal(str)
    """A line on how it went."""

    def __init__(
        self, make_plan: Callable[[], Plan | None], trainings: TrainingQueue, parent: QWidget | None = None
    ) -> None:
        super().__init__("Submit to a cluster…", parent)
        self._make_plan, self._trainings = make_plan, trainings
        self._job: Job | None = None
        self.setToolTip("Hand it to a SLURM cluster over ssh, and follow it here.")
        self.clicked.connect(self._ask)

    def submit(self, cluster: Cluster) -> None:
        """Submit to a cluster."""
        plan = self._make_plan()
        if plan is None:
            return
        try:
            words = submission_words(plan, cluster)
        except CDCLError as error:
            self.told.emit(words_of(error))
            return
        self.told.emit(f"Submitting {plan.folder.name} to {cluster.host} …")
        self._job = Job(words, self)
        self._job.finished.connect(partial(self._on_submitted, plan, cluster.host))
        self._job.start()

    def _on_submitted(self, plan: Plan, host: str, well: bool, reason: str) -> None:
        if well:
            self.told.emit(f"{plan.folder.name} is in the queue of {host}: see Watch.")
            self._trainings.submit(follow_plan(Run(plan.folder)))
        else:
            self.told.emit(reason)

    def _ask(self) -> None:
        dialog = ClusterDialog(self)
        if dialog.exec():
            self.submit(dialog.cluster())
