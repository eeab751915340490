"""Wells of three batches with known offsets and gains, and a known biology."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles


@pytest.fixture
def wells() -> Profiles:
    """3 batches x 2 plates x 60 wells x 8 features; 20 negative controls a plate, 4 treatments of 10 wells each."""
    rng = np.random.default_rng(0)
    batch, plate = np.repeat(np.arange(3), 120), np.repeat(np.arange(6), 60)
    number = np.tile(np.arange(60), 6)
    treatment = np.where(number < 20, 0, 1 + number % 4)
    effects = np.concatenate([np.zeros((1, 8)), rng.normal(scale=2, size=(4, 8))])
    mixing = rng.normal(size=(8, 8))
    values = (effects[treatment] + rng.normal(size=(360, 8))) @ mixing
    values = values * (1 + 0.3 * batch)[:, None] + 5 * rng.normal(size=(3, 8))[batch] + rng.normal(size=(6, 8))[plate]
    table = pd.DataFrame(
        {
            "batch": batch.astype(str),
            "plate": [f"P{number}" for number in plate],
            "well": [f"{'ABCDEF'[n // 10]}{n % 10 + 1:02d}" for n in number],
            "treatment": np.where(treatment == 0, "DMSO", treatment.astype(str)),
            "control": np.where(treatment == 0, "negative", ""),
        }
    )
    return Profiles(values.astype(np.float32), table, "well")
