"""Choosers that follow a list which changes, and say what the user chose, and only that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtGui import QStandardItemModel
from qtpy.QtWidgets import QSizePolicy

from napari_cdcl.ui.inputs import DropDown

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from qtpy.QtWidgets import QWidget

FIRST = (
    *("treatment", "compound", "mechanism", "concentration", "control", "batch", "plate", "well", "site", "split"),
    *("num_cells", "archetype", "annotation", "similarity"),
)
"""Columns that are offered first, in this order."""
NEVER = (
    "path",
    "image_id",
    "source_file",
    "channel_axis",
    "channel_names",
    "y",
    "x",
    "cell",
    "dtype",
    "height",
    "width",
)
"""Columns that say nothing as a colour."""


class Chooser(DropDown):
    """A combo box over named keys. Setting it from the program is not told back."""

    chosen = Signal(str)
    """The key that the user chose."""

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(5)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda index: self.chosen.emit(str(self.itemData(index))))

    @property
    def key(self) -> str:
        """The key on display, or ""."""
        return str(self.currentData() or "")

    def offer(self, choices: Mapping[str, str] | Iterable[str], key: str = "") -> None:
        """Offer keys (with titles), and show `key`."""
        titles = dict(choices) if isinstance(choices, Mapping) else {name: name for name in choices}
        if [(self.itemData(index), self.itemText(index)) for index in range(self.count())] != list(titles.items()):
            self.clear()
            for name, title in titles.items():
                self.addItem(title, name)
        self.show_key(key)
        self.setEnabled(self.count() > 0)

    def offer_groups(self, groups: Mapping[str, Iterable[str]], key: str = "") -> None:
        """Offer keys under headings that cannot be chosen, and show `key`."""
        self.clear()
        for heading, keys in groups.items():
            self.addItem(heading)
            model = self.model()
            entry = model.item(self.count() - 1) if isinstance(model, QStandardItemModel) else None
            if entry is not None:
                entry.setEnabled(False)
                font = entry.font()
                font.setBold(True)
                entry.setFont(font)
            for name in keys:
                self.addItem(name, name)
        self.show_key(key)

    def show_key(self, key: str) -> None:
        """Show a key without telling."""
        self.setCurrentIndex(self.findData(key))


def colour_columns(table: pd.DataFrame) -> list[str]:
    """Name the columns that colours can show, the known ones first."""
    names = [str(name) for name in table.columns if name not in NEVER and not str(name).startswith("path_")]
    return [name for name in FIRST if name in names] + [name for name in names if name not in FIRST]
