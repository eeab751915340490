"""The gallery loads what is seen, keeps what it can, and shows the contrast of the viewer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QWidget

from napari_cdcl.layers.field import fields_of
from napari_cdcl.models.items import Items
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.explore import gallery as gallery_module
from napari_cdcl.panels.explore.gallery import Gallery
from napari_cdcl.panels.explore.gallery_panel import GalleryPanel
from napari_cdcl.ui import thumbnails as thumbnails_module
from napari_cdcl.ui.thumbnails import Thumbnails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen


@pytest.fixture
def session(small_screen: Screen, viewer: ViewerModel) -> Iterator[Session]:
    fields_of(viewer)
    session = session_of(viewer)
    session.screen = small_screen
    yield session
    del viewer


@pytest.fixture
def thumbnails(qtbot: QtBot, session: Session) -> Iterator[Thumbnails]:
    holder = QWidget()
    qtbot.addWidget(holder)
    thumbnails = Thumbnails(session, holder)
    yield thumbnails
    thumbnails.worker.stop()


@pytest.fixture
def gallery(qtbot: QtBot, session: Session, thumbnails: Thumbnails) -> GalleryPanel:
    panel = GalleryPanel(session, thumbnails)
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    panel.show()
    return panel


def test_a_picture_comes_from_a_thread_and_then_at_once(qtbot: QtBot, thumbnails: Thumbnails) -> None:
    with qtbot.waitSignal(thumbnails.arrived):
        assert thumbnails.picture(3) is None
    picture = thumbnails.picture(3)
    assert picture is not None
    assert (picture.width(), picture.height()) == (48, 40)


def test_the_latest_wish_is_granted_first(
    qtbot: QtBot, thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails_module, "UNDER_WAY", 1)
    came: list[int] = []
    thumbnails.arrived.connect(came.append)
    for item in range(6):
        thumbnails.picture(item)
    qtbot.waitUntil(lambda: len(came) == 6)
    assert came == [0, 5, 4, 3, 2, 1]


def test_contrast_repaints_without_reading_again(qtbot: QtBot, session: Session, thumbnails: Thumbnails) -> None:
    with qtbot.waitSignal(thumbnails.arrived):
        thumbnails.picture(0)
    before = thumbnails.picture(0)
    with qtbot.waitSignal(thumbnails.restyled):
        session.luts = {name: replace(look, visible=False) for name, look in session.luts.items()}
    after = thumbnails.picture(0)
    assert before is not None
    assert after is not None
    assert after.toImage().pixelColor(10, 10) == QColor("black") != before.toImage().pixelColor(10, 10)


def test_room_is_kept_by_letting_the_oldest_go(
    qtbot: QtBot, thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "_room", 3 * 2 * 40 * 48 * 2)
    for item in range(6):
        with qtbot.waitSignal(thumbnails.arrived):
            thumbnails.picture(item)
    assert list(thumbnails._counts) == [3, 4, 5]


def test_what_cannot_be_read_has_an_empty_picture(qtbot: QtBot, session: Session, thumbnails: Thumbnails) -> None:
    items = Items.of_screen(session.screen)  # type: ignore[arg-type]
    session.items = replace(items, rows=np.full(24, -1))
    with qtbot.waitSignal(thumbnails.arrived):
        thumbnails.picture(0)
    picture = thumbnails.picture(0)
    assert picture is not None
    assert picture.isNull()


def test_the_selection_fills_the_gallery_in_the_order_asked_for(
    qtbot: QtBot, session: Session, gallery: GalleryPanel
) -> None:
    session.selection = np.arange(24) < 4
    assert gallery.gallery.grid.items.tolist() == [0, 1, 2, 3]
    assert gallery.note.text() == "4 sites"
    session.extend_items({"similarity": np.linspace(0, 1, 24)})
    assert gallery.order.key == "by similarity"
    session.selection = np.arange(24) < 3
    assert gallery.gallery.grid.items.tolist() == [2, 1, 0]


def test_a_double_click_goes_to_the_field(qtbot: QtBot, session: Session, gallery: GalleryPanel) -> None:
    session.selection = np.isin(np.arange(24), [4, 9])
    view = gallery.gallery
    place = view.visualRect(view.grid.index(1)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.row == 9


def test_ten_thousand_are_laid_out_and_only_those_in_sight_are_loaded(
    qtbot: QtBot, thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[int] = set()
    monkeypatch.setattr(thumbnails, "picture", lambda item: asked.add(item))
    view = Gallery(thumbnails)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    began = time.perf_counter()
    view.show_items(np.arange(20_000))
    view.grab()
    assert time.perf_counter() - began < 5
    assert view.grid.rowCount() == gallery_module.MOST
    assert 0 < len(asked) < 200
    asked.clear()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.grab()
    assert max(asked) == gallery_module.MOST - 1
    assert len(asked) < 200
