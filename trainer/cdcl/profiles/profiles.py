"""Profiles: values with a row-aligned table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Profiles:
    """Feature vectors and what each one is of.

    Attributes
    ----------
    values
        Features, shape (N, D), float32.
    table
        One row a profile, index 0..N-1, columns named as in `Screen.sites` (`plate`, `well`, `batch`, `treatment`, ...).
    level
        "cell", "site", "well" or "treatment".
    """

    values: NDArray[np.float32]
    table: pd.DataFrame
    level: str
