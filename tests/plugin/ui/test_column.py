"""A column keeps its content's width whether there is a bar beside it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import QSize
from qtpy.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from napari_cdcl.panels.screen.plate_map import PlateMap
from napari_cdcl.ui.column import Column

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def column(qtbot: QtBot) -> Column:
    """A plate map, whose height follows its width, above a label of 60 pixels."""
    content, label = QWidget(), QLabel("facts")
    label.setFixedHeight(60)
    layout = QVBoxLayout(content)
    layout.addWidget(PlateMap())
    layout.addWidget(label)
    column = Column(content)
    qtbot.addWidget(column)
    column.show()
    return column


def test_no_height_makes_the_bar_come_and_go(column: Column) -> None:
    content = column.widget()
    assert content is not None
    widths = set()
    for height in range(120, 420, 2):
        column.resize(QSize(330, height))
        QApplication.processEvents()
        widths.add(content.width())
    assert len(widths) == 1


def test_the_content_is_never_cut_off_at_the_side(column: Column) -> None:
    content = column.widget()
    assert content is not None
    for width in np.linspace(column.minimumSizeHint().width(), 600, 20).astype(int).tolist():
        column.resize(QSize(width, 150))
        QApplication.processEvents()
        viewport = column.viewport()
        assert viewport is not None
        assert content.width() <= viewport.width()
