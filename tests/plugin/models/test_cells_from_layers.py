"""Points and labels become cells in pixels of the fields, wherever their layers are placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.cells import Cells, cells_from_points
from cdcl.errors import ScreenError
from napari_cdcl.layers.attention import find_layer
from napari_cdcl.layers.field import fields_of
from napari_cdcl.models.cells_from_layers import ROW, cells_from_layer, merge_fields, sizes_of
from napari_cdcl.models.session import session_of

if TYPE_CHECKING:
    from typing import Any

    from napari.components import ViewerModel

    from cdcl.screen import Screen


@pytest.fixture
def viewer(small_screen: Screen, viewer: ViewerModel) -> ViewerModel:
    """Fields of 40 x 48 pixels, half a micrometre wide."""
    fields_of(viewer)
    session_of(viewer).screen = small_screen
    return viewer


def cells(viewer: ViewerModel, layer: Any, kind: str, row: int = 3) -> Cells:
    return cells_from_layer(layer, kind, row, find_layer(viewer, "field"))


def test_points_of_three_axes_say_their_field(viewer: ViewerModel) -> None:
    layer = viewer.add_points([[0, 10, 20], [7, 5, 6]], scale=(1, 0.5, 0.5))
    found = cells(viewer, layer, "points")
    assert found.rows.tolist() == [0, 7]
    np.testing.assert_allclose(found.centres, [[10, 20], [5, 6]])


def test_scale_and_translate_of_a_layer_are_honoured(viewer: ViewerModel) -> None:
    in_micrometres = viewer.add_points([[5.0, 10.0]])
    np.testing.assert_allclose(cells(viewer, in_micrometres, "points").centres, [[10, 20]])
    binned = viewer.add_points([[0, 1, 1]], scale=(1, 2, 4), translate=(2, 3, 1))
    found = cells(viewer, binned, "points")
    assert found.rows.tolist() == [2]
    np.testing.assert_allclose(found.centres, [[(2 + 3) / 0.5, (4 + 1) / 0.5]])


def test_a_turned_layer_is_turned_back(viewer: ViewerModel) -> None:
    layer = viewer.add_points([[10.0, -8.0]], rotate=90)
    np.testing.assert_allclose(layer.data_to_world([10.0, -8.0]), [8, 10], atol=1e-6)
    np.testing.assert_allclose(cells(viewer, layer, "points").centres, [[16, 20]], atol=1e-6)


def test_a_flat_layer_belongs_to_the_field_on_display_or_to_its_own(viewer: ViewerModel) -> None:
    layer = viewer.add_points([[4.0, 4.0]], scale=(0.5, 0.5))
    assert cells(viewer, layer, "points", 5).rows.tolist() == [5]
    layer.metadata[ROW] = 9
    assert cells(viewer, layer, "points", 5).rows.tolist() == [9]


def test_labels_are_their_centroids_with_numbers_and_areas(viewer: ViewerModel) -> None:
    labels = np.zeros((40, 48), dtype=np.int32)
    labels[10:13, 20:23] = 4
    found = cells(viewer, viewer.add_labels(labels, scale=(0.5, 0.5)), "labels")
    assert found.table[["row", "cell", "area"]].values.tolist() == [[3, 4, 9]]
    np.testing.assert_allclose(found.centres, [[11, 21]])


def test_labels_of_all_fields_and_of_half_the_size(viewer: ViewerModel) -> None:
    labels = np.zeros((24, 20, 24), dtype=np.int32)
    labels[2, 4, 5], labels[11, 1, 2] = 1, 7
    layer = viewer.add_labels(labels, scale=(1, 1, 1), translate=(0, 0.25, 0.25))
    found = cells(viewer, layer, "labels")
    assert found.rows.tolist() == [2, 11]
    np.testing.assert_allclose(found.centres, [[8.5, 10.5], [2.5, 4.5]])


def test_what_lies_outside_is_left_out_and_nothing_is_refused(viewer: ViewerModel) -> None:
    layer = viewer.add_points([[0, 10, 20], [99, 5, 6], [1, 400, 2]], scale=(1, 0.5, 0.5))
    assert cells(viewer, layer, "points").rows.tolist() == [0]
    with pytest.raises(ScreenError, match="no cell on a field"):
        cells(viewer, viewer.add_points(ndim=3), "points")
    with pytest.raises(ScreenError, match="4 axes"):
        cells(viewer, viewer.add_points([[0, 0, 1, 1]]), "points")


def test_merging_replaces_whole_fields_only() -> None:
    old = Cells.of(cells_from_points([[1, 1], [2, 2]], row=0).table, "old")
    old = merge_fields(old, cells_from_points([[3, 3]], row=1))
    new = merge_fields(old, cells_from_points([[9, 9]], row=0))
    assert new.table[["row", "y"]].values.tolist() == [[0, 9], [1, 3]]


def test_sizes_are_read_only_where_they_are_asked_for(small_screen: Screen) -> None:
    sizes = sizes_of(small_screen, np.array([4, 4, 6]))
    assert sizes[[4, 6]].tolist() == [[40, 48], [40, 48]]
    assert sizes.sum() == 176
