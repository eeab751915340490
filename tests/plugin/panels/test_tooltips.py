"""Every control that can be pressed, chosen from or typed into says what it is for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)

from napari_cdcl import actions
from napari_cdcl.models.session import session_of

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run

MANIFEST = Path(__file__).parents[3] / "napari.yaml"
CONTROLS = (
    *(QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox, QLineEdit),
    *(QPlainTextEdit, QTextEdit, QAbstractItemView),
)


def list_panels() -> list[type[QWidget]]:
    """Find the widgets that the manifest declares."""
    contributions = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["contributions"]
    names = {command["id"]: command["python_name"] for command in contributions["commands"]}
    found = [names[widget["command"]].partition(":") for widget in contributions["widgets"]]
    return [getattr(import_module(module), name) for module, _, name in found]


PANELS = list_panels()


def is_part_of_another(widget: QWidget) -> bool:
    """Tell parts that Qt makes itself: scroll bars, the field of a spin box, the corner and headers of a table, ..."""
    parent = widget.parent()
    if isinstance(widget, QScrollBar) or widget.objectName().startswith(("qt_", "ScrollLeftButton", "ScrollRight")):
        return True
    if isinstance(parent, QTabBar | QLineEdit | QAbstractSpinBox | QComboBox):
        return True
    if isinstance(parent, QAbstractItemView):
        return True
    up = parent
    while isinstance(up, QWidget):
        if isinstance(up, QComboBox | QAbstractSpinBox | QAbstractSlider):
            return True
        up = up.parent()
    return False


def says_what_it_is(widget: QWidget) -> bool:
    """Look for a tip on the control, or on the widget around it that is one control for the user."""
    up: object = widget
    for _ in range(2):
        if isinstance(up, QWidget) and up.toolTip():
            return True
        up = up.parent() if isinstance(up, QWidget) else None
    return False


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.__name__)
def test_every_control_has_a_tooltip(qtbot: QtBot, small_run: Run, kind: type[QWidget], viewer: ViewerModel) -> None:
    panel = kind(viewer)
    qtbot.addWidget(panel)
    actions.open_source(session_of(viewer), small_run.folder)
    controls = [one for one in panel.findChildren(QWidget) if isinstance(one, CONTROLS) and not is_part_of_another(one)]
    assert len(controls) > 5
    silent = [
        f"{type(one).__name__} {getattr(one, 'text', str)()!r} in {type(one.parent()).__name__}"
        for one in controls
        if not says_what_it_is(one)
    ]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.__name__)
def test_no_button_is_empty(qtbot: QtBot, small_run: Run, kind: type[QWidget], viewer: ViewerModel) -> None:
    panel = kind(viewer)
    qtbot.addWidget(panel)
    for button in panel.findChildren(QAbstractButton):
        if isinstance(button, QMenu) or isinstance(button.parent(), QAbstractScrollArea | QLineEdit | QTabBar):
            continue
        if is_part_of_another(button):
            continue
        arrow = isinstance(button, QToolButton) and button.arrowType()
        assert button.text() or not button.icon().isNull() or arrow, button.toolTip()
