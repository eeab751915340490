"""What axes are called, and round numbers along them."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def name_axes(method: str, parameters: Mapping[str, Any]) -> tuple[str, str]:
    """Name the axes of a projection: principal components with their share of the variance, others by number."""
    if method == "pca":
        shares = [f" ({100 * share:.0f} %)" for share in parameters.get("explained_variance", ())]
        first, second = [*shares, "", ""][:2]
        return f"PC 1{first}", f"PC 2{second}"
    name = method.upper() if len(method) <= 4 else method.capitalize()
    return f"{name} 1", f"{name} 2"


def ticks(low: float, high: float, most: int) -> list[float]:
    """Give at most about `most` round numbers from `low` to `high`."""
    if not high > low or most < 1:
        return []
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]
