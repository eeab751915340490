"""Arrows are offered where a table has what they go along."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdcl.scatter import colour_by
from napari_cdcl.models.map_arrows import arrow_makers

TABLE = pd.DataFrame(
    {
        "compound": ["DMSO", "x", "x", "y"],
        "treatment": ["DMSO", "x@1", "x@10", "y@1"],
        "concentration": ["", "1", "10", "1"],
        "control": ["negative", "", "", ""],
    }
)
PLACES = np.array([[0, 0], [1, 1], [2, 2], [3, 3]], dtype=np.float32)


def test_both_where_there_are_controls_and_series() -> None:
    assert list(arrow_makers(TABLE)) == ["controls", "doses"]


def test_none_without_them() -> None:
    assert not arrow_makers(TABLE[["compound"]])
    assert not arrow_makers(TABLE.iloc[1:].drop(columns="concentration"))
    assert not arrow_makers(TABLE.iloc[:1])  # controls only
    assert "doses" not in arrow_makers(TABLE.iloc[[0, 1, 3]])  # one dose each
    assert "doses" not in arrow_makers(TABLE.assign(concentration_unit=["", "uM", "mg/mL", "uM"]))


def test_by_class_or_where_a_number_colours_the_map_by_treatment() -> None:
    maker = arrow_makers(TABLE)["controls"]
    by_compound, by_number = colour_by(TABLE["compound"], "compound"), colour_by(pd.Series([0.5, 1.5, 2.5, 3.5]), "n")
    assert [arrow.path[-1].tolist() for arrow in maker((PLACES, by_compound, None))] == [[1.5, 1.5], [3, 3]]
    assert [arrow.path[-1].tolist() for arrow in maker((PLACES, by_number, None))] == [[1, 1], [2, 2], [3, 3]]


def test_along_doses() -> None:
    maker = arrow_makers(TABLE)["doses"]
    (arrow,) = maker((PLACES, colour_by(TABLE["treatment"], "treatment"), None))
    assert arrow.path.tolist() == [[1, 1], [2, 2]]
