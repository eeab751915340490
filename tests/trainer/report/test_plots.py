from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cdcl.report import composite, plot_attention, plot_curves, plot_embeddings
from cdcl.report.palette import CATEGORIES, FAINT, MOST_STYLES, style_of
from cdcl.report.plots import _key


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    image.load()
    return image.convert("RGB")


def colours_in(png: bytes) -> set[str]:
    pixels = np.asarray(opened(png)).reshape(-1, 3)
    return {"#{:02x}{:02x}{:02x}".format(*pixel) for pixel in np.unique(pixels, axis=0)}


def test_curves_are_drawn_in_a_colour_each() -> None:
    steps = np.arange(100)
    found = colours_in(plot_curves({"DINO": (steps, np.exp(-steps / 50)), "CDCL": (steps, np.exp(-steps / 30))}))
    assert {CATEGORIES[0], CATEGORIES[1]} <= found


def test_the_same_points_give_the_same_picture() -> None:
    points = np.random.default_rng(0).normal(size=(200, 2))
    labels = np.arange(200) % 5
    once, again = (plot_embeddings([("map", points, labels, "batch")]) for _ in range(2))
    assert once == again


def test_each_label_has_its_colour_in_the_legend_even_without_a_point_to_be_seen() -> None:
    points = np.zeros((6, 2))
    found = colours_in(plot_embeddings([("map", points, list("abcdef"), "batch")]))
    assert set(CATEGORIES[:6]) <= found


def test_small_multiples_stand_side_by_side_and_then_below() -> None:
    points, labels = np.random.default_rng(0).normal(size=(30, 2)), ["a"] * 30
    one, two, four = (opened(plot_embeddings([("m", points, labels, "")] * n, columns=2)).size for n in (1, 2, 4))
    assert two[0] == pytest.approx(2 * one[0], abs=2)
    assert (four[0], four[1]) == (two[0], pytest.approx(2 * two[1], abs=2))


def test_labels_stand_in_natural_order_and_the_rare_and_the_unknown_are_grey() -> None:
    labels = [f"Week{number}" for number in (10, 2, 1)]
    assert _key(labels).names == ("Week1", "Week2", "Week10")
    many = [f"cpd{number}" for number in range(MOST_STYLES + 5)] * 2 + [f"cpd{number}" for number in range(MOST_STYLES)]
    key = _key([*many, None, ""])
    assert len(key.names) == MOST_STYLES
    assert f"cpd{MOST_STYLES + 4}" not in key.names
    assert key.spare == "other (5), unknown"
    assert (key.rows[-2:] == -1).all()


def test_32_labels_have_32_styles_none_of_them_the_grey_of_the_rest() -> None:
    styles = {style_of(number) for number in range(MOST_STYLES)}
    assert len(styles) == MOST_STYLES == 32
    assert FAINT not in {colour for colour, _ in styles}


def test_a_composite_is_between_0_and_1_and_shows_each_channel_in_its_colour() -> None:
    image = np.zeros((2, 8, 8), dtype=np.uint16)
    image[0, :4], image[1, 4:] = 4000, 900
    mixed = composite(image, np.array([[0, 4000], [0, 900]]))
    assert mixed.shape == (8, 8, 3)
    assert (mixed.min(), mixed.max()) == (0.1, 1.0) or 0 <= mixed.min() <= mixed.max() <= 1
    assert mixed[0, 0].argmax() == 2
    assert mixed[7, 7].argmax() == 1


@pytest.mark.parametrize("channels", [1, 3, 5, 8])
def test_a_composite_takes_any_number_of_channels_also_blank_ones(channels: int) -> None:
    image = np.random.default_rng(0).normal(size=(channels, 16, 16)).astype(np.float32)
    image[0] = 7
    assert np.isfinite(composite(image)).all()


def test_attention_is_bright_where_the_map_is_high() -> None:
    maps = np.zeros((1, 4, 4), dtype=np.float32)
    maps[0, :, 2:] = 0.05
    picture = np.asarray(opened(plot_attention(np.zeros((2, 64, 64), dtype=np.uint8), maps)), dtype=float)
    head = picture[picture.shape[0] // 3 :, picture.shape[1] // 2 + 10 : -10]
    middle = head.shape[1] // 2
    assert head[: head.shape[0] // 2, middle + 10 :].mean() > 3 * head[: head.shape[0] // 2, : middle - 10].mean() + 10


@pytest.mark.parametrize("heads", [1, 3, 6, 12])
def test_attention_takes_any_number_of_heads_and_sizes(heads: int) -> None:
    maps = np.random.default_rng(0).random((heads, 5, 9))
    assert opened(plot_attention(np.ones((3, 50, 90), dtype=np.uint16), maps)).size[0] > 200
