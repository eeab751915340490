from __future__ import annotations

import numpy as np
import pytest

from cdcl.profiles import Profiles, Settings, fit_correction


def test_the_unit_of_a_feature_does_not_matter(wells: Profiles) -> None:
    units = np.array([1, 1000, 1, 0.01, 1, 1, 5, 1])
    one, other = (fit_correction(profiles, "tvn").apply(profiles) for profiles in (wells, scaled(wells, units)))
    np.testing.assert_allclose(one.values @ one.values.T, other.values @ other.values.T, rtol=1e-2, atol=1e-2)


def scaled(profiles: Profiles, units: np.ndarray) -> Profiles:
    return profiles.with_values(profiles.values * units)


def test_alignment_is_corals_formula_written_out_slowly(wells: Profiles) -> None:
    """Equation of Ando et al. 2017 as the field runs it, with matrix square roots by scipy."""
    from scipy.linalg import fractional_matrix_power, sqrtm

    white = fit_correction(wells, "tvn", Settings("controls")).apply(wells).values.astype(np.float64)
    ours = fit_correction(wells, "tvn-coral", Settings("controls")).apply(wells).values
    controls = (wells.table["control"] == "negative").to_numpy()
    target = white[controls].T @ white[controls] / controls.sum()
    for batch in ("0", "1", "2"):
        own = (wells.table["batch"] == batch).to_numpy()
        moments = white[own & controls].T @ white[own & controls] / (own & controls).sum()
        slow = white[own] @ fractional_matrix_power(moments + np.eye(8), -0.5) @ sqrtm(target + np.eye(8))
        np.testing.assert_allclose(ours[own], slow.real, rtol=1e-3, atol=1e-4)


def test_alignment_makes_the_batches_spread_alike(wells: Profiles) -> None:
    def spread_of_spreads(method: str) -> float:
        after = fit_correction(wells, method, Settings("controls")).apply(wells)
        spreads = [after.values[(after.table["batch"] == batch).to_numpy()].std() for batch in ("0", "1", "2")]
        return float(np.std(spreads) / np.mean(spreads))

    assert spread_of_spreads("tvn-coral") < spread_of_spreads("tvn")


@pytest.mark.parametrize("method", ["tvn", "tvn-coral"])
def test_axes_have_names_of_their_own(method: str, wells: Profiles) -> None:
    assert fit_correction(wells, method).apply(wells).names[7] == "tvn_0007"
