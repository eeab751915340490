"""Plates of 96 wells with controls scattered over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles
from cdcl.quality import Wells, wells_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def make_wells() -> Callable[..., Wells]:
    """Make plates of noise: a third of the wells are negative controls, a sixth positive ones, at random places."""

    def make(num_plates: int = 3, dim: int = 6, effect: float = 0.0, seed: int = 0) -> Wells:
        rng = np.random.default_rng(seed)
        plate = np.repeat(np.arange(num_plates), 96)
        kinds = np.concatenate(
            [rng.permutation([""] * 48 + ["negative"] * 32 + ["positive"] * 16) for _ in range(num_plates)]
        )
        values = rng.normal(size=(len(plate), dim))
        values[kinds == "positive", 0] += effect
        number = np.tile(np.arange(96), num_plates)
        table = pd.DataFrame(
            {
                "batch": [f"B{n // 2}" for n in plate],
                "plate": [f"P{n}" for n in plate],
                "well": [f"{'ABCDEFGH'[n // 12]}{n % 12 + 1:02d}" for n in number],
                "treatment": np.where(kinds == "negative", "DMSO", np.where(kinds == "positive", "taxol", "x")),
                "control": kinds,
                "num_cells": 100,
            }
        )
        return wells_of(Profiles(values.astype(np.float32), table, "well"))

    return make
