"""The questions of the verb `score`: general metrics with their column, their queries and what is held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.metrics.knn import knn_accuracy
from cdcl.metrics.labels import is_treated
from cdcl.metrics.probe import linear_probe
from cdcl.metrics.score import unavailable

if TYPE_CHECKING:
    from cdcl.metrics.score import Score
    from cdcl.profiles import Profiles


def treatment_unseen_batch(profiles: Profiles, *, centred: bool = False) -> Score:
    """Ask held-out profiles (`split` "test") for their treatment; those trained on answer, from another batch."""
    if "split" not in profiles.table or not (profiles.table["split"] == "test").any():
        return unavailable(
            "treatment_unseen_batch", "nothing is held out: no row has split 'test'", level=profiles.level
        )
    split = profiles.table["split"].astype("string").fillna("").to_numpy(dtype=str)
    held_out = is_treated(profiles) & (split == "test")
    return knn_accuracy(profiles, "treatment", queries=held_out, bank=split == "train", centred=centred)


def treatment_anyone(profiles: Profiles) -> Score:
    """Ask treated profiles for their treatment; profiles of any other well answer, controls among them."""
    return knn_accuracy(profiles, "treatment", diffby=("well",), queries=is_treated(profiles))


def treatment_other_batch(profiles: Profiles, *, centred: bool = False) -> Score:
    """Ask treated profiles for their treatment; profiles of another batch answer, controls among them."""
    return knn_accuracy(profiles, "treatment", queries=is_treated(profiles), centred=centred)


def treatment_other_plate(profiles: Profiles, *, centred: bool = False) -> Score:
    """Ask treated profiles for their treatment; profiles of another plate answer, controls among them."""
    return knn_accuracy(profiles, "treatment", diffby=("plate",), queries=is_treated(profiles), centred=centred)


def treatment_not_same_source(profiles: Profiles) -> Score:
    """Ask treated profiles for their treatment; profiles of another source (laboratory) answer."""
    return knn_accuracy(profiles, "treatment", diffby=("source",), queries=is_treated(profiles))


def treatment_not_same_position(profiles: Profiles) -> Score:
    """Ask treated profiles for their treatment; profiles of another well position, on whichever plate, answer."""
    return knn_accuracy(profiles, "treatment", diffby=("position",), queries=is_treated(profiles))


def treatment_other_position(profiles: Profiles) -> Score:
    """Ask as `treatment_other_plate`, and none of the same well position answers: the layout gives nothing away."""
    return knn_accuracy(profiles, "treatment", diffby=("plate", "position"), queries=is_treated(profiles))


def mechanism_other_compound(profiles: Profiles, *, apart: str = "", centred: bool = False) -> Score:
    """Ask treated profiles for their mechanism; treated profiles of another compound answer.

    Parameters
    ----------
    apart
        A column in which who answers differs too: "batch", "source" or "position".
    """
    treated, diffby = is_treated(profiles), ("compound", *([apart] if apart else []))
    return knn_accuracy(profiles, "mechanism", diffby=diffby, queries=treated, bank=treated, centred=centred)


def batch_recognised(profiles: Profiles, *, centred: bool = False) -> Score:
    """Ask all profiles for their batch; profiles of another well answer."""
    return knn_accuracy(profiles, "batch", diffby=("well",), centred=centred)


def plate_recognised(profiles: Profiles) -> Score:
    """Ask all profiles for their plate; profiles of another well answer."""
    return knn_accuracy(profiles, "plate", diffby=("well",))


def treatment_probe(profiles: Profiles) -> Score:
    """Train a linear classifier of treatments on some batches and ask it on the others."""
    return linear_probe(profiles, "treatment", groups="batch")


def treatment_probe_other_plate(profiles: Profiles) -> Score:
    """Train a linear classifier of treatments on some plates and ask it on the others."""
    return linear_probe(profiles, "treatment", groups="plate")


def mechanism_probe(profiles: Profiles) -> Score:
    """Train a linear classifier of mechanisms on some compounds and ask it on the others."""
    return linear_probe(profiles, "mechanism", groups="compound")


def batch_probe(profiles: Profiles) -> Score:
    """Train a linear classifier of batches on some wells and ask it on the others."""
    return linear_probe(profiles, "batch", groups="well")
