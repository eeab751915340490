"""The curves of the fixed sample, as the report draws them."""

from __future__ import annotations

import pandas as pd

from cdcl.events import Measured, Said
from cdcl.report.learning import sample_curves


def test_the_last_measurement_of_a_step_counts() -> None:
    events = [
        Said("partners: the image itself 3"),
        Measured(0, {"loss": 5.0}),
        Measured(10, {"probe_treatment": 0.2, "probe_treatment_chance": 0.1}),
        Measured(0, {"probe_treatment": 0.1, "probe_treatment_chance": 0.1}),
        Measured(10, {"probe_treatment": 0.3}),
    ]
    expected = pd.DataFrame({"step": [0, 10], "treatment": [0.1, 0.3], "treatment_chance": [0.1, 0.1]})
    pd.testing.assert_frame_equal(sample_curves(events), expected)


def test_a_run_without_a_sample_has_no_curves() -> None:
    assert sample_curves([Measured(0, {"loss": 5.0})]).empty
