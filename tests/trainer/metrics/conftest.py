"""Screens at random for the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def wells() -> Callable[..., Profiles]:
    """Make plates with every treatment once or more on each, and negative controls, at random places."""
    return make_wells


def make_wells(
    seed: int = 0,
    *,
    batches: int = 3,
    plates: int = 2,
    treatments: int = 8,
    copies: int = 1,
    controls: int = 6,
    effect: float = 1.0,
    shift: float = 0.5,
    dim: int = 12,
) -> Profiles:
    rng = np.random.default_rng(seed)
    rows = []
    for batch in range(batches):
        for plate in range(plates):
            kinds = [*np.repeat(np.arange(treatments), copies), *[-1] * controls]
            places = rng.permutation(len(kinds))
            rows += [(batch, f"p{plate}", int(kind), int(place)) for kind, place in zip(kinds, places, strict=True)]
    batch, plate, kind, place = map(np.array, zip(*rows, strict=True))
    axes = effect * rng.normal(size=(treatments + 1, dim))
    axes[-1] = 0
    values = axes[kind] + shift * rng.normal(size=(batches, dim))[batch] + rng.normal(size=(len(kind), dim))
    control = kind < 0
    table = pd.DataFrame(
        {
            "source": [f"s{number % 2}" for number in batch],
            "batch": [f"b{number}" for number in batch],
            "plate": plate,
            "well": [f"{'ABCDEFGHIJKLMNOP'[number // 24]}{number % 24 + 1:02d}" for number in place],
            "treatment": np.where(control, "DMSO", [f"t{number}" for number in kind]),
            "compound": np.where(control, "DMSO", [f"c{number // 2}" for number in kind]),
            "mechanism": np.where(control, "", [f"m{number // 4}" for number in kind]),
            "control": np.where(control, "negative", ""),
            "num_cells": rng.integers(50, 400, size=len(kind)),
        }
    )
    return Profiles(values.astype(np.float32), table, "well")
