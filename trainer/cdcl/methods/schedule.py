"""Schedules over the run (cosine; a linear ramp), by the fraction of it that is done."""

from __future__ import annotations

import math


def cosine(start: float, end: float, fraction: float) -> float:
    """Go from `start` at 0 to `end` at 1 along half a cosine.

    Parameters
    ----------
    start, end
        Values at the first and at the last step.
    fraction
        Share of the run that is done; beyond 0 to 1 the nearer end counts.
    """
    return end + 0.5 * (start - end) * (1.0 + math.cos(math.pi * min(max(fraction, 0.0), 1.0)))


def ramp(start: float, end: float, fraction: float, duration: float) -> float:
    """Go from `start` to `end` in a straight line within `duration` of the run, then stay.

    Parameters
    ----------
    start, end
        Values at the first step, and from `duration` on.
    fraction, duration
        Shares of the run; a duration of 0 gives `end` at once.
    """
    if duration <= 0.0 or fraction >= duration:
        return end
    return start + (end - start) * fraction / duration
