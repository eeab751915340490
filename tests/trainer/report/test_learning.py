"""The curves of the fixed sample, as the report draws them."""

from __future__ import annotations

import pandas as pd

from cdcl.events import Measured, Said
from cdcl.report.learning import pace, sample_curves


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


def test_steps_are_counted_from_one_in_words() -> None:
    """A run that ended at step 20 of 20 read "to step 19": the log numbers steps from 0."""
    log = pd.DataFrame({"step": [0, 10, 19], "seconds": [1.0, 20.0, 36.0]})
    assert pace(log) == "0.6 minutes for 20 steps."


def test_a_run_without_a_sample_has_no_curves() -> None:
    assert sample_curves([Measured(0, {"loss": 5.0})]).empty
