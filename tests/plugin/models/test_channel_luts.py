"""Colours of channels, and the composite that napari would show."""

from __future__ import annotations

import numpy as np
import pytest

from napari_cdcl.models.channel_luts import COLOURS, ChannelLut, choose_colormaps, composite, measure_limits


@pytest.mark.parametrize(
    ("channels", "colours"),
    [
        (("DNA", "Actin", "Mito"), ("blue", "green", "red")),
        (("Actin", "Tubulin", "DNA"), ("red", "green", "blue")),
        (("DNA", "ER", "RNA", "AGP", "Mito"), ("blue", "green", "yellow", "bop orange", "red")),
        (("Brightfield",), ("gray",)),
        (("w1",), ("gray",)),
    ],
)
def test_channels_have_the_colours_of_their_dyes(channels: tuple[str, ...], colours: tuple[str, ...]) -> None:
    assert choose_colormaps(channels) == colours


def test_unknown_channels_differ_while_there_are_colours() -> None:
    chosen = choose_colormaps([f"w{number}" for number in range(6)])
    assert len(set(chosen)) == 6
    assert set(chosen) <= set(COLOURS)


def test_colours_are_those_of_naparis_maps() -> None:
    from napari.utils.colormaps import ensure_colormap

    for name, colour in COLOURS.items():
        np.testing.assert_allclose(ensure_colormap(name).colors[-1][:3], colour, atol=0.01)


def test_the_composite_adds_light_within_limits_and_leaves_out_what_is_hidden() -> None:
    pixels = np.array([[[0, 50, 100]], [[0, 100, 100]]], np.uint16)
    red, green = ChannelLut(0, 100, colour=(1, 0, 0)), ChannelLut(0, 100, colour=(0, 1, 0))
    assert composite(pixels, [red, green])[0].tolist() == [[0, 0, 0], [127, 255, 0], [255, 255, 0]]
    hidden = ChannelLut(0, 100, colour=(0, 1, 0), visible=False)
    assert composite(pixels, [red, hidden])[0, 2].tolist() == [255, 0, 0]
    darker = ChannelLut(0, 100, colour=(1, 0, 0), gamma=2.0)
    assert composite(pixels, [darker, hidden])[0, 1].tolist() == [63, 0, 0]


def test_limits_are_never_equal() -> None:
    low, high = measure_limits(np.full((4, 4), 7, np.uint16))
    assert (low, high) == (7.0, 8.0)
