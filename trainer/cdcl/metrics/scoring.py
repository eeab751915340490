"""All scores a table of profiles allows, and for the rest the reason why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended
from cdcl.metrics.kbet import kbet
from cdcl.metrics.knn import knn_accuracy
from cdcl.metrics.labels import is_treated
from cdcl.metrics.lisi import ilisi
from cdcl.metrics.nsc import nsc, nscb
from cdcl.metrics.score import Score, unavailable
from cdcl.profiles import aggregate
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Metric:
    """A metric and what it is called in a table for biologists."""

    title: str
    measure: Callable[[Profiles], Score]
    higher_is_better: bool = True
    of_treatments: bool = False


def treatment_unseen_batch(profiles: Profiles) -> Score:
    """Ask held-out profiles (`split` "test") for their treatment; those trained on answer, from another batch."""
    if "split" not in profiles.table or not (profiles.table["split"] == "test").any():
        return unavailable(
            "treatment_unseen_batch", "nothing is held out: no row has split 'test'", level=profiles.level
        )
    split = profiles.table["split"].astype("string").fillna("").to_numpy(dtype=str)
    return knn_accuracy(profiles, "treatment", queries=is_treated(profiles) & (split == "test"), bank=split == "train")


def treatment_other_batch(profiles: Profiles) -> Score:
    """Ask treated profiles for their treatment; profiles of another batch answer, controls among them."""
    return knn_accuracy(profiles, "treatment", queries=is_treated(profiles))


def treatment_other_plate(profiles: Profiles) -> Score:
    """Ask treated profiles for their treatment; profiles of another plate answer, controls among them."""
    return knn_accuracy(profiles, "treatment", diffby=("plate",), queries=is_treated(profiles))


def batch_recognised(profiles: Profiles) -> Score:
    """Ask all profiles for their batch; profiles of another well answer."""
    return knn_accuracy(profiles, "batch", diffby=("well",))


METRICS: dict[str, Metric] = {
    "treatment_unseen_batch": Metric("Treatment recognised in a held-out batch", treatment_unseen_batch),
    "treatment_other_batch": Metric("Treatment recognised from another batch", treatment_other_batch),
    "treatment_other_plate": Metric("Treatment recognised from another plate", treatment_other_plate),
    "batch_recognised": Metric("Batch recognised", batch_recognised, higher_is_better=False),
    "kbet": Metric("Batches mixed (kBET acceptance)", kbet),
    "ilisi": Metric("Batches mixed (iLISI)", ilisi),
    "nsc": Metric("Mechanism matched, other compound (NSC)", nsc, of_treatments=True),
    "nscb": Metric("Mechanism matched, other compound and batch (NSCB)", nscb, of_treatments=True),
}
"""Every metric of `cdcl score`, in the order of its table."""


def score_profiles(site_profiles: Profiles, *, well_profiles: Profiles | None = None) -> list[Score]:
    """Compute every metric that the table allows, on sites, wells and treatments.

    Parameters
    ----------
    site_profiles
        Sites, or wells where there is nothing finer.
    well_profiles
        Wells; means of the sites by default. Give them where they were corrected on their own.

    Returns
    -------
    list of Score
        What cannot be had (one batch only, no mechanism known, ...) has value NaN, and a note that says why.
    """
    return finish(score_all(site_profiles, well_profiles=well_profiles))


def score_all(site_profiles: Profiles, *, well_profiles: Profiles | None = None) -> Task[list[Score]]:
    """Do what `score_profiles` does, as a task that tells its progress."""
    levels = _levels(site_profiles, well_profiles)
    work = [
        (name, profiles)
        for name, metric in METRICS.items()
        for profiles in (levels[-1:] if metric.of_treatments else levels)
    ]
    yield Began("score", total=len(work), unit="score")
    scores = []
    for name, profiles in work:
        scores.append(_measure(name, profiles))
        yield Advanced(len(scores), METRICS[name].title)
    yield Ended()
    return scores


def _levels(profiles: Profiles, wells: Profiles | None) -> list[Profiles]:
    if wells is None and profiles.level in ("cell", "site") and {"plate", "well"} <= set(profiles.table):
        wells = aggregate(profiles, "well")
    return [profiles] if wells is None else [profiles, wells]


def _measure(name: str, profiles: Profiles) -> Score:
    metric = METRICS[name]
    level = "treatment" if metric.of_treatments else profiles.level
    try:
        return replace(metric.measure(profiles), name=name)
    except ProfilesError as reason:
        return unavailable(name, str(reason), level=level, higher_is_better=metric.higher_is_better)
