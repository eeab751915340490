"""What a bake-off ends in: use this, how sure, and what it cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.answers import PLACES
from cdcl.metrics.bakeoff import FEWEST, FLOORS
from cdcl.metrics.degrees import DEGREES, LADDERS
from cdcl.metrics.judging import NONE
from cdcl.metrics.resampling import interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdcl.metrics.bakeoff import BakeOff, Pipeline

FEW_COMPOUNDS = 20
"""Below so many compounds another handful could turn the order round."""


@dataclass(frozen=True)
class Conclusion:
    """The end of the page, a paragraph each."""

    use: str
    sure: str
    cannot: str


def conclude(found: BakeOff, warnings: Sequence[str] = ()) -> Conclusion:
    """Say which profiles to use, how sure that is, and what these wells cannot tell.

    Parameters
    ----------
    warnings
        What is known of the candidates besides, such as that a network was trained on these wells.
    """
    rivals = [one for one in found.pipelines if one.candidate not in FLOORS]
    return Conclusion(_use(found, rivals), _sure(found, rivals), " ".join([*_cannot(found), *warnings]))


def called(pipeline: Pipeline) -> str:
    """Name a candidate with its chain."""
    return (
        f"{pipeline.candidate}, uncorrected"
        if pipeline.overall == NONE
        else f"{pipeline.candidate} after {pipeline.overall}"
    )


def _use(found: BakeOff, rivals: Sequence[Pipeline]) -> str:
    best = rivals[0]
    if not _knows_something(found, best):
        return (
            f"Use none of these: the best, {called(best)}, answers no deciding question better than shuffled labels "
            "do, beyond its interval."
        )
    told = "; ".join(_told(found, best, name) for name in found.deciding)
    return f"Use {called(best)}. {told}."


def _told(found: BakeOff, pipeline: Pipeline, name: str) -> str:
    value, low, high, count = found.value(pipeline.answers, name)
    ladder, degree = PLACES[name]
    null = pipeline.nulls.get(name)
    shuffled = f"; shuffled labels {null[0]:.2f}" if null is not None and not np.isnan(null[0]) else ""
    return f"{ladder}, {DEGREES[degree]}: {value:.2f} ({low:.2f} to {high:.2f}{shuffled}; {count} wells)"


def _knows_something(found: BakeOff, pipeline: Pipeline) -> bool:
    """Tell whether any deciding question is answered above its null, beyond its interval."""
    for name in found.deciding:
        null = pipeline.nulls.get(name)
        if null is None or np.isnan(null[2]) or found.value(pipeline.answers, name)[1] > null[2]:
            return True
    return False


def _sure(found: BakeOff, rivals: Sequence[Pipeline]) -> str:
    told = []
    if len(rivals) > 1:
        best, second = rivals[:2]
        difference = found.decisions(best.answers) - found.decisions(second.answers)
        low, high = interval(difference[1:])
        ahead = _by(difference[0], low, high)
        if low > 0:
            told.append(f"It is ahead of {called(second)} by {ahead}.")
        else:
            told.append(
                f"It is not settled: {called(second)} lies {ahead} behind, and is ahead in "
                f"{float((difference[1:] < 0).mean()):.0%} of 1,000 redrawn sets of compounds. Take the cheaper."
            )
    told += [_against_floor(found, rivals[0])]
    first, other = rivals[0].chains
    if first != other:
        told.append(
            f"The two halves of the compounds chose different corrections ({first}, {other}): which is best is open."
        )
    return " ".join(filter(None, told))


def _against_floor(found: BakeOff, best: Pipeline) -> str:
    floors = [one for one in found.pipelines if one.candidate in FLOORS]
    if not floors:
        return ""
    floor = floors[0]
    difference = found.decisions(best.answers) - found.decisions(floor.answers)
    low, high = interval(difference[1:])
    alone = f"{floor.candidate.capitalize()} alone, without any picture,"
    if low > 0:
        return f"{alone} is worse by {_by(difference[0], low, high)}."
    if high < 0:
        # Said the other way round, so value and interval turn with it.
        return (
            f"{alone} is better by {_by(-difference[0], -high, -low)}: where a treatment lies gives it away, so these "
            "figures are no evidence of biology."
        )
    return f"{alone} does as well (the best less it: {difference[0]:.2f}, {low:.2f} to {high:.2f})."


def _by(value: float, low: float, high: float) -> str:
    return f"{value:.2f} (95 % interval {low:.2f} to {high:.2f})"


def _cannot(found: BakeOff) -> list[str]:
    counts = _counts(found)
    treatment = LADDERS[0].rungs
    told = []
    if counts[treatment["batch"]] < FEWEST:
        told.append("how treatments are recognised in a new batch: hardly any was made in two")
    if counts[treatment["source"]] < FEWEST:
        told.append("how it would do in another laboratory: there is one source, or no column source")
    if counts[treatment["position"]] < FEWEST:
        told.append("how much of it is layout: hardly any treatment stands at two well positions")
    if counts[LADDERS[1].rungs["anyone"]] < FEWEST:
        told.append("which treatments are active: there are no negative controls")
    if counts[LADDERS[2].rungs["anyone"]] < FEWEST:
        told.append("whether mechanisms are found: none is known of two compounds")
    lines = [f"These wells cannot tell {'; '.join(told)}."] if told else []
    compounds = int(found.draws.counts.shape[1])
    if compounds < FEW_COMPOUNDS:
        lines.append(f"Only {compounds} compounds decide.")
    return lines


def _counts(found: BakeOff) -> Mapping[str, int]:
    answers = next(entry.answers for entry in found.entries if entry.answers)
    return {name: int(np.count_nonzero(~np.isnan(one) & (found.halves >= 0))) for name, one in answers.items()}
