"""The sample data: what napari is given, and that it shows."""

from __future__ import annotations

import numpy as np
import pytest

from cdcl.synthetic import CHANNELS, SyntheticConfig
from napari_cdcl.sample_data import SHOWN, simulated_fields

NUM_FIELDS = len(SHOWN) * SyntheticConfig().batches


@pytest.fixture(scope="module")
def layers():
    return simulated_fields()


def test_each_channel_is_a_layer_of_fields(layers):
    size = SyntheticConfig().field_size
    assert [settings["name"] for _, settings, _ in layers] == list(CHANNELS)
    assert all(pixels.shape == (NUM_FIELDS, size, size) and pixels.dtype == np.uint16 for pixels, _, _ in layers)
    assert {kind for _, _, kind in layers} == {"image"}


def test_channels_overlay_in_colours_of_their_own(layers):
    assert len({settings["colormap"] for _, settings, _ in layers}) == len(CHANNELS)
    assert {settings["blending"] for _, settings, _ in layers} == {"additive"}


def test_each_field_has_a_row_that_tells_its_treatment_and_batch(layers):
    sites = layers[0][1]["metadata"]["sites"]
    assert len(sites) == NUM_FIELDS
    assert sites.groupby("treatment")["batch"].nunique().to_dict() == dict.fromkeys(SHOWN, SyntheticConfig().batches)
    assert not sites.duplicated(["treatment", "batch"]).any()


def test_contrast_is_shared_by_all_fields_and_leaves_no_channel_black(layers):
    for pixels, settings, _ in layers:
        low, high = settings["contrast_limits"]
        assert pixels.min() <= low < high <= pixels.max()
        assert 0.01 < (pixels > (low + high) / 2).mean() < 0.5


def test_batches_differ_more_than_treatments_in_brightness(layers):
    sites = layers[0][1]["metadata"]["sites"]
    for pixels, _, _ in layers:
        brightness = np.log(pixels.mean(axis=(1, 2)))
        spread = {
            by: np.var([brightness[rows].mean() for rows in sites.groupby(by).indices.values()])
            for by in ("batch", "treatment")
        }
        assert spread["batch"] > 3 * spread["treatment"]


def test_the_same_fields_come_every_time(layers):
    for (first, _, _), (second, _, _) in zip(layers, simulated_fields(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.gl
def test_the_sample_opens_in_a_napari_window(window):
    window.open_sample("napari-cdcl", "simulated_screen")
    assert [layer.name for layer in window.layers] == list(CHANNELS)
    assert window.dims.range[0].stop == NUM_FIELDS - 1
    shown = window.screenshot(canvas_only=True, flash=False)
    assert (shown[..., :3].reshape(-1, 3).max(axis=0) > 100).all(), "blue, green and red all show"
