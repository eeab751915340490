"""What fine-tuning gained over the network it began as, on held-out groups, and how much of that chance would give."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from cdcl.events import Said, Warned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdcl.events import Event

NORMAL_95 = 1.96
"""Standard errors on either side of a mean that hold 95 % of a normal distribution."""


def gain_over(start: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """Compare the validation accuracy with that of the network before fine-tuning.

    Parameters
    ----------
    start, now
        As from `Validator.score`.

    Returns
    -------
    dict
        `validation_gain`, and `validation_gain_null`: the half-width of the 95 % interval of the difference of two
        accuracies of equally good networks on `validation_count` fields, taken as two independent binomials. Both see
        the same fields, so it is rather too wide.
    """
    before, after = start["validation_accuracy"], now["validation_accuracy"]
    # Var(a - b) = 2 p (1 - p) / n for two shares of n with the same p, estimated by their mean.
    mean, count = (before + after) / 2, max(now.get("validation_count", 0.0), 1.0)
    return {
        "validation_gain": after - before,
        "validation_gain_null": NORMAL_95 * sqrt(2 * mean * (1 - mean) / count),
    }


def tell_gain(gain: Mapping[str, float], start: Mapping[str, float]) -> Event:
    """Say what came of it; a fine-tune that lost, or gained no more than chance would, is warned of."""
    value, null = gain["validation_gain"], gain["validation_gain_null"]
    told = f"on held-out groups {value:+.3f} over the frozen start ({start['validation_accuracy']:.3f})"
    if value > null:
        return Said(f"fine-tuning gained {told}; chance gives up to {null:.3f}")
    if value < 0:
        return Warned(f"fine-tuning lost: {told}. Use the frozen network, or train less: a lower lr, lora.")
    return Warned(f"fine-tuning gained no more than chance would: {told}; chance gives up to {null:.3f}")
