from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.metrics import grit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def slow_grit(profiles: Profiles) -> dict[str, float]:
    correlations = np.corrcoef(profiles.values.astype(np.float64))
    treatment = profiles.table["treatment"].to_numpy(dtype=str)
    control = (profiles.table["control"] == "negative").to_numpy()
    found: dict[str, list[float]] = {}
    for row in np.flatnonzero(~control):
        null = correlations[row, control]
        replicates = [other for other in np.flatnonzero(treatment == treatment[row]) if other != row]
        z_scores = [(correlations[row, other] - null.mean()) / null.std() for other in replicates]
        found.setdefault(treatment[row], []).append(float(np.mean(z_scores)))
    return {name: float(np.mean(values)) for name, values in found.items()}


def test_it_equals_the_definition_written_as_a_loop(wells: Callable[..., Profiles]) -> None:
    score = grit(wells())
    expected = slow_grit(wells())
    assert dict(zip(score.groups["label"], score.groups["value"], strict=True)) == pytest.approx(expected)
    assert score.value == pytest.approx(np.mean(list(expected.values())))


def test_noise_has_none_and_a_strong_effect_much(wells: Callable[..., Profiles]) -> None:
    assert grit(wells(treatments=60, effect=0.0, shift=0.0, controls=40)).value == pytest.approx(0.0, abs=0.1)
    assert grit(wells(effect=4.0)).value > 2


@pytest.mark.parametrize("controls", [0, 1])
def test_it_needs_two_controls(wells: Callable[..., Profiles], controls: int) -> None:
    profiles = wells(controls=2 * controls, batches=1, plates=1)
    profiles.table.loc[profiles.table.index[profiles.table["control"] == "negative"][:controls], "control"] = "empty"
    assert f"there are {controls} controls" in grit(profiles).note


def test_controls_that_are_all_equal_are_no_scale(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles.values[(profiles.table["control"] == "negative").to_numpy()] = np.arange(12)
    assert grit(profiles).note == "the negative controls do not vary"
