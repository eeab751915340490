"""Asks where a training is to be submitted, and remembers the answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton

from napari_cdcl.qt_settings import read_setting, write_setting
from napari_cdcl.runs.cluster import Cluster
from napari_cdcl.ui.file_dialogs import ask_folder
from napari_cdcl.ui.inputs import WholeNumber

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

KEY = "cluster"
EXPLANATION = (
    "The training is handed to a SLURM cluster by ssh, with your own keys: <code>ssh HOST</code> must work in a "
    "terminal without a question. Run and images lie in a folder that this machine and the cluster both see."
)


class ClusterDialog(QDialog):
    """A form with the fields of a `Cluster`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Submit to a cluster")
        self._make_controls()
        self._lay_out()
        self._connect()
        self.show_cluster(Cluster.of(read_setting(KEY)))

    def _make_controls(self) -> None:
        self.host = _line("me@head", "What you type after ssh: USER@HOST, or a name of ~/.ssh/config.")
        self.cdcl = _line("cdcl", "The command cdcl on the cluster, such as /home/me/venv/bin/cdcl.")
        self.here = _line("/mnt/lab", "A folder of this machine that the cluster sees, too; it holds run and images.")
        self.here_button = QToolButton()
        self.here_button.setText("…")
        self.here_button.setToolTip("Choose the folder that both see.")
        self.there = _line("the same", "That folder as the cluster names it; empty where it has the same name.")
        self.nodes, self.gpus = _count("Machines."), _count("GPUs of each machine.")
        self.partition = _line("the cluster's own", "Partition to submit to.")
        self.time = _line("24:00:00", "Limit of one stretch, [DAYS-]HOURS:MINUTES:SECONDS; the job then goes on anew.")
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        submit = self.buttons.button(kinds.Ok)
        assert submit is not None
        submit.setText("Submit")

    def _lay_out(self) -> None:
        words = QLabel(EXPLANATION)
        words.setWordWrap(True)
        folder = QHBoxLayout()
        folder.addWidget(self.here, 1)
        folder.addWidget(self.here_button)
        form = QFormLayout(self)
        form.addRow(words)
        form.addRow("host", self.host)
        form.addRow("cdcl there", self.cdcl)
        form.addRow("folder here", folder)
        form.addRow("the same there", self.there)
        for name, widget in (
            ("machines", self.nodes),
            ("GPUs of each", self.gpus),
            ("partition", self.partition),
            ("time", self.time),
        ):
            form.addRow(name, widget)
        form.addRow(self.buttons)
        self.setMinimumWidth(420)

    def _connect(self) -> None:
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.here_button.clicked.connect(self._ask_folder)

    def show_cluster(self, cluster: Cluster) -> None:
        """Fill the form."""
        for name in ("host", "cdcl", "here", "there", "partition", "time"):
            getattr(self, name).setText(getattr(cluster, name))
        self.nodes.setValue(cluster.nodes)
        self.gpus.setValue(cluster.gpus)

    def cluster(self) -> Cluster:
        """Give what the form says."""
        texts = {name: getattr(self, name).text() for name in ("host", "cdcl", "here", "there", "partition")}
        time = self.time.text() or Cluster().time
        return Cluster(**texts, nodes=self.nodes.value(), gpus=self.gpus.value(), time=time)

    def accept(self) -> None:
        """Remember the answer for the next time."""
        write_setting(KEY, self.cluster().record())
        super().accept()

    def _ask_folder(self) -> None:
        folder = ask_folder(self, "A folder that the cluster sees, too", self.here.text() or str(Path.home()))
        if folder:
            self.here.setText(str(folder))


def _line(example: str, tip: str) -> QLineEdit:
    line = QLineEdit()
    line.setPlaceholderText(example)
    line.setToolTip(tip)
    return line


def _count(tip: str) -> WholeNumber:
    number = WholeNumber()
    number.setRange(1, 1024)
    number.setToolTip(tip)
    return number
