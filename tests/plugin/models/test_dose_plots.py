"""What a small dose-response plot is drawn of: places of doses, the curve, one axis for all."""

from __future__ import annotations

import numpy as np
import pytest

from cdcl.doses import Curve
from napari_cdcl.models.dose_plots import MARGIN, DosePlot, common_heights

DOSES = np.array([0.0, 0.0, 0.1, 1.0, 10.0, 10.0])


def make_plot(values: list[float], reason: str = "", unit: str = "µM") -> DosePlot:
    numbers = (
        {} if reason else {"ec50": 1.0, "ec50_low": 0.5, "ec50_high": 2.0, "bottom": 1.0, "top": 5.0, "slope": 1.0}
    )
    curve = Curve("drug", "distance", 3, 4, 1, reason=reason, **numbers)
    wells = np.array([0, 1, 2, 3, 4, -1])
    return DosePlot(curve, DOSES, np.array(values), np.array([0, 1, 0, 1, 0, 1]), wells, unit)


def test_controls_stand_left_of_the_lowest_dose() -> None:
    plot = make_plot([1, 1, 1, 3, 5, 5])
    np.testing.assert_allclose(plot.place(plot.levels), [-1 - 2 * MARGIN, -1, 0, 1])
    assert plot.span == (-1 - 3 * MARGIN, 1 + MARGIN)


def test_the_curve_passes_half_the_response_at_its_ec50() -> None:
    along, heights = make_plot([1, 1, 1, 3, 5, 5]).line()
    assert np.interp(0.0, along, heights) == pytest.approx(3.0, abs=0.01)
    assert not len(make_plot([1, 1, 1, 3, 5, 5], reason="none").line()[0])


def test_wells_and_means_of_a_dose() -> None:
    plot = make_plot([1, 2, 1, 3, 5, 7])
    assert plot.wells_at(10.0).tolist() == [4]  # the other well is not on the screen that is open
    places, means = plot.means(1)
    np.testing.assert_allclose(places, plot.place(np.array([0.0, 1.0, 10.0])))
    assert means.tolist() == [2, 3, 7]


def test_words_name_dose_mean_and_interval_with_their_unit() -> None:
    plot = make_plot([1, 2, 1, 3, 5, 7])
    assert plot.in_words(10.0) == "drug, 10 µM: 6 (mean of 2 wells)"
    assert plot.in_words(0.0) == "drug, controls: 1.5 (mean of 2 wells)"
    assert plot.ec50_in_words() == "EC50 1 µM (0.5 to 2)"
    assert make_plot([1] * 6, reason="3 doses", unit="").ec50_in_words() == "no fit: 3 doses"


def test_one_broken_well_does_not_flatten_the_common_axis_but_curves_are_never_cut() -> None:
    usual = [make_plot([1, 1, 1, 2, 2, 2], reason="none") for _ in range(60)]
    broken = make_plot([1, 1, 1, 2, 2, 900], reason="none")
    assert common_heights([*usual, broken]) == (1.0, 2.0)
    assert common_heights([*usual, make_plot([1, 1, 1, 2, 2, 2])]) == (1.0, 5.0)
