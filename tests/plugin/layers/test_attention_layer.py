"""Attention lies over its field, in one layer that is used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.attention import Attention
from napari_cdcl.layers.attention import KEY, OVERLAY, SIMILAR, find_layer, hide_maps, patch_at, show_maps

if TYPE_CHECKING:
    from napari.components import ViewerModel


@pytest.fixture
def viewer(viewer: ViewerModel) -> ViewerModel:
    fields = np.zeros((3, 40, 60), np.uint16)
    viewer.add_image(fields, scale=(1, 0.5, 0.5), name="DNA", metadata={KEY: "field"})
    return viewer


def attention(maps: np.ndarray | None = None) -> Attention:
    maps = np.random.default_rng(0).random((2, 4, 6), dtype=np.float32) if maps is None else maps
    return Attention(maps, (10.0, 10.0), (4.5, 4.5), ("head 1", "head 2"))


def test_patches_cover_the_field_exactly(viewer: ViewerModel) -> None:
    layer = show_maps(viewer, attention(), row=1)
    low, high = (np.array(side) for side in layer.extent.world)
    # Extents go from pixel centre to pixel centre; half a patch further is the field's edge, half a pixel out.
    np.testing.assert_allclose(low[-2:] - 2.5, np.array([-0.25, -0.25]))
    np.testing.assert_allclose(high[-2:] + 2.5, np.array([39.5, 59.5]) * 0.5)
    assert low[1] == high[1] == 1.0


def test_the_layer_is_used_again_whatever_the_user_calls_it(viewer: ViewerModel) -> None:
    first = show_maps(viewer, attention(), row=0)
    first.name = "mine"
    second = show_maps(viewer, attention(np.ones((1, 2, 3), np.float32)), row=2)
    assert second is first
    assert len(viewer.layers) == 2
    assert first.data.shape == (1, 1, 2, 3)
    assert first.translate[1] == 2.0


def test_a_share_leaves_only_the_strongest_patches(viewer: ViewerModel) -> None:
    maps = np.array([[[0.7, 0.2], [0.1, 0.0]]], np.float32)
    layer = show_maps(viewer, attention(maps), row=0, share=0.6)
    assert layer.data[0, 0].tolist() == [[maps[0, 0, 0], 0.0], [0.0, 0.0]]


def test_a_position_names_the_patch_that_covers_it(viewer: ViewerModel) -> None:
    assert patch_at(viewer, (0.0, 0.0, 0.0)) is None
    show_maps(viewer, attention(), row=0)
    assert patch_at(viewer, (0, 0, 0.1, 0.1)) == (0, 0)
    assert patch_at(viewer, (0, 0, 19.0, 29.0)) == (3, 5)
    assert patch_at(viewer, (0, 0, 5.1, 4.4)) == (1, 0)
    assert patch_at(viewer, (0, 0, 25.0, 0.0)) is None


def test_maps_are_hidden_by_kind(viewer: ViewerModel) -> None:
    show_maps(viewer, attention(), row=0)
    show_maps(viewer, attention(), row=0, kind=SIMILAR)
    hide_maps(viewer, SIMILAR)
    hide_maps(viewer, SIMILAR)
    assert find_layer(viewer, SIMILAR) is None
    assert find_layer(viewer, OVERLAY) is not None
