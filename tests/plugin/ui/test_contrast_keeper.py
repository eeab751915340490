"""Contrast follows the plate of the field on display, whichever panels are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_cdcl.panels.explore.panel import ExplorePanel

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session


def limits_of(screen: Screen, rows: range) -> np.ndarray:
    return np.percentile(np.stack([screen.image(row)[0] for row in rows]), (1.0, 99.8))


@pytest.mark.parametrize("row", [15, 3])
def test_a_field_of_another_plate_has_the_contrast_of_its_plate_without_the_screen_panel(
    qtbot: QtBot, viewer: ViewerModel, session: Session, small_screen: Screen, row: int
) -> None:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    session.screen = small_screen
    session.row = 18 - row
    session.row = row
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    rows = range(12, 24) if row >= 12 else range(12)
    assert not np.allclose(limits_of(small_screen, range(12)), limits_of(small_screen, range(12, 24)))
    np.testing.assert_allclose(viewer.layers["DNA"].contrast_limits, limits_of(small_screen, rows))
