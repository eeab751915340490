"""One guide: which column, kept or hidden, how it is read, how strongly; the rest folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from cdcl.config import GuideConfig
from cdcl.config.guides import HIDDEN, KEPT
from napari_cdcl.panels.train.guide_words import AIMS, KINDS, LABELS, TIPS
from napari_cdcl.panels.train.setting import WRONG, Setting, write_value
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.fold import Fold
from napari_cdcl.ui.inputs import DropDown
from napari_cdcl.ui.wrapping import flow, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FURTHER = ("log", "start", "ramp", "balance", "hidden", "temperature", "momentum")
OF_KIND = {"log": "regress", "temperature": "contrast", "momentum": "contrast"}
"""Settings that only one way of reading has."""
WARN = "color: #e9a23b;"


class GuideRow(QFrame):
    """Edits the table of one guide; what is typed is handed on as text, for the config's own model to judge.

    Parameters
    ----------
    guide
        Every setting of a `GuideConfig` by its name; changed in place.
    columns
        Of the screen; another name can be typed.
    """

    edited = Signal()
    removed = Signal()

    def __init__(self, guide: dict[str, Any], columns: Sequence[str]) -> None:
        super().__init__()
        self.guide = guide
        self.settings: dict[str, Setting] = {}
        self._labels: dict[str, QLabel] = {}
        self._make_controls()
        self._lay_out()
        self._show()
        self.offer(columns)
        self._connect()

    def offer(self, columns: Sequence[str]) -> None:
        """Offer the columns of the screen, and go on showing the guide's own."""
        self.column.blockSignals(True)
        self.column.clear()
        self.column.addItems(list(columns))
        self.column.setCurrentIndex(self.column.findText(str(self.guide["column"])))
        self.column.setEditText(str(self.guide["column"]))  # one that the screen has not, too
        self.column.blockSignals(False)

    def mark(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong, by the name of the setting; "" is the guide as a whole."""
        for name, setting in self.settings.items():
            setting.mark(problems.get(name, ""))
        own = {name: reason for name, reason in problems.items() if name not in self.settings}
        self.problem.setText(". ".join(f"{name}: {reason}".removeprefix(": ") for name, reason in own.items()))
        self.problem.setVisible(bool(own))
        for name, widget in (("column", self.column), ("weight", self.weight)):
            widget.setStyleSheet(WRONG if name in own else "")
        if set(problems) & set(FURTHER) and not self.further.heading.isChecked():
            self.further.open()
            self.mark(problems)

    def tell(self, words: str, doubtful: bool) -> None:
        """Say what the screen has of the column; a doubt stands out."""
        self.found.setText(f"⚠ {words}" if doubtful else words)
        self.found.setStyleSheet(WARN if doubtful else "")
        self.found.setVisible(bool(words))

    def _make_controls(self) -> None:
        self.column = DropDown()
        self.column.setEditable(True)
        self.column.setInsertPolicy(DropDown.InsertPolicy.NoInsert)
        self.column.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.setMinimumContentsLength(8)
        self.column.setToolTip(TIPS["column"])
        self.aim, self.kind = Chooser(TIPS["keep"]), Chooser(TIPS["kind"])
        self.aim.offer(AIMS)
        self.kind.offer(KINDS)
        for chooser in (self.aim, self.kind):
            chooser.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToContents)
        self.weight = QLineEdit()
        self.weight.setToolTip(TIPS["weight"])
        self.weight.setFixedWidth(64)
        self.remove = QToolButton()
        self.remove.setText("✕")
        self.remove.setToolTip("Remove this guide.")
        self.found, self.problem = QLabel(), QLabel()
        self.problem.setStyleSheet("color: #e5484d;")
        for label in (self.found, self.problem):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.hide()
        self.further = Fold("further settings of this guide", "When it sets in, and how it learns.", self._make_further)

    def _lay_out(self) -> None:
        self.setFrameShape(QFrame.Shape.StyledPanel)
        top = QHBoxLayout()
        top.addWidget(self.aim)  # as one reads it: hide, batch
        top.addWidget(self.column, 1)
        top.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addLayout(flow(self.kind, label_of("weight", self.weight), self.weight))
        for widget in (self.found, self.problem, self.further):
            layout.addWidget(widget)

    def _show(self) -> None:
        self.aim.show_key("keep" if self.guide["keep"] else "hide")
        self.kind.show_key(str(self.guide["kind"]))
        self.weight.setText(write_value(self.guide["weight"]))
        self._name_controls()

    def _connect(self) -> None:
        self.column.currentTextChanged.connect(self._on_column)
        self.aim.chosen.connect(self._on_aim)
        self.kind.chosen.connect(self._on_kind)
        self.weight.textEdited.connect(lambda text: self._set("weight", text.strip()))
        self.remove.clicked.connect(self.removed)

    def _name_controls(self) -> None:
        """Name each control for who hears it: there is one of each a guide."""
        column = self.guide["column"] or "no column yet"
        names = {self.column: "column of the guide", self.aim: "keep or hide", self.kind: "how it is read",
                 self.weight: "weight", self.remove: "remove the guide"}  # fmt: skip
        for control, name in names.items():
            control.setAccessibleName(f"{name}, {column}")

    def _make_further(self) -> QWidget:
        widget = QWidget()
        form = QFormLayout(widget)
        form.setContentsMargins(12, 2, 2, 2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name in FURTHER:
            setting = Setting(name, GuideConfig.model_fields[name], self.guide[name])
            setting.editor.native.setToolTip(TIPS[name])
            setting.editor.native.setAccessibleName(LABELS[name])
            setting.edited.connect(self._set)
            label = self._labels[name] = QLabel(LABELS[name])
            label.setToolTip(TIPS[name])
            form.addRow(label, setting)
            self.settings[name] = setting
        self._show_those_of_kind()
        return widget

    def _show_those_of_kind(self) -> None:
        for name, setting in self.settings.items():
            fits = OF_KIND.get(name, self.guide["kind"]) == self.guide["kind"]
            setting.setVisible(fits)
            self._labels[name].setVisible(fits)

    def _on_column(self, name: str) -> None:
        self._set("column", name.strip())
        self._name_controls()

    def _on_aim(self, aim: str) -> None:
        usual, other = (KEPT, HIDDEN) if aim == "keep" else (HIDDEN, KEPT)
        if self.weight.text().strip() == write_value(other):  # nobody chose it: it is what such a guide begins with
            self.weight.setText(write_value(usual))
            self.guide["weight"] = usual
        self._set("keep", aim == "keep")

    def _on_kind(self, kind: str) -> None:
        self._set("kind", kind)
        self._show_those_of_kind()

    def _set(self, name: str, value: Any) -> None:
        self.guide[name] = value
        self.edited.emit()
