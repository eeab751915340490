"""The line at the foot of a panel: all of a long line is in sight, however narrow the dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_cdcl.ui.column import Column
from napari_cdcl.ui.message_line import MessageLine

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from napari_cdcl.models.session import Session

LONG = (
    "model.pretrained = /data/models/subcell_ybg.pth does not fit subcell: patch_embed.proj.weight (192, 3, 16, 16) "
    "instead of (768, 3, 16, 16), patch_embed.proj.bias (192,) instead of (768,), cls_token (1, 1, 192) instead of "
    "(1, 1, 768) and 149 more; take the backbone these weights were made for. Its own: the settings model.patch=16, "
    "model.width=192, model.depth=2 and model.heads=3 (heads of 64 numbers)."
)


@pytest.mark.parametrize("width", [220, 268, 330])
def test_a_long_line_is_not_cut_off_and_a_short_one_takes_little(qtbot: QtBot, session: Session, width: int) -> None:
    panel = QWidget()
    line = MessageLine(session)
    layout = QVBoxLayout(panel)
    layout.addWidget(Column(QLabel("what scrolls")), 1)
    layout.addWidget(line)
    qtbot.addWidget(panel)
    panel.resize(width, 690)
    panel.show()
    line.say(LONG)
    label = line._label
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 40)
    line.say("Opened.")
    qtbot.waitUntil(lambda: line.height() < 40)
