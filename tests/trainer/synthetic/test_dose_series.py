from __future__ import annotations

import numpy as np
import pytest

from cdcl.synthetic import TREATMENTS, Phenotype, SyntheticConfig, plan_sites
from cdcl.synthetic.treatments import treatments_at


def test_one_dose_is_the_full_dose_as_before() -> None:
    assert treatments_at(1) == TREATMENTS


def test_seven_doses_reach_from_a_thirtieth_to_thirty_times_ec50() -> None:
    series = [t for t in treatments_at(7).values() if t.compound == "arrestine"]
    doses = np.array([t.concentration for t in series])
    assert len(doses) == 7
    np.testing.assert_allclose(doses[[0, 3, 6]] / 0.75, [10**-1.5, 1.0, 10**1.5], rtol=0.01)


def test_half_the_effect_is_half_way_for_factors_and_chances() -> None:
    half = Phenotype(nuclear_area=4.0, binucleate=0.6, mito_position=-0.2, penetrance=0.8).scaled(0.5)
    assert (half.nuclear_area, half.binucleate, half.mito_position) == pytest.approx((2.0, 0.3, -0.1))
    assert half.penetrance == 0.8
    assert Phenotype(nuclear_area=4.0).scaled(0.0) == Phenotype()


def test_the_table_names_each_dose_as_a_treatment() -> None:
    sites = plan_sites(SyntheticConfig(batches=1, plates_per_batch=1, doses=5))
    assert sites["treatment"].nunique() == 1 + 11 * 5
    assert sites.groupby("compound")["concentration"].nunique().drop("DMSO").eq(5).all()
    assert (sites["control"] == "negative").sum() == 8
