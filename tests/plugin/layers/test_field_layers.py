"""Layers follow the session, and the session the slider; loops end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.screen import Screen
from napari_cdcl import actions
from napari_cdcl.layers.cell_points import CHOSEN, SIZE, cells_of
from napari_cdcl.layers.field import field_layers, fields_of
from napari_cdcl.models.items import Items
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.sample_data import simulated_fields

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel

    from napari_cdcl.layers.field import FieldLayers


@pytest.fixture
def session(viewer: ViewerModel, small_screen: Screen) -> Session:
    fields_of(viewer)
    session = session_of(viewer)
    session.screen = small_screen
    return session


@pytest.fixture
def fields(viewer: ViewerModel) -> FieldLayers:
    return fields_of(viewer)


def test_each_channel_is_one_additive_layer_in_micrometres(viewer: ViewerModel, session: Session) -> None:
    assert [layer.name for layer in viewer.layers] == ["DNA", "Actin"]
    assert {str(layer.blending) for layer in viewer.layers} == {"additive"}
    assert [layer.colormap.name for layer in viewer.layers] == ["blue", "red"]
    assert viewer.layers[0].scale.tolist() == [1.0, 0.5, 0.5]
    assert session.row == 0


def test_slider_and_session_move_each_other(viewer: ViewerModel, session: Session) -> None:
    told: list[int] = []
    session.row_changed.connect(lambda row: told.append(row))
    viewer.dims.set_current_step(0, 5)
    assert session.row == 5
    session.row = 9
    assert viewer.dims.current_step[0] == 9
    assert told == [5, 9]
    assert "B2/P2" not in viewer.canvas.overlays.text.text
    assert viewer.canvas.overlays.text.text == "P1 · C03 · site 2 · B"


def test_contrast_is_told_once_and_can_be_set_from_the_session(viewer: ViewerModel, session: Session) -> None:
    told: list[object] = []
    session.luts_changed.connect(lambda looks: told.append(looks))
    viewer.layers["DNA"].contrast_limits = (10, 60)
    assert (session.luts["DNA"].low, session.luts["DNA"].high) == (10, 60)
    assert len(told) == 1
    session.luts = {**session.luts, "Actin": replace(session.luts["Actin"], low=1.0, high=5000.0, visible=False)}
    assert tuple(viewer.layers["Actin"].contrast_limits) == (1.0, 5000.0)
    assert not viewer.layers["Actin"].visible
    assert len(told) == 2


def test_another_screen_takes_the_place_of_the_first_and_other_layers_stay(
    viewer: ViewerModel, session: Session, small_screen: Screen
) -> None:
    mine = viewer.add_image(np.zeros((4, 4)), name="mine")
    session.screen = small_screen.take([3, 4])
    assert [layer.name for layer in viewer.layers if layer is not mine] == ["DNA", "Actin"]
    assert mine in viewer.layers
    assert viewer.layers["DNA"].data.shape[0] == 2
    session.screen = None
    assert list(viewer.layers) == [mine]
    assert not viewer.canvas.overlays.text.visible


def test_a_screen_that_a_reader_brings_after_another_has_its_names_and_is_in_view(
    viewer: ViewerModel, session: Session, small_screen: Screen
) -> None:
    camera = getattr(viewer, "scene", viewer).camera
    camera.zoom, camera.center = 0.01, (0.0, -900.0, -900.0)
    other = small_screen.take([3, 4])
    for data, settings, _ in field_layers(other):
        viewer.add_image(data, **settings)
    assert session.screen is other
    assert [layer.name for layer in viewer.layers] == ["DNA", "Actin"]
    middle = np.array(viewer.layers.extent.world[:, 1:]).mean(axis=0)
    assert np.allclose(camera.center[-2:], middle, atol=1.0)
    assert camera.zoom > 0.1


def test_an_unreadable_field_is_told_and_the_rest_goes_on(viewer: ViewerModel, small_screen: Screen) -> None:
    fields_of(viewer)
    session, told = session_of(viewer), []
    session.told.connect(lambda line: told.append(line))
    sites = small_screen.sites.copy()
    sites.loc[2, "path"] = "gone.tif"
    session.screen = Screen(sites, small_screen.channels, small_screen.folder)
    session.row = 2
    assert "shown black" in told[0]
    assert "gone.tif" in told[0]
    session.row = 3
    assert len(told) == 1


def test_the_sample_data_becomes_the_screen_of_the_panels(viewer: ViewerModel, fields: FieldLayers) -> None:
    for data, settings, _ in simulated_fields():
        viewer.add_image(data, **settings)
    session = session_of(viewer)
    assert session.screen is not None
    assert session.screen.image(3).shape[0] == 3
    assert list(fields.layers) == ["DNA", "Actin", "Mito"]
    assert len(viewer.layers) == 3


def test_panels_that_come_later_find_the_sample_data(viewer: ViewerModel) -> None:
    for data, settings, _ in simulated_fields():
        viewer.add_image(data, **settings)
    fields_of(viewer)
    assert session_of(viewer).screen is not None
    assert session_of(viewer).luts["DNA"].colormap == "blue"


def test_a_removed_channel_does_not_come_in_the_way(viewer: ViewerModel, session: Session) -> None:
    viewer.layers.remove("Actin")
    session.row = 4
    session.luts = {"DNA": replace(session.luts["DNA"], low=3.0)}
    assert viewer.layers["DNA"].contrast_limits[0] == 3.0


@pytest.fixture
def cells(session: Session, small_screen: Screen) -> Items:
    rows = np.repeat(np.arange(24), 3)
    table = small_screen.sites.iloc[rows].reset_index(drop=True)
    table = table.assign(y=np.tile([5.0, 20.0, 35.0], 24), x=10.0, cell=np.tile(["1", "2", "3"], 24))
    return Items(table, "cell", rows, title="cells")


def test_only_the_cells_of_the_field_are_points(viewer: ViewerModel, session: Session, cells: Items) -> None:
    layer = cells_of(viewer)
    assert layer.layer is None
    session.items = cells
    session.row = 4
    np.testing.assert_array_equal(layer.layer.data, [[4, 5, 10], [4, 20, 10], [4, 35, 10]])
    np.testing.assert_allclose(layer.layer.scale, [1, 0.5, 0.5])
    first = layer.layer
    session.row = 5
    assert layer.layer is first
    assert (first.data[:, 0] == 5).all()
    session.items = Items.of_screen(session.screen)  # type: ignore[arg-type]
    assert layer.layer is None


def test_cells_and_selection_mark_each_other(viewer: ViewerModel, session: Session, cells: Items) -> None:
    layer = cells_of(viewer)
    session.items, session.row = cells, 2
    told: list[int] = []
    session.selection_changed.connect(lambda mask: told.append(int(mask.sum())))
    session.selection = np.isin(np.arange(72), [0, 7])
    assert layer.layer.selected_data == {1}
    assert layer.layer.size.tolist() == [SIZE, CHOSEN, SIZE]
    layer.layer.selected_data = {0, 2}
    assert np.flatnonzero(session.selection).tolist() == [6, 8]
    assert layer.layer.size.tolist() == [CHOSEN, SIZE, CHOSEN]
    assert told == [2, 2]


def test_a_cell_that_is_asked_for_comes_to_the_centre(viewer: ViewerModel, session: Session, cells: Items) -> None:
    cells_of(viewer)
    session.items = cells
    actions.show_item(session, 16)
    assert session.row == 5
    assert tuple(viewer.scene.camera.center[-2:]) == (10.0, 5.0)


def test_cells_have_the_colours_of_the_scatter(viewer: ViewerModel, session: Session, cells: Items) -> None:
    from cdcl.scatter import colour_by
    from cdcl.scatter.palette import channels

    layer = cells_of(viewer)
    session.items, session.row = cells, 2
    session.colour = "cell"
    colouring = colour_by(pd.Series(cells.table["cell"]), "cell")
    np.testing.assert_allclose(layer.layer.border_color[:, :3], channels(colouring.colours[1:]), atol=1e-6)


def test_deleted_layers_come_back_when_the_screen_is_opened_again(viewer: ViewerModel, session: Session) -> None:
    session.luts = {**session.luts, "DNA": replace(session.luts["DNA"], low=3.0, high=77.0)}
    session.row = 4
    viewer.layers.remove(viewer.layers["DNA"])
    assert session.screen is not None
    actions.show_opened(session, actions.Opened(session.screen))
    assert sorted(layer.name for layer in viewer.layers) == ["Actin", "DNA"]
    assert tuple(viewer.layers["DNA"].contrast_limits) == (3.0, 77.0)
    viewer.layers.clear()
    actions.show_opened(session, actions.Opened(session.screen))
    assert len(viewer.layers) == 2
    assert viewer.dims.current_step[0] == session.row == 4


def test_renamed_reordered_and_hidden_layers_keep_working(viewer: ViewerModel, session: Session) -> None:
    viewer.layers["DNA"].name = "nuclei"
    viewer.layers.reverse()
    viewer.layers["Actin"].visible = False
    session.row = 6
    assert viewer.dims.current_step[0] == 6
    session.luts = {**session.luts, "DNA": replace(session.luts["DNA"], low=2.0, high=55.0)}
    assert tuple(viewer.layers["nuclei"].contrast_limits) == (2.0, 55.0)
    assert session.screen is not None
    actions.show_opened(session, actions.Opened(session.screen))
    assert sorted(layer.name for layer in viewer.layers) == ["Actin", "nuclei"]
    assert not viewer.layers["Actin"].visible


def test_napari_saves_the_field_on_display_and_not_all_of_them(
    viewer: ViewerModel, session: Session, tmp_path: Path
) -> None:
    session.row = 7
    (written,) = viewer.layers[0].save(str(tmp_path / "field.tif"))
    pixels = tifffile.imread(written)
    assert pixels.shape == (40, 48)
    assert pixels[0, 0] == 7
