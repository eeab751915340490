"""The form of a config, drawn from its pydantic sections: basic settings first, the rest folded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from cdcl.config import METHOD_CONFIGS, RunConfig
from napari_cdcl.panels.train.guides_editor import GuidesEditor
from napari_cdcl.panels.train.setting import Setting, in_words
from napari_cdcl.ui.fold import Fold

if TYPE_CHECKING:
    from collections.abc import Sequence

BASIC = ("steps", "epochs", "batch_size", "seed", "split.test", "split.validation", "optimizer.lr")
"""Shown first, whatever section they are of."""
HIDDEN = ("recipe", "about", "device", "method.name", "guides")
"""The recipe chooser, the chooser of devices and the editor of guides set these."""
PATIENCE = 150
"""Milliseconds without a key before the values are judged."""


class ConfigForm(QWidget):
    """Edits a `RunConfig`. What is wrong is marked where it stands, with the reason."""

    changed = Signal()
    """Another value was typed and judged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: dict[str, Any] = {}
        self._config: RunConfig | None = None
        self.problems: dict[str, str] = {}
        self.settings: dict[str, Setting] = {}
        self._offered: dict[str, Sequence[str]] = {}
        self.folds: dict[str, Fold] = {}
        self.guides: GuidesEditor | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PATIENCE)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._judge)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)

    @property
    def config(self) -> RunConfig | None:
        """What the form holds; None where a value is wrong."""
        if self._timer.isActive():
            self._timer.stop()
            self._judge()
        return self._config

    def set_config(self, config: RunConfig) -> None:
        """Show another config."""
        self._table, self._config = config.model_dump(), config
        self.problems = {}
        self._clear()
        self._layout.addWidget(self._make_rows(RunConfig, BASIC))
        others = [name for name, field in RunConfig.model_fields.items() if not _section_of(field.annotation)]
        others = [name for name in others if name not in (*BASIC, *HIDDEN, "method")]
        self._add_fold("more", "Further settings of the run as a whole.", partial(self._make_rows, RunConfig, others))
        for name in _sections(RunConfig):
            section = type(getattr(config, name))
            tip = (section.__doc__ or "").partition("\n")[0]
            self._add_fold(name, tip, partial(self._make_section, section, f"{name}."))
        self._add_fold("guides", "Columns of your table that the features shall keep, or hide.", self._make_guides)
        if config.guides:
            self.folds["guides"].open()
        self.changed.emit()

    def set_value(self, name: str, value: Any) -> None:
        """Set one value as if it had been typed, and judge it."""
        self._edit(name, value)
        if name in self.settings:
            self.settings[name].show_value(value)
        self._timer.stop()
        self._judge()

    def offer(self, name: str, names: Sequence[str]) -> None:
        """Offer names to pick from for a setting, now and whenever it is drawn again."""
        self._offered[name] = names
        if name in self.settings:
            self.settings[name].offer(names)
        if name == "guides" and self.guides is not None:
            self.guides.offer(names)

    def title_of(self, name: str) -> str:
        """Say which setting a name means: "guide 2 (batch), weight" for "guides.1.weight", else the name itself."""
        section, _, rest = name.partition(".")
        number, _, leaf = rest.partition(".")
        if section != "guides" or not number.isdecimal():
            return name
        column = self._table["guides"][int(number)]["column"]
        return f"guide {int(number) + 1}{f' ({column})' if column else ''}{f', {leaf}' if leaf else ''}"

    def _clear(self) -> None:
        self.settings, self.folds, self.guides = {}, {}, None
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _add_fold(self, name: str, tip: str, build: Any) -> None:
        fold = Fold(in_words(name), tip, build)
        self.folds[name] = fold
        self._layout.addWidget(fold)

    def _make_section(self, section: type[BaseModel], prefix: str) -> QWidget:
        """Draw a section, and those inside it under headings of their own."""
        plain = [name for name, field in section.model_fields.items() if not _section_of(field.annotation)]
        widget = self._make_rows(section, [prefix + name for name in plain])
        form = widget.layout()
        assert isinstance(form, QFormLayout)
        for name in _sections(section):
            inner = _section_of(section.model_fields[name].annotation)
            assert inner is not None
            title = QLabel(f"<b>{in_words(name)}</b>")
            title.setToolTip(section.model_fields[name].description or "")
            form.addRow(title)
            self._fill(form, inner, [f"{prefix}{name}.{own}" for own in inner.model_fields])
        return widget

    def _make_guides(self) -> QWidget:
        self.guides = GuidesEditor(self._table["guides"], self._offered.get("guides", ()))
        self.guides.edited.connect(partial(self._edit, "guides"))
        self.guides.mark(self._problems_of_guides())
        return self.guides

    def _make_rows(self, section: type[BaseModel], names: Sequence[str]) -> QWidget:
        widget = QWidget()
        form = QFormLayout(widget)
        form.setContentsMargins(12, 2, 2, 6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._fill(form, section, names)
        return widget

    def _fill(self, form: QFormLayout, section: type[BaseModel], names: Sequence[str]) -> None:
        for name in names:
            if name in HIDDEN or name in self.settings:
                continue
            field = _find_field(section, name)
            setting = Setting(name, field, self._value(name))
            setting.edited.connect(self._edit)
            self.settings[name] = setting
            setting.offer(self._offered.get(name, ()))
            label = QLabel(in_words(name) if "." not in name or name not in BASIC else _full_name(name))
            label.setToolTip(field.description or "")
            form.addRow(label, setting)
            setting.mark(self.problems.get(name, ""))

    def _value(self, name: str) -> Any:
        value: Any = self._table
        for part in name.split("."):
            value = value[part]
        return value

    def _edit(self, name: str, value: Any) -> None:
        *parents, leaf = name.split(".")
        table = self._table
        for parent in parents:
            table = table[parent]
        table[leaf] = value
        self._timer.start()

    def _judge(self) -> None:
        try:
            self._config, self.problems = RunConfig.model_validate(self._table), {}
        except ValidationError as error:
            self._config = None
            self.problems = {_name_of(problem["loc"]): _reason(problem["msg"]) for problem in error.errors()}
        for name, setting in self.settings.items():
            setting.mark(self._problem_at(name))
        for name, fold in self.folds.items():
            fold.mark(any(problem.partition(".")[0] == name for problem in self.problems if problem not in BASIC))
        if self.guides is not None:
            self.guides.mark(self._problems_of_guides())
        self.changed.emit()

    def _problems_of_guides(self) -> dict[str, str]:
        own = {name: reason for name, reason in self.problems.items() if name.partition(".")[0] == "guides"}
        return {name.partition(".")[2]: reason for name, reason in own.items()}

    def _problem_at(self, name: str) -> str:
        """Give the problem of a setting, or of its section as a whole on the section's last setting."""
        section = name.rpartition(".")[0]
        last = section and [other for other in self.settings if other.rpartition(".")[0] == section][-1] == name
        return self.problems.get(name, "") or (self.problems.get(section, "") if last else "")


def _sections(section: type[BaseModel]) -> list[str]:
    method = "method" if section is RunConfig else ""  # a union of sections
    return [name for name, field in section.model_fields.items() if _section_of(field.annotation) or name == method]


def _section_of(kind: Any) -> type[BaseModel] | None:
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _find_field(section: type[BaseModel], name: str) -> Any:
    """Find a field by its name: in `section` by the last part, or from the whole config."""
    leaf = name.rpartition(".")[2]
    if leaf in section.model_fields and section is not RunConfig:
        return section.model_fields[leaf]
    found: Any = RunConfig
    for part in name.split("."):
        field = found.model_fields[part]
        found = field.annotation
    return field


def _full_name(name: str) -> str:
    section, _, leaf = name.partition(".")
    return {"optimizer": "learning rate" if leaf == "lr" else leaf, "split": f"held out for {leaf}"}.get(section, leaf)


def _name_of(location: tuple[int | str, ...]) -> str:
    # Inside a union pydantic names the method too ("method.cdcl.lr"), in a tuple the place ("ladder.0"): which guide it
    # is matters, which rung is said by its reason.
    parts = [str(part) for part in location if isinstance(part, str) or location[0] == "guides"]
    return ".".join(
        part for n, part in enumerate(parts) if not (n == 1 and parts[0] == "method" and part in METHOD_CONFIGS)
    )


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ").partition(", unable to parse")[0].replace("Input should", "should")
