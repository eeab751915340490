"""Before any training, fields can be explored by what their pixels say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hands import press
from napari.components import ViewerModel

from cdcl.profiles.baselines import intensities_of_images
from cdcl.tasks import finish
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.explore.panel import ExplorePanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen

PATIENCE = 30_000


@pytest.fixture
def panel(qtbot: QtBot, small_screen: Screen) -> ExplorePanel:
    viewer = ViewerModel()
    panel = ExplorePanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    panel.show()
    session_of(viewer).open(small_screen)
    return panel


def test_the_numbers_are_means_and_percentiles_of_the_images(small_screen: Screen) -> None:
    profiles = finish(intensities_of_images(small_screen))
    image = small_screen.image(7)
    found = dict(zip(profiles.names, profiles.values[7].tolist(), strict=True))
    assert found["DNA_mean"] == pytest.approx(image[0].mean(), rel=1e-5)
    assert found["Actin_std"] == pytest.approx(image[1].std(), rel=1e-4)
    assert found["Actin_p90"] == pytest.approx(np.percentile(image[1], 90), rel=1e-5)
    assert found["DNA_Actin_correlation"] == pytest.approx(np.corrcoef(image.reshape(2, -1))[0, 1], abs=1e-4)


def test_one_press_gives_points_to_explore(qtbot: QtBot, panel: ExplorePanel) -> None:
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    assert panel.intensities.isVisible()
    press(panel.intensities.button)
    qtbot.waitUntil(lambda: len(panel.first.view.model) == 24, timeout=PATIENCE)  # principal components, at once
    assert not panel.intensities.isVisible()
    assert "No network has seen them" in panel.message.text()
    items = session.items
    assert items is not None
    bright = {kind: items.values[(items.table["treatment"] == kind).to_numpy(), 0].mean() for kind in "ABC"}  # type: ignore[index]
    assert bright["A"] < bright["B"] < bright["C"]  # as the fixture draws them
    assert (items.rows == np.arange(24)).all()


def test_it_can_be_cancelled_and_ends_with_its_screen(
    qtbot: QtBot, panel: ExplorePanel, small_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    for end in (lambda: press(panel.intensities.cancel), lambda: session.open(small_screen.take([0, 1]))):
        press(panel.intensities.button)
        end()
        qtbot.wait(300)
        assert session.items is not None
        assert session.items.values is None
        assert panel.intensities.button.isVisible()


def test_where_there_are_profiles_it_is_not_offered(qtbot: QtBot, panel: ExplorePanel, small_run: Run) -> None:
    from napari_cdcl import actions

    actions.open_source(session_of(panel.viewer), small_run.folder)  # type: ignore[attr-defined]
    assert not panel.intensities.isVisible()
