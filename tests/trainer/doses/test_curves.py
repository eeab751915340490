from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.doses import Curve, DoseSeries, fit_curves, fit_series, hill
from cdcl.doses.curves import shift_ratio
from cdcl.doses.series import dose_series
from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles
from cdcl.quality.wells import Wells, wells_of
from cdcl.tasks import finish

DOSES = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
NOISE, SHIFTS = 0.35, 0.3
RHO = (SHIFTS / NOISE) ** 2


def make_series(doses: np.ndarray = DOSES, *, plates: int = 3, controls: int = 6) -> DoseSeries:
    own = np.tile(doses, plates)
    given = np.concatenate([own, np.zeros(controls * plates)])
    where = np.concatenate([np.repeat(np.arange(plates), len(doses)), np.repeat(np.arange(plates), controls)])
    return DoseSeries("drug", np.arange(len(given)), given, where)


def respond(series: DoseSeries, ec50: float, slope: float, top: float, rng: np.random.Generator) -> np.ndarray:
    curve = 1.0 + top * hill(series.log_doses, np.log10(ec50), slope)
    shifts = rng.normal(0, SHIFTS, series.plates.max() + 1)[series.plates]
    return curve + shifts + rng.normal(0, NOISE, len(curve))


def fit_one(series: DoseSeries, values: np.ndarray, seed: int = 0) -> Curve:
    return fit_series(series, values, "distance", rho=RHO, rng=np.random.default_rng(seed))


@pytest.mark.slow
def test_the_interval_holds_the_true_ec50_of_nine_in_ten_of_200_compounds_and_nothing_is_found_in_noise() -> None:
    rng, series = np.random.default_rng(0), make_series()
    held, found, false = 0, 0, 0
    for number in range(200):
        ec50, slope, top = 10 ** rng.uniform(-1, 1), rng.uniform(0.8, 2.5), rng.uniform(1.5, 4)
        curve = fit_one(series, respond(series, ec50, slope, top, rng), number)
        found += curve.reason == ""
        held += curve.ec50_low <= ec50 <= curve.ec50_high
        false += fit_one(series, respond(series, 1.0, 1.0, 0.0, rng), number).p < 0.05
    assert found >= 190
    assert held / found >= 0.9
    assert false <= 18  # 10 expected; more than 18 happens once in 200 times


def test_a_strong_effect_gives_its_ec50_and_the_order_of_doses() -> None:
    series = make_series()
    curve = fit_one(series, respond(series, 1.0, 1.5, 5.0, np.random.default_rng(3)))
    assert curve.reason == ""
    assert curve.ec50_low < 1.0 < curve.ec50_high
    assert curve.ec50 == pytest.approx(1.0, rel=0.35)
    assert (curve.doses, curve.wells, curve.plates) == (7, 21, 3)
    assert curve.bottom == pytest.approx(1.0, abs=0.6)
    assert curve.top - curve.bottom == pytest.approx(5.0, abs=0.7)
    assert curve.monotonicity > 0.85
    assert curve.p == pytest.approx(0.001)


def test_a_falling_response_has_its_top_below_its_bottom() -> None:
    series = make_series()
    curve = fit_one(series, respond(series, 1.0, 1.5, -5.0, np.random.default_rng(3)))
    assert curve.top < curve.bottom
    assert curve.monotonicity < -0.85


@pytest.mark.parametrize(
    ("doses", "reason"),
    [
        ([10.0], "1 dose: a curve needs 4 or more"),
        ([1.0, 3.0, 10.0], "3 doses: a curve needs 4 or more"),
        ([0.0, 0.0], "all doses are 0, which is a control"),
    ],
)
def test_too_few_doses_give_the_reason(doses: list[float], reason: str) -> None:
    series = make_series(np.array(doses))
    curve = fit_one(series, np.random.default_rng(0).normal(size=len(series.doses)))
    assert curve.reason == reason
    assert np.isnan(curve.ec50)


def test_noise_has_no_curve() -> None:
    series = make_series()
    assert fit_one(series, respond(series, 1.0, 1.0, 0.0, np.random.default_rng(5))).reason.startswith("no dose does")


def test_a_response_that_only_begins_to_rise_is_not_saturated() -> None:
    series = make_series()
    curve = fit_one(series, respond(series, 80.0, 1.5, 20.0, np.random.default_rng(0)))
    assert curve.reason == "not saturated: EC50 lies above the highest dose, 30"


def test_a_response_that_turns_back_is_noted() -> None:
    series, rng = make_series(), np.random.default_rng(0)
    values = respond(series, 0.3, 1.5, 6.0, rng)
    values[series.doses == 30.0] = 1.0 + rng.normal(0, 0.3, 3)
    assert "turns back" in fit_one(series, values).note


def test_the_same_seed_gives_the_same_interval() -> None:
    series = make_series()
    values = respond(series, 1.0, 1.5, 5.0, np.random.default_rng(3))
    assert fit_one(series, values, 1) == fit_one(series, values, 1)


def test_the_ratio_of_variances_is_that_of_the_simulation() -> None:
    rng = np.random.default_rng(0)
    plates = np.repeat(np.arange(400), 8)
    values = rng.normal(0, 2.0, 400)[plates] + rng.normal(0, 1.0, len(plates))
    assert shift_ratio(values, plates) == pytest.approx(4.0, rel=0.2)
    assert shift_ratio(rng.normal(size=8), np.zeros(8, dtype=np.int64)) == 0.0


def wells_with(concentration: list[object], control: list[str], compound: list[str]) -> Wells:
    table = pd.DataFrame({"plate": "P1", "well": [f"A{n + 1:02d}" for n in range(len(control))]})
    table = table.assign(batch="B1", compound=compound, concentration=concentration, control=control)
    return wells_of(Profiles(np.random.default_rng(0).normal(size=(len(table), 3)).astype(np.float32), table, "well"))


def test_each_compound_has_a_row_with_a_curve_or_a_reason() -> None:
    doses = [*DOSES, 1.0, 2.0, np.nan, -1.0, 0.0, 0.0, 0.0]
    compound = ["drug"] * 7 + ["pair"] * 2 + ["lost"] * 2 + ["DMSO"] * 3
    wells = wells_with(doses, [""] * 11 + ["negative"] * 3, compound)
    table = finish(fit_curves(wells, np.linspace(0, 1, 14), "rank")).set_index("compound")
    assert list(table.index) == ["drug", "lost", "pair"]
    assert table.loc["lost", "reason"] == "no dose is known: 2 wells have none, or one below 0"
    assert table.loc["pair", "reason"] == "2 doses: a curve needs 4 or more"
    assert table.loc["drug", "response"] == "rank"


def test_a_table_without_doses_is_refused_with_what_it_holds() -> None:
    wells = wells_with(["low", "high", "low"], ["", "", "negative"], ["a", "a", "DMSO"])
    with pytest.raises(ProfilesError, match=r"no number \(it holds 'low', 'high'\)"):
        finish(fit_curves(wells, np.zeros(3), "x"))


def test_doses_in_several_units_are_not_one_axis() -> None:
    doses = [1.0, 3.0, 10.0, 30.0] * 4
    table = pd.DataFrame(
        {
            "plate": "P1",
            "well": [f"A{number:02d}" for number in range(1, 33)],
            "compound": ["mixed"] * 16 + ["pure"] * 8 + ["DMSO"] * 8,
            "concentration": [*doses, *doses[:8], *[0.0] * 8],
            "concentration_unit": ["uM", "mg/mL"] * 8 + ["uM"] * 16,
            "control": [""] * 24 + ["negative"] * 8,
        }
    )
    values = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    mixed, pure = dose_series(wells_of(Profiles(values, table, "well")))
    assert (mixed.units, pure.units) == (("mg/mL", "uM"), ("uM",))
    response = respond(mixed, 1.0, 1.5, 5.0, np.random.default_rng(3))
    curve = fit_one(mixed, response)
    assert curve.reason == "its doses have several units (mg/mL, uM), which cannot stand on one axis"
    assert np.isnan(curve.ec50)
    assert "unit" not in fit_one(pure, response[: len(pure.rows)]).reason
