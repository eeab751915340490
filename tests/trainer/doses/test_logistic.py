from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from cdcl.doses.logistic import demean, fit_all, fitted, hill, leverages, make_grid

DOSES = np.repeat([0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0], 3)
PLATES = np.tile([0, 1, 2], 8)
with np.errstate(divide="ignore"):
    LOG_DOSES = np.log10(DOSES)


def test_half_the_response_is_at_ec50_and_none_at_dose_zero() -> None:
    np.testing.assert_allclose(hill(np.array([-np.inf, -1.0, 0.0]), -1.0, 2.0), [0.0, 0.5, 1 / (1 + 10**-2)])


@settings(max_examples=40, deadline=None)
@given(
    ec50=st.floats(-1.5, 0.3),
    slope=st.floats(0.6, 2.5),
    bottom=st.floats(-3, 3),
    height=st.floats(0.5, 5) | st.floats(-5, -0.5),
)
def test_a_curve_without_noise_is_found_again(ec50: float, slope: float, bottom: float, height: float) -> None:
    response = bottom + height * hill(LOG_DOSES, ec50, slope)
    fit = fit_all(response[None], make_grid(LOG_DOSES, np.zeros(len(DOSES), dtype=np.int64), rho=0.0))
    assert fit.ec50[0] == pytest.approx(ec50, abs=0.1)
    # Slopes are tried in steps of 9 %.
    assert fit.slope[0] == pytest.approx(slope, rel=0.18)
    assert fit.bottom[0] == pytest.approx(bottom, abs=0.08 * abs(height))
    assert fit.top[0] == pytest.approx(bottom + height, abs=0.08 * abs(height))


def test_least_squares_are_those_of_scipys_search() -> None:
    response = 1.0 + 3.0 * hill(LOG_DOSES, -0.6, 1.4) + np.random.default_rng(1).normal(0, 0.3, len(DOSES))

    def curve(x: np.ndarray, low: float, high: float, ec50: float, slope: float) -> np.ndarray:
        return low + (high - low) * hill(x, ec50, slope)

    finite = np.maximum(LOG_DOSES, -30)
    best, _ = curve_fit(curve, finite, response, p0=[1, 4, -0.5, 1.0])
    fit = fit_all(response[None], make_grid(LOG_DOSES, np.zeros(len(DOSES), dtype=np.int64), rho=0.0))
    squares = ((response - curve(finite, *best)) ** 2).sum()
    assert fit.ec50[0] == pytest.approx(best[2], abs=0.03)
    assert fit.total[0] - fit.explained[0] == pytest.approx(squares, rel=0.01)


def test_demeaning_makes_ordinary_squares_those_of_random_shifts() -> None:
    # The oracle: squares weighted by the inverse of the covariance I + rho Z Z'.
    rng, rho = np.random.default_rng(0), 0.7
    plates = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2])
    values = rng.normal(size=9)
    same = (plates[:, None] == plates).astype(float)
    weighted = values @ np.linalg.inv(np.eye(9) + rho * same) @ values
    ordinary = demean(values, plates, rho)
    assert ordinary @ ordinary == pytest.approx(weighted)


def test_shifts_of_plates_do_not_move_ec50_when_they_are_taken_for_shifts() -> None:
    response = hill(LOG_DOSES, -0.5, 1.5) * 2 + np.array([0.0, 50.0, -20.0])[PLATES]
    fit = fit_all(demean(response, PLATES, 1e9)[None], make_grid(LOG_DOSES, PLATES, 1e9))
    assert fit.ec50[0] == pytest.approx(-0.5, abs=0.03)
    assert fit.top[0] - fit.bottom[0] == pytest.approx(2.0, rel=0.03)


def test_leverages_sum_to_the_number_of_parameters() -> None:
    grid = make_grid(LOG_DOSES, PLATES, 0.5)
    fit = fit_all(demean(hill(LOG_DOSES, -0.5, 1.5), PLATES, 0.5)[None], grid)
    found = leverages(grid, fit)
    assert found.sum() == pytest.approx(4)
    assert ((found >= 0) & (found <= 1)).all()
    assert fitted(grid, fit).shape == DOSES.shape
