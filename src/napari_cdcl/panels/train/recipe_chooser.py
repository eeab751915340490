"""The shipped recipes, each with one honest sentence, and config files of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from cdcl.config import RunConfig, list_recipes, load_config
from cdcl.errors import CDCLError
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_file

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT = "cdcl-small"
FOR_YOURS, PUBLISHED = "for your screen", "as published: a GPU"
OF_OUR_OWN = ("supervised", "archetypes")
"""Recipes that are small enough for any screen, though their names do not say so."""


class RecipeChooser(QWidget):
    """Chooses what a run begins as."""

    chosen = Signal(object)
    """RunConfig."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipes = list_recipes()
        self.names = Chooser("What is trained: a method, who is paired with whom, and settings that go together.")
        self.names.offer_groups(group_recipes(self._recipes), DEFAULT)
        self.opener = QToolButton()
        self.opener.setText("Open config…")
        self.opener.setToolTip("Take the settings of a .toml file, such as another run's config.toml.")
        self.about = QLabel()
        self.about.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(self.names, 1)
        top.addWidget(self.opener)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.about)
        self.names.chosen.connect(self.choose)
        self.opener.clicked.connect(self._ask)

    def choose(self, recipe_or_file: str) -> None:
        """Take a recipe by name or a config by path; what is wrong with a file is said in its place."""
        try:
            config = load_config(recipe_or_file)
        except CDCLError as error:
            self.about.setText(words_of(error))
            return
        self.names.setPlaceholderText(Path(recipe_or_file).name)  # shown where it is none of the list
        self.names.show_key(recipe_or_file)
        self.about.setText(_sentence(config, recipe_or_file))
        self.chosen.emit(config)

    def _ask(self) -> None:
        path = ask_file(self, "Open a config", "Configs (*.toml)")
        if path:
            self.choose(str(path))


def group_recipes(names: Iterable[str]) -> dict[str, list[str]]:
    """Part the shipped recipes: for a screen of one's own, and as published; those of the demo are left out."""
    shown = [name for name in names if not name.startswith("demo-")]
    own = [name for name in shown if name.endswith("-small") or name in OF_OUR_OWN]
    return {FOR_YOURS: own, PUBLISHED: [name for name in shown if name not in own]}


def _sentence(config: RunConfig, source: str) -> str:
    origin = f"{Path(source).name}: " if source.endswith(".toml") else ""
    return origin + (config.about or "A config of your own.")
