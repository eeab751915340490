"""How far later plates have drifted from those that a correction was fitted on: right values on simulated shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.events import Said, Warned
from cdcl.profiles import Profiles, correct, fit_correction, read_correction, write_correction
from cdcl.profiles.corrections import Chain
from cdcl.profiles.corrections.drift import drift_from
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles.corrections.chain import AnyCorrection

SPREAD = np.array([0.01, 1.0, 300.0, 5.0] * 5)
"""Features on many scales: none may decide by its unit."""


def plates(names: list[str], shift: float = 0.0, seed: int = 0, noise: float = 1.0) -> Profiles:
    """40 controls a plate and 5 treatments in 4 wells each; replicates differ as controls do."""
    rng = np.random.default_rng(seed)
    kinds = [*["DMSO"] * 40, *np.repeat([f"t{number}" for number in range(5)], 4)]
    effects = 2 * np.random.default_rng(99).normal(size=(5, len(SPREAD)))
    frames, values = [], []
    for name in names:
        scores = noise * rng.normal(size=(len(kinds), len(SPREAD))) + shift
        scores[40:] += np.repeat(effects, 4, axis=0)
        values.append(10 * SPREAD + scores * SPREAD)
        frames.append(
            pd.DataFrame({"plate": name, "batch": f"batch of {name}", "treatment": kinds}).assign(
                well=[f"W{number}" for number in range(len(kinds))],
                control=np.where(np.array(kinds) == "DMSO", "negative", ""),
            )
        )
    return Profiles(np.concatenate(values).astype(np.float32), pd.concat(frames, ignore_index=True), "well")


def drift(fitted: AnyCorrection, profiles: Profiles) -> pd.DataFrame:
    first = fitted.steps[0] if isinstance(fitted, Chain) else fitted
    return drift_from(first.origin, profiles, first.settings.reference)


@pytest.mark.parametrize("method", ["z", "tvn", "robust-z+pca"])
def test_a_shift_is_found_in_units_of_replicate_distance(method: str, tmp_path: Path) -> None:
    fitted = fit_correction(plates(["a", "b", "c", "d"]), method)
    write_correction(fitted, tmp_path / "fitted.npz")
    again = read_correction(tmp_path / "fitted.npz")
    for shift in (0.0, 0.5, 3.0):
        found = drift(again, plates(["e", "f"], shift, seed=1))
        assert found["plate"].tolist() == ["batch of e/e", "batch of f/f"]
        assert found["count"].tolist() == [40, 40]
        # Two replicates with noise of 1 differ by the square root of 2.
        assert found["drift"].to_numpy() == pytest.approx(shift / np.sqrt(2), abs=0.1)
        assert found["spread"].to_numpy() == pytest.approx(1.0, abs=0.1)
        assert found["outside"].tolist() == [shift == 3.0] * 2


def test_plates_that_were_fitted_on_do_not_count_and_held_out_ones_were_not() -> None:
    both = plates(["a", "b", "c", "late"])
    late = (both.table["plate"] == "late").to_numpy()
    both.table["split"] = np.where(late, "test", "train")
    both.values[late] += (2 * SPREAD).astype(np.float32)
    found = drift(fit_correction(both, "z"), both)
    assert found["plate"].tolist() == ["batch of late/late"]
    assert found["drift"].item() == pytest.approx(2 / np.sqrt(2), abs=0.1)


def test_noisier_controls_are_told_by_their_spread() -> None:
    found = drift(fit_correction(plates(["a", "b"]), "z"), plates(["c"], noise=2.0, seed=3))
    assert found["spread"].item() == pytest.approx(2.0, abs=0.2)
    assert not found["outside"].item()


def test_where_plates_always_strayed_as_far_none_lies_outside() -> None:
    wide = [plates([name], shift, seed=number) for number, (name, shift) in enumerate([("a", -4), ("b", 0), ("c", 4)])]
    table = pd.concat([one.table for one in wide], ignore_index=True)
    early = Profiles(np.concatenate([one.values for one in wide]), table, "well")
    found = drift(fit_correction(early, "z"), plates(["d"], 3.0, seed=9))
    assert found["drift"].item() > 1.5
    assert not found["outside"].item()


def test_applying_a_fitted_correction_names_the_plate_that_lies_outside() -> None:
    fitted, events = fit_correction(plates(["a", "b", "c"]), "z"), []
    finish(correct(plates(["e", "f"], 3.0, seed=1), "z", fitted=fitted), events.append)
    warned = [event.message for event in events if isinstance(event, Warned) and "lie outside" in event.message]
    assert len(warned) == 1
    assert "2 of 2 new plates" in warned[0]
    assert "batch of e/e (2." in warned[0]
    events.clear()
    finish(correct(plates(["e"], 0.0, seed=1), "z", fitted=fitted), events.append)
    assert not [event for event in events if isinstance(event, Warned) and "outside" in event.message]
    assert [event for event in events if isinstance(event, Said) and "replicate distances" in event.message]


def test_profiles_without_plates_have_no_drift() -> None:
    early = plates(["a", "b"])
    early = Profiles(early.values, early.table.drop(columns="plate"), "well")
    assert not len(drift(fit_correction(early, "pca"), plates(["c"], 3.0)))
