"""Mixtures of known corners, and profiles of a small assay with an outlying control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Mixtures = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="session")
def mixtures() -> Callable[..., Mixtures]:
    """Make rows (N, D) that are mixtures of k random corners: rows, corners, weights. Every corner is a row too."""

    def make(num: int, dim: int, rows: int, *, seed: int = 0, noise: float = 0.0) -> Mixtures:
        rng = np.random.default_rng([seed, num, dim, rows])
        corners = 5.0 * np.linalg.qr(rng.normal(size=(dim, dim)))[0][:num]
        weights = np.vstack([np.eye(num), rng.dirichlet(np.ones(num), rows - num)])
        return weights @ corners + noise * rng.normal(size=(rows, dim)), corners, weights

    return make


@pytest.fixture
def assay() -> Profiles:
    """Two batches x 2 plates x 12 wells x 2 sites of DMSO and three compounds; the last plate has a bad DMSO in A09."""
    rng = np.random.default_rng(0)
    records, values = [], []
    corners = 6.0 * np.linalg.qr(rng.normal(size=(10, 10)))[0][:3]  # all features tell of each
    for batch in ("B1", "B2"):
        for plate in ("P1", "P2"):
            shift = rng.normal(size=10)
            for number in range(12):
                kind = number % 4
                spoilt = (batch, plate, number) == ("B2", "P2", 8)
                place = 1 if spoilt else (0, 1, 2, 0)[kind]
                for site in ("1", "2"):
                    values.append(corners[place] + shift + 0.3 * rng.normal(size=10))
                    well = {"batch": batch, "plate": plate, "well": f"A{number + 1:02d}", "site": site}
                    name = ("DMSO", "Stop", "Grow", "Dull")[kind]
                    control = "negative" if kind == 0 else "positive" if kind == 1 else ""
                    records.append({**well, "treatment": name, "compound": name, "control": control})
    return Profiles(np.array(values, dtype=np.float32), pd.DataFrame(records), "site")
