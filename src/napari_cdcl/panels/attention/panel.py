"""Where the network looks: attention over the field on display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.attention import Question
from napari_cdcl.layers.attention import OVERLAY, SIMILAR, dress, find_layer, hide_maps, patch_at, show_maps
from napari_cdcl.layers.captions import captions_of, name_maps
from napari_cdcl.panels.attention.contact_sheet import SheetPart
from napari_cdcl.preferences import preference_changes, read_preferences
from napari_cdcl.processes.attention_client import Asked, AttentionClient
from napari_cdcl.ui.inputs import DropDown, Slider, WholeNumber
from napari_cdcl.ui.links import is_alive
from napari_cdcl.ui.panel import Panel

if TYPE_CHECKING:
    import napari.viewer

    from cdcl.attention import Attention, Kind

KINDS: dict[str, Kind] = {"each head": "heads", "mean of heads": "mean", "rollout through all blocks": "rollout"}
HINT = "Open a run (Runs, or the Screen panel): its network looks at the field on display."


class AttentionPanel(Panel):
    """Asks the attention client about the field on display and lays the answer over it."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._client = AttentionClient(self)
        self._captions = captions_of(viewer)
        self._patch: tuple[int, int] | None = None
        self._shown: tuple[Asked, Attention] | None = None
        self._caption = ""
        self._make_controls()
        self._lay_out()
        self._connect()
        self._follow()

    def _make_controls(self) -> None:
        self.run_label = QLabel(HINT)
        self.run_label.setWordWrap(True)
        self.kind = DropDown()
        self.kind.addItems(list(KINDS))
        self.kind.setToolTip("Which attention: of every head (a slider below the canvas), their mean, or all blocks'.")
        self.block = WholeNumber()
        self.block.setRange(-1, 47)
        self.block.setValue(-1)
        self.block.setSpecialValueText("last")
        self.block.setToolTip("Block of the network, from 0; the last one is nearest to the profile.")
        self.masked = QCheckBox("only the strongest patches")
        self.masked.setToolTip("Show the smallest set of patches that holds this share of the attention.")
        self.share = Slider(Qt.Orientation.Horizontal)
        self.share.setRange(5, 99)
        self.share.setValue(read_preferences().attention_share)
        self.share.setToolTip("Share of the attention that the shown patches hold.")
        self.share_label = QLabel(f"{self.share.value()} %")
        self.fine = QCheckBox("finer than patches")
        self.fine.setToolTip(
            "Look 4 or 16 times, shifted by parts of a patch, and average: nearer to the size of cells, and slower. "
            "The rim of the field, which fewer looks have seen, stays open."
        )
        self.following = QCheckBox("follow the field on display")
        self.following.setChecked(True)
        self.following.setToolTip("Look again whenever another field is shown.")
        self.look = QPushButton("Look")
        self.look.setToolTip("Compute the attention of the field on display.")
        self.pick = QPushButton("Pick a patch")
        self.pick.setCheckable(True)
        self.pick.setToolTip("Click into the field: what that patch attends to, and the patches most like it.")
        self.class_token = QPushButton("Whole profile")
        self.class_token.setToolTip("Back from the picked patch to the class token, which becomes the profile.")
        self.free = QPushButton("Release memory")
        self.free.setEnabled(False)
        self.free.setToolTip("End the process that keeps the model; the next look loads it again.")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(6)
        self.progress.hide()
        self.sheet = SheetPart(self._session, self._question)
        self.status = QLabel("")
        self.status.setWordWrap(True)

    def _lay_out(self) -> None:
        share = QHBoxLayout()
        share.addWidget(self.share)
        share.addWidget(self.share_label)
        form = QFormLayout()
        form.addRow("show", self.kind)
        form.addRow("block", self.block)
        form.addRow(self.fine)
        form.addRow(self.masked)
        form.addRow(share)
        form.addRow(self.following)
        first, second = QHBoxLayout(), QHBoxLayout()
        for button, row in ((self.look, first), (self.free, first), (self.pick, second), (self.class_token, second)):
            row.addWidget(button)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.run_label)
        layout.addLayout(form)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self.progress)
        layout.addWidget(self.status)
        layout.addWidget(self.sheet)
        layout.addStretch()
        self.fill(body)

    def _connect(self) -> None:
        self._links.add(self._session.row_changed, self._on_row)
        self._links.add(self._session.run_changed, self._on_run)
        self._links.add(preference_changes().changed, self._on_preference)
        self._client.answered.connect(self._on_answer)
        self._client.refused.connect(self._on_refusal)
        self._client.told.connect(self._on_told)
        self.kind.currentTextChanged.connect(lambda _: self._ask())
        self.block.valueChanged.connect(lambda _: self._ask())
        self.look.clicked.connect(lambda: self._ask())
        self.fine.toggled.connect(lambda _: self._on_fine())
        self.masked.toggled.connect(lambda _: self._draw())
        self.share.valueChanged.connect(self._on_share)
        self.class_token.clicked.connect(self._forget_patch)
        self.free.clicked.connect(self._client.release)
        self._viewer.mouse_drag_callbacks.append(self._on_press)

    def _follow(self) -> None:
        self._on_run(self._session.run)

    def _on_run(self, run: Any) -> None:
        self.run_label.setText(HINT if run is None else f"Network of run “{run.folder.name}”.")
        for control in (self.look, self.pick, self.class_token, self.kind, self.block):
            control.setEnabled(run is not None)
        self._forget_answer()
        if run is None:
            self._client.release()
        elif self.following.isChecked():
            self._ask()

    def _on_preference(self, name: str) -> None:
        layer = find_layer(self._viewer, OVERLAY)
        if name.startswith("attention_") and layer is not None:
            dress(layer, OVERLAY)
        elif name == "device":
            self._client.release()

    def _on_row(self, _row: int) -> None:
        self._patch = None
        if self.following.isChecked():
            self._ask()

    @property
    def shown_row(self) -> int:
        """The field whose attention is on display, or -1."""
        return -1 if self._shown is None else self._shown[0].row

    def _ask(self) -> None:
        run, row = self._session.run, self._session.row
        if run is None or row < 0 or self.paused:
            return
        self._client.ask(Asked(run.folder, row, self._question(self._patch)))

    def _question(self, patch: tuple[int, int] | None = None) -> Question:
        return Question(self.block.value(), self._kind, patch, self.fine.isChecked())

    @property
    def _kind(self) -> Kind:
        return KINDS[self.kind.currentText()]

    def _on_answer(self, asked: Asked, attention: Attention) -> None:
        run = self._session.run
        if asked.row != self._session.row or run is None or run.folder != asked.run:
            return  # the window shows another field, or another run, meanwhile
        if asked.question.kind == "keys":
            layer = show_maps(self._viewer, attention, asked.row, kind=SIMILAR)
            self._captions.tell_maps(layer, name_maps(attention, asked.question))
            return
        self._shown = (asked, attention)
        self._draw()
        if asked.question.patch is not None:
            keys = Question(asked.question.block, "keys", asked.question.patch, asked.question.fine)
            self._client.ask(Asked(asked.run, asked.row, keys))
        else:
            hide_maps(self._viewer, SIMILAR)

    def _draw(self) -> None:
        if self._shown is None:
            return
        asked, attention = self._shown
        share = self.share.value() / 100 if self.masked.isChecked() else 1.0
        layer = show_maps(self._viewer, attention, asked.row, share=share)
        self._captions.tell_maps(layer, name_maps(attention, asked.question, round(100 * share)))
        patch = asked.question.patch
        what = "Whole profile" if patch is None else f"patch in row {patch[0]}, column {patch[1]}".capitalize()
        several = f"{len(attention.maps)} heads, on the slider “head”" if len(attention.maps) > 1 else "one map"
        rim = f" The outer {attention.rim * attention.scale[0]:.0f} pixels stay open." if attention.rim else ""
        self._caption = f"{what}: {several}.{rim}"
        self.status.setText(self._caption)

    def _on_fine(self) -> None:
        """Ask anew; a patch that was picked is a place of the other map."""
        self._patch = None
        self._ask()

    def _on_share(self, percent: int) -> None:
        self.share_label.setText(f"{percent} %")
        if self.masked.isChecked():
            self._draw()

    def _on_press(self, _viewer: Any, event: Any) -> None:
        if not is_alive(self) or not self.pick.isChecked():
            return
        patch = patch_at(self._viewer, event.position)
        if patch is not None:
            self._patch = patch
            self._ask()

    def _forget_patch(self) -> None:
        self._patch = None
        self.pick.setChecked(False)
        self._ask()

    def _forget_answer(self) -> None:
        self._shown, self._patch, self._caption = None, None, ""
        for kind in (OVERLAY, SIMILAR):
            hide_maps(self._viewer, kind)

    def _on_refusal(self, reason: str) -> None:
        self.progress.hide()
        self._caption = reason
        self.status.setText(reason)

    def _on_told(self, what: str) -> None:
        busy = what not in ("", "ready")
        self.progress.setVisible(busy)
        self.free.setEnabled(bool(what))
        self.status.setText(f"{what} …" if busy else self._caption)

    def pause(self) -> None:
        """Let the children go, and take the maps away."""
        self._client.release()
        self.sheet.cancel()
        self._forget_answer()

    def resume(self) -> None:
        """Look again."""
        if self.following.isChecked():
            self._ask()

    def end(self) -> None:
        """Leave the mouse in the canvas alone, too."""
        if not self.ended and self._on_press in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)
        super().end()
