"""What the sample says of a run, in words: whether treatments are found again, and whether batches mix. No Qt."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_cdcl.runs.run_watch import Glance

CLOSE = 0.05
"""So near to chance, or to what it was at first, counts as equal: the sample is small."""


def describe_sample(glance: Glance) -> str:
    """Say how the sample does after its last snapshot; "" where it was not scored.

    Fields of held-out batches are told of where there are any: what the network does for them is not learned by heart.
    """
    held_out = isfinite(glance.last("probe_held_out_treatment"))
    prefix, whose = ("probe_held_out_", "fields of held-out batches") if held_out else ("probe_", "the sample's fields")
    treatment, batch = f"{prefix}treatment", f"{prefix}batch"
    words = []
    if isfinite(glance.last(treatment)):
        found = f"{glance.last(treatment):.0%} of {whose} find their treatment again in another batch"
        words.append(f"{found} ({_beside(glance, treatment)}){_judge_treatment(glance, treatment)}.")
    if isfinite(glance.last(batch)):
        found = f"{glance.last(batch):.0%} are recognised by their batch"
        words.append(f"{found} ({_beside(glance, batch)}){_judge_batch(glance, batch)}.")
    if not words:
        return ""
    curve = glance.curves[treatment if treatment in glance.curves else batch]
    return f"Sample after step {int(curve.steps[-1]):,}: {' '.join(words)}"


def _beside(glance: Glance, name: str) -> str:
    first = float(glance.curves[name].values[0])
    began = f", at first {first:.0%}" if len(glance.curves[name].steps) > 1 else ""
    return f"by chance {glance.last(f'{name}_chance'):.0%}{began}"


def _judge_treatment(glance: Glance, name: str) -> str:
    now, first = glance.last(name), float(glance.curves[name].values[0])
    if len(glance.curves[name].steps) < 2:
        return ""
    if now <= glance.last(f"{name}_chance") + CLOSE:
        return ": treatments are not told apart yet"
    return ": it rises" if now > first + CLOSE else ": it falls" if now < first - CLOSE else ": no more than at first"


def _judge_batch(glance: Glance, name: str) -> str:
    now, first = glance.last(name), float(glance.curves[name].values[0])
    if len(glance.curves[name].steps) < 2:
        return ""
    if now <= glance.last(f"{name}_chance") + CLOSE:
        return ": batches are mixed"
    return ": batches are mixing" if now < first - CLOSE else ": batches are not unlearned yet"
