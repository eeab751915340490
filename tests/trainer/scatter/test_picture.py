"""Scatters on paper."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cdcl.errors import ProfilesError
from cdcl.scatter import (
    MarkerStyle,
    Overlay,
    Picture,
    Scene,
    arrows_from_controls,
    class_contours,
    colour_by,
    one_colour,
    write_picture,
)
from cdcl.scatter.picture import MOST_LISTED, MOST_SHAPES


def picture_of(values, **scene) -> Picture:
    positions = np.random.default_rng(0).normal(size=(len(values), 2)).astype(np.float32)
    return Picture(
        positions, Scene(colour_by(pd.Series(values), "batch"), **scene), ("UMAP 1", "UMAP 2"), MarkerStyle(6)
    )


def texts(path) -> str:
    return " ".join(ET.parse(path).getroot().itertext())


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_picture_has_the_same_bytes(tmp_path, suffix):
    picture = picture_of(["B1", "B2", None] * 20)
    for name in ("one", "two"):
        write_picture(picture, tmp_path / f"{name}.{suffix}")
    one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert len(list(tmp_path.iterdir())) == 2, "nothing temporary is left"


def test_a_png_shows_each_class_in_its_colour(tmp_path):
    write_picture(picture_of(["B1", "B2"] * 30), tmp_path / "map.png")
    pixels = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).reshape(-1, 3)
    for colour in [(0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00)]:
        assert (pixels == colour).all(axis=1).sum() > 300


def test_an_svg_says_axes_classes_and_counts_as_text(tmp_path):
    write_picture(picture_of(["B1", "B2", None] * 20), tmp_path / "map.svg")
    assert all(
        word in texts(tmp_path / "map.svg") for word in ("UMAP 1", "UMAP 2", "batch", "B1 (20)", "no value (20)")
    )


def test_an_svg_of_few_points_is_drawn_and_of_many_is_an_image(tmp_path):
    for num, images in [(50, 0), (MOST_SHAPES + 1, 1)]:
        write_picture(picture_of(["B1"] * num), tmp_path / "map.svg")
        assert (tmp_path / "map.svg").read_text().count("<image") == images


def test_numbers_have_a_scale_with_its_ends(tmp_path):
    write_picture(picture_of(np.linspace(0, 8, 500)), tmp_path / "map.svg")
    assert "7.96" in texts(tmp_path / "map.svg")


def test_a_density_has_a_scale_of_its_own(tmp_path):
    picture = replace(picture_of(["B1", "B2"] * 20), marker_style=MarkerStyle(5, density=True))
    write_picture(picture, tmp_path / "map.svg")
    assert "few" in texts(tmp_path / "map.svg")
    assert "B1" not in texts(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text().count("<image") == 2, "the map and the scale"


def test_a_long_legend_says_how_many_it_leaves_out(tmp_path):
    write_picture(picture_of([f"T{number}" for number in range(MOST_LISTED + 9)]), tmp_path / "map.svg")
    assert "and 9 more" in texts(tmp_path / "map.svg")


def test_unselected_and_invisible_points_are_grey_and_gone_in_both_formats(tmp_path):
    selected, visible = np.arange(60) < 5, np.arange(60) < 40
    picture = picture_of(["B1"] * 60, selected=selected, visible=visible)
    write_picture(picture, tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text().count("<use") >= 40
    write_picture(picture, tmp_path / "map.png")
    pixels = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).reshape(-1, 3)
    assert (pixels == (0xC9, 0xCE, 0xD6)).all(axis=1).sum() > (pixels == (0x00, 0x72, 0xB2)).all(axis=1).sum() > 50


@pytest.mark.parametrize("positions", [np.zeros((0, 2)), np.full((1, 2), 3.0), np.full((4, 2), np.nan)])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_few_and_odd_points_still_make_a_picture(tmp_path, positions, suffix):
    scene = Scene(one_colour(len(positions)))
    write_picture(Picture(positions, scene, ("x", "y")), tmp_path / f"map.{suffix}")
    assert (tmp_path / f"map.{suffix}").stat().st_size > 1000


def test_other_endings_are_refused_in_one_line(tmp_path):
    with pytest.raises(ProfilesError, match=r"\.png, \.svg, \.pdf"):
        write_picture(picture_of(["a"]), tmp_path / "map.jpg")


def width_in_mm(path) -> float:
    if path.suffix == ".png":
        return Image.open(path).width / 200 * 25.4
    text = path.read_bytes().decode("latin-1")
    found = re.search(r"MediaBox \[ 0 0 ([\d.]+)" if path.suffix == ".pdf" else r'width="([\d.]+)pt"', text)
    assert found is not None
    return float(found[1]) / 72 * 25.4


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
@pytest.mark.parametrize("width", [150, 180, 210])
def test_a_picture_is_as_wide_as_it_was_asked_for(tmp_path, suffix, width):
    path = tmp_path / f"map.{suffix}"
    write_picture(replace(picture_of(["B1", "B2"] * 30), width=width), path)
    assert width_in_mm(path) == pytest.approx(width, abs=0.2)


def test_a_narrow_picture_lists_as_many_classes_as_there_is_room_for(tmp_path):
    values = [f"T{number}" for number in range(30)] * 2
    for width, listed in [(150, 12), (210, 24)]:
        write_picture(replace(picture_of(values), width=width), tmp_path / "map.svg")
        assert f"and {30 - listed} more" in texts(tmp_path / "map.svg")


@pytest.mark.parametrize("width", [20, 149, 5000])
def test_a_width_that_no_paper_has_is_refused(tmp_path, width):
    with pytest.raises(ProfilesError, match=r"150 to 420 mm"):
        write_picture(replace(picture_of(["B1"] * 9), width=width), tmp_path / "map.png")


def test_names_contours_and_arrows_come_onto_paper(tmp_path):
    picture = picture_of(["B1", "B2"] * 30)
    colouring = picture.scene.colouring
    arrow = arrows_from_controls(picture.positions, colouring, colouring.codes, np.arange(60) % 2 == 0)
    overlay = Overlay(
        [("here", 0.0, 0.0), ("hidden by it", 0.0, 0.0)], class_contours(picture.positions, colouring), arrow
    )
    write_picture(picture, tmp_path / "plain.svg")
    write_picture(replace(picture, overlay=overlay), tmp_path / "map.svg")
    assert "here" in texts(tmp_path / "map.svg")
    assert "hidden by it" not in texts(tmp_path / "map.svg")
    plain, drawn = ((tmp_path / name).read_text().count("<path") for name in ("plain.svg", "map.svg"))
    assert drawn >= plain + 4 + 2  # two lines a class; an arrow's line and head
