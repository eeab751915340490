"""Values become colours that can be told apart."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from cdcl.scatter import colour_by, colour_column, one_colour
from cdcl.scatter.palette import CATEGORIES, MISSING, VIRIDIS, channels, colours_of, to_hex

# Machado, Oliveira and Fernandes (2009), severity 1; on linear RGB.
PROTANOPE = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
DEUTERANOPE = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]])


def lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    )
    scaled = linear @ to_xyz.T / [0.95047, 1, 1.08883]
    roots = np.where(scaled > 0.008856, np.cbrt(np.maximum(scaled, 0)), 7.787 * scaled + 16 / 116)
    return np.stack([116 * roots[:, 1] - 16, 500 * (roots[:, 0] - roots[:, 1]), 200 * (roots[:, 1] - roots[:, 2])], 1)


@pytest.mark.parametrize("eyes", [np.eye(3), PROTANOPE, DEUTERANOPE], ids=["normal", "protanope", "deuteranope"])
@pytest.mark.parametrize(("num", "least"), [(8, 15), (20, 12)])
def test_classes_stay_apart_for_colour_blind_eyes(eyes, num, least):
    rgb = channels(CATEGORIES[:num])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ eyes.T, 0, 1))
    distances = np.sqrt(((seen[:, None] - seen[None]) ** 2).sum(-1))
    assert distances[np.triu_indices(num, 1)].min() > least


def test_viridis_is_viridis():
    expected = mpl.colormaps["viridis"](np.arange(256))[:, :3]
    assert np.abs(channels(VIRIDIS) - expected).max() < 6 / 255


def test_classes_are_in_natural_order_with_their_counts():
    colouring = colour_by(pd.Series(["Week10", "Week2", "Week2", None, ""]), "batch")
    assert colouring.names == ("Week2", "Week10")
    assert colouring.counts == (2, 1)
    assert colouring.codes.tolist() == [2, 1, 1, 0, 0]
    assert colouring.num_missing == 2
    assert [entry[1] for entry in colouring.classes()] == ["Week2", "Week10", "no value"]


@pytest.mark.parametrize("dtype", [object, "string", "category", "str"])
def test_texts_are_classes_however_they_are_kept(dtype):
    colouring = colour_by(pd.Series(["b", "a", None, "b"], index=[9, 9, 1, 0]).astype(dtype), "kind")
    assert colouring.codes.tolist() == [2, 1, 0, 2]
    assert colouring.names == ("a", "b")


def test_categories_without_points_are_not_in_the_legend():
    values = pd.Series(pd.Categorical(["c", "a"], categories=["a", "b", "c"]))
    colouring = colour_by(values, "kind")
    assert colouring.names == ("a", "c")
    assert colouring.codes.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([True, False], True),
        ([1, 2, 1], True),
        (list(range(50)), False),
        ([1.0, 2.5], False),
        (["1.0", "2.5"], True),
        (pd.array([1, None, 2], dtype="Int64"), True),
        (pd.array([1.5, None, 2], dtype="Float64"), False),
    ],
)
def test_numbers_make_a_scale_and_few_whole_numbers_make_classes(values, classes):
    colouring = colour_by(pd.Series(values), "value")
    assert (colouring.limits is None) == classes
    assert bool(colouring.names) == classes


def test_numbers_go_along_the_scale_and_nan_is_grey():
    colouring = colour_by(pd.Series([0.0, 0.5, 1.0, np.nan, np.inf, -np.inf]), "score")
    shown = colouring.colours[colouring.codes]
    assert shown[3] == MISSING
    assert colouring.num_missing == 1
    assert colouring.codes[0] == colouring.codes[5] == 1
    assert colouring.codes[2] == colouring.codes[4] == 256
    assert colouring.codes[1] in (128, 129)


def test_outliers_do_not_take_the_scale():
    values = np.append(np.linspace(0, 1, 10_000), 1e9)
    low, high = colour_by(pd.Series(values), "score").limits
    assert -0.1 < low < 0.1
    assert 0.9 < high < 1.1


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [3.0, 3.0]])
def test_numbers_without_spread_have_colours_too(values):
    colouring = colour_by(pd.Series(values, dtype=float), "score")
    assert len(colouring) == len(values)
    assert set(colouring.codes.tolist()) <= {0, 128}


def test_many_classes_have_colours_by_their_names():
    many = tuple(f"compound {number}" for number in range(300))
    colours = colours_of(many)
    assert len(set(colours.tolist())) > 280
    np.testing.assert_array_equal(colours[100:150], colours_of(many[:50] + many[100:150])[50:])


def test_many_kinds_do_not_overflow_their_codes():
    names = [f"{number:05d}" for number in range(70_000)]
    colouring = colour_by(pd.Series(names), "cell")
    assert colouring.codes.tolist() == list(range(1, 70_001))


def test_one_colour_is_one_colour():
    colouring = one_colour(3)
    assert set(colouring.codes.tolist()) == {1}
    assert not list(colouring.classes())
    assert to_hex(int(colouring.colours[1])).startswith("#")


def test_doses_are_coloured_by_powers_of_ten_with_their_unit():
    colouring = colour_by(pd.Series([0.1, 1.0, 10.0, np.nan]), "concentration", "µM")
    assert colouring.logarithmic
    assert colouring.codes.tolist() == [1, 128, 256, 0]  # 1 lies in the middle of 0.1 and 10
    assert (colouring.limits, colouring.unit) == ((0.1, 10.0), "µM")
    assert colouring.marks() == [(0.0, "0.1"), (0.5, "1"), (1.0, "10")]


def test_a_dose_of_nothing_looks_unlike_the_lowest_dose():
    colouring = colour_by(pd.Series([0.0, 0.1, 10.0]), "concentration")
    assert colouring.num_zero == 1
    zero, lowest, highest = colouring.codes.tolist()
    assert zero == 1
    assert lowest >= 30
    assert highest == 256


def test_doses_as_texts_are_numbers_in_one_unit():
    colouring = colour_by(pd.Series(["100 nM", "1 uM", "10 uM", ""]), "concentration")
    assert colouring.codes.tolist() == [1, 128, 256, 0]
    assert (colouring.limits, colouring.unit) == ((pytest.approx(0.1), 10.0), "µM")


def test_doses_in_several_units_are_classes_and_no_scale():
    """0.5 µM lies neither below nor at 0.5 mg/mL."""
    units = ["µM", "mg/mL", "µM", ""]
    table = pd.DataFrame({"concentration": [0.5, 0.5, 10.0, np.nan], "concentration_unit": units})
    colouring = colour_column(table, "concentration")
    assert colouring.limits is None
    assert sorted(name for _, name, _, _ in colouring.classes()) == ["0.5 mg/mL", "0.5 µM", "10 µM", "no value"]
    assert colouring.title == "concentration (several units)"
    one = colour_column(table[table["concentration_unit"] == "µM"], "concentration")
    assert (one.limits, one.unit) == ((0.5, 10.0), "µM")


def test_whole_doses_are_a_scale_and_not_classes():
    assert colour_by(pd.Series([1, 3, 10, 30]), "concentration").logarithmic


@pytest.mark.parametrize("values", [[1.0, 2.0, 900.0], [-1.0, 0.01, 1e4], [5.0, 5.0, 5.0]])
def test_numbers_of_few_decades_or_below_zero_keep_a_linear_scale(values):
    assert not colour_by(pd.Series(values), "intensity").logarithmic


def test_one_dose_for_all_is_no_logarithmic_scale():
    colouring = colour_by(pd.Series([3.0, 3.0]), "concentration")
    assert not colouring.logarithmic
    assert len(set(colouring.codes.tolist())) == 1
