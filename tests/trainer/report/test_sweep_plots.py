from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.report.corrections import metric_table
from cdcl.report.sweep_plots import plot_metric_table, plot_trade_off

PNG = b"\x89PNG"


def sweep() -> pd.DataFrame:
    rows = [
        ("r", correction, name, level, value)
        for correction, offset in (("none", 0.0), ("z", 0.1))
        for name, level, value in (
            ("kbet", "site", 0.9),
            ("kbet", "well", 0.3 + offset),
            ("batch_recognised", "well", 0.8 - offset),
            ("nsc", "treatment", float("nan")),
            ("overall", "well", 0.5 + offset),
        )
    ]
    return pd.DataFrame(rows, columns=["run", "correction", "name", "level", "value"])


def test_metrics_stand_in_rows_and_corrections_in_columns() -> None:
    values, better = metric_table(sweep())
    assert list(values.columns) == ["none", "z"]
    assert list(values.index) == [
        "Batch recognised",
        "Batches mixed (kBET acceptance)",
        "Overall of Arevalo et al. (mostly without labels)",
    ]
    assert values["z"].tolist() == pytest.approx([0.7, 0.4, 0.6])
    assert better == [False, True, True]


def test_runs_side_by_side_have_columns_of_their_own() -> None:
    both = pd.concat([sweep(), sweep().assign(run="other")])
    assert list(metric_table(both)[0].columns) == ["r, none", "r, z", "other, none", "other, z"]
    plain = both[both["correction"] == "none"]
    assert list(metric_table(plain)[0].columns) == ["r", "other"]


def test_gaps_and_ties_are_drawn() -> None:
    values = pd.DataFrame({"none": [0.1, np.nan, 0.5], "z": [0.1, 0.3, 0.4]}, index=["one", "two", "three"])
    assert plot_metric_table(values, [True, False, True]).startswith(PNG)


@pytest.mark.parametrize("number", [1, 2, 24])
def test_any_number_of_corrections_is_drawn_each_with_its_name(number: int) -> None:
    rng = np.random.default_rng(0)
    halves = pd.DataFrame({"batch": rng.random(number), "biology": rng.random(number)})
    halves = halves.assign(run=["a", "b"][0], correction=[f"way {k}" for k in range(number)])
    assert plot_trade_off(halves).startswith(PNG)


def test_corrections_in_one_place_are_drawn() -> None:
    halves = pd.DataFrame({"run": "a", "correction": ["none", "z"], "batch": [0.5, 0.5], "biology": [0.5, 0.5]})
    assert plot_trade_off(halves).startswith(PNG)
