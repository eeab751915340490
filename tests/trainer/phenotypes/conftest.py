"""Profiles of three phenotypes in three batches, with shifts of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("large", "round", "small")


@pytest.fixture
def make_named() -> Callable[..., tuple[Profiles, pd.Series]]:
    """Give profiles and their names; a class lies `apart` from the others along its own feature."""

    def make(
        *, apart: float = 4.0, each: int = 20, batches: int = 3, features: int = 12, seed: int = 0
    ) -> tuple[Profiles, pd.Series]:
        rng = np.random.default_rng(seed)
        codes = np.tile(np.repeat(np.arange(3), each), batches)
        batch = np.repeat(np.arange(batches), 3 * each)
        values = rng.normal(size=(len(codes), features)) + 0.5 * rng.normal(size=(batches, features))[batch]
        values[np.arange(len(codes)), codes] += apart
        wells = [f"{'ABCDEFGH'[n // 12 % 8]}{n % 12 + 1:02d}" for n in np.tile(np.arange(3 * each), batches)]
        table = pd.DataFrame({"batch": [f"B{b}" for b in batch], "plate": [f"P{b}" for b in batch], "well": wells})
        table["site"] = [str(n // 96 + 1) for n in np.tile(np.arange(3 * each), batches)]
        names = pd.Series(np.array(NAMES, dtype=object)[codes], index=table.index)
        return Profiles(values.astype(np.float32), table, "site"), names

    return make
