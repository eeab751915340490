"""What axes are called, and round numbers along them."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Numbers that people count in."""


def name_axes(method: str, parameters: Mapping[str, Any]) -> tuple[str, str]:
    """Name the axes of a projection.

    Parameters
    ----------
    method
        A key of `PROJECTIONS`.
    parameters
        Of the projection; of pca, `explained_variance` gives the shares, 0 to 1, that stand beside the names.

    Returns
    -------
    x, y
        Such as "PC 1 (41 %)" and "UMAP 2"; empty for archetypes, whose corners have names instead.
    """
    if method == "pca":
        shares = [f" ({100 * share:.0f} %)" for share in parameters.get("explained_variance", ())]
        first, second = [*shares, "", ""][:2]
        return f"PC 1{first}", f"PC 2{second}"
    if method == "archetypes":
        return "", ""  # its corners have names, its axes none
    name = method.upper() if len(method) <= 4 else method.capitalize()
    return f"{name} 1", f"{name} 2"


def find_corners(parameters: Mapping[str, Any]) -> NDArray[np.float32]:
    """Give the corners (K, 2) between which a projection of archetypes lies; none of other projections.

    Parameters
    ----------
    parameters
        Of a projection.

    Returns
    -------
    corners
        (K, 2); (0, 2) where the projection has none.
    """
    return np.asarray(parameters.get("corners", ()), dtype=np.float32).reshape(-1, 2)


def name_corners(num: int) -> tuple[str, ...]:
    """Name corners as the column `archetype` does: A1, A2, ...

    Parameters
    ----------
    num
        How many corners.

    Returns
    -------
    tuple of str
        In the order of the archetypes.
    """
    return tuple(f"A{number}" for number in range(1, num + 1))


def ticks(low: float, high: float, most: int) -> list[float]:
    """Choose round numbers along an axis.

    Parameters
    ----------
    low, high
        Ends of the axis.
    most
        How many numbers there may be, about.

    Returns
    -------
    list of float
        Multiples of 1, 2, 2.5 or 5 times a power of ten, from `low` to `high`; none where `high` is not above `low`.
    """
    if not high > low or most < 1:
        return []
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]
