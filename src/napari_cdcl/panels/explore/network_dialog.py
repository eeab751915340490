"""Asks which public network is to describe the fields: its terms, where its file is, which channels it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from cdcl.config.known_models import KNOWN_MODELS, use_in_words
from napari_cdcl.models.network_wish import SHARED, NetworkWish, proposed_channels
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_file
from napari_cdcl.ui.inputs import WholeNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PIXELS = 100_000
"""A side longer than any field's."""
LINK = "#5b8def"
"""A blue that can be read on napari's dark and light grounds; Qt's own is for white."""
ALONE, TOGETHER = "each channel alone", "all of them, together"
UNKNOWN = ""
USUAL = "dinov2-small"
"""Small, free to use, and good on images it has never seen."""
EXPLANATION = (
    "A network that others trained describes every field, without a training of your own. The result is a run like any "
    "other. A file that is not on this machine is fetched once, after you accepted its licence."
)


class NetworkDialog(QDialog):
    """A form that becomes a `NetworkWish`.

    Parameters
    ----------
    channels
        Of the screen.
    """

    def __init__(self, channels: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Profiles from a public network")
        self._channels = tuple(channels)
        self.roles: list[Chooser] = []
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_network(USUAL)

    def _make_controls(self) -> None:
        self.network = Chooser("Which network describes the fields.")
        titles = {name: known.title for name, known in KNOWN_MODELS.items()}
        self.network.offer({**titles, UNKNOWN: "a file of weights of another network"}, USUAL)
        self.terms = QLabel()
        self.terms.setWordWrap(True)
        self.terms.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.terms.setOpenExternalLinks(True)
        self.accepts = QCheckBox("I accept this licence")
        self.file = QLineEdit()
        self.file.setToolTip("A file or folder of weights: .safetensors, .pth, .bin, or what cdcl export wrote.")
        self.browse = QToolButton()
        self.browse.setText("…")
        self.browse.setToolTip("Choose the file of weights.")
        self.alone = QCheckBox(ALONE)
        self.alone.setToolTip("The network looks at one channel at a time, in grey; profiles of channels are joined.")
        self.window_side = WholeNumber()
        self.window_side.setRange(0, MOST_PIXELS)
        self.window_side.setSingleStep(32)
        self.window_side.setSpecialValueText("as usual for this network")
        self.window_side.setSuffix(" pixels a side")
        self.window_side.setToolTip(
            "How much of a field the network sees at once. As usual: as many pixels as its views have, or as many as "
            "the pixel sizes of screen and network say, where both are known."
        )
        self.lacking = QLabel()
        self.lacking.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)

    def _lay_out(self) -> None:
        words = QLabel(EXPLANATION)
        words.setWordWrap(True)
        file = QHBoxLayout()
        file.addWidget(self.file, 1)
        file.addWidget(self.browse)
        self.form = QFormLayout()
        self.roles_form = QFormLayout()
        layout = QFormLayout(self)
        layout.addRow(words)
        layout.addRow("network", self.network)
        layout.addRow("terms", self.terms)
        layout.addRow("", self.accepts)
        layout.addRow("file", file)
        layout.addRow("channels", self.alone)
        layout.addRow("", self.roles_form)
        layout.addRow("seen at once", self.window_side)
        layout.addRow(self.lacking)
        layout.addRow(self.buttons)
        self.setMinimumWidth(440)

    def _connect(self) -> None:
        self.network.chosen.connect(self._on_network)
        self.browse.clicked.connect(self._ask_file)
        self.file.textChanged.connect(self._tell)
        self.accepts.toggled.connect(self._tell)
        self.alone.toggled.connect(self._on_alone)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def wish(self) -> NetworkWish:
        """Give what the form says."""
        chosen = (SHARED,) if self.alone.isChecked() else tuple(role.key for role in self.roles)
        known = KNOWN_MODELS.get(self.network.key)
        by_itself = known is not None and (known.shared or known.together)
        channels = () if by_itself else chosen
        licence, window = self.accepts.isChecked(), self.window_side.value()
        return NetworkWish(self.network.key, self.file.text().strip(), channels, licence, window)

    def _on_network(self, name: str) -> None:
        known = KNOWN_MODELS.get(name)
        if known is None:
            self.terms.setText("Not known to cdcl: look for them where you have the file from.")
        else:
            use = use_in_words(known.commercial).replace("NOT", "Not")
            use = use and f" <b>{use[0].upper()}{use[1:]}.</b>"
            self.terms.setText(f'{known.licence}.{use} <a style="color: {LINK}" href="{known.page}">{known.page}</a>')
        fetched = known is not None and bool(known.repository)
        self.file.setPlaceholderText(
            "looked for in the cache, then on the hub" if fetched else "a file on this machine, or one in the cache"
        )
        self.accepts.setChecked(False)
        proposed = proposed_channels(known, self._channels)
        together = known is not None and known.together
        self.alone.setText(TOGETHER if together else ALONE)
        self.alone.setChecked(together or proposed == (SHARED,))
        self.alone.setEnabled(known is None)
        self._show_roles(() if proposed == (SHARED,) else proposed)
        self._tell()
        self._fit()

    def _on_alone(self, alone: bool) -> None:
        """Of a file that nothing is known of, the channels are asked for, as many as the screen has."""
        if KNOWN_MODELS.get(self.network.key) is None:
            self._show_roles(() if alone else self._channels)
            self._tell()
            self._fit()

    def _show_roles(self, proposed: Sequence[str]) -> None:
        while self.roles_form.rowCount():
            self.roles_form.removeRow(0)
        known = KNOWN_MODELS.get(self.network.key)
        names = known.channels if known is not None and known.channels else [f"{n + 1}." for n in range(len(proposed))]
        self.roles = []
        for name, channel in zip(names, proposed, strict=True):
            role = Chooser(f"Which of the screen's channels the network sees as {name}")
            role.offer({"": "choose …", **{one: one for one in self._channels}}, channel)
            role.chosen.connect(self._tell)
            self.roles_form.addRow(name, role)
            self.roles.append(role)

    def _fit(self) -> None:
        """Take the height that the rows need: there are more or fewer of them now."""
        for role in self.roles:  # Qt shows new ones later, and until then gives them no room
            for widget in (role, self.roles_form.labelForField(role)):
                assert widget is not None
                widget.show()
        layout = self.layout()
        assert layout is not None
        layout.activate()
        width = max(self.width(), self.minimumWidth())
        self.resize(width, layout.totalHeightForWidth(width))

    def _tell(self, _changed: object = None) -> None:
        """Say what is lacking, and let it begin where nothing is."""
        wish = self.wish()
        lacking = wish.missing
        if not lacking and "" in wish.channels:
            lacking = "Say which channel is which."
        self.lacking.setText(lacking)
        self.lacking.setVisible(bool(lacking))
        known = KNOWN_MODELS.get(self.network.key)
        self.accepts.setVisible(known is not None and bool(known.repository) and not wish.file)
        begin = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        assert begin is not None
        begin.setText("Profile the fields")
        begin.setEnabled(not lacking)

    def _ask_file(self) -> None:
        path = ask_file(self, "A file of weights", "Weights (*.safetensors *.pth *.pt *.bin *.ckpt)")
        if path:
            self.file.setText(str(path))
