"""All scores that a table of profiles allows, and for the others the reason why it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError, UnknownColumnError
from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.metrics import presets
from cdcl.metrics.activity import active_share, active_share_ranks, map_activity, map_cross_batch, map_not_same
from cdcl.metrics.cdcl_kbet import cdcl_kbet
from cdcl.metrics.clusters import ari, nmi
from cdcl.metrics.connectivity import graph_connectivity
from cdcl.metrics.enrichment import enriched_odds, enriched_share
from cdcl.metrics.grit import grit
from cdcl.metrics.kbet import kbet
from cdcl.metrics.lisi import clisi, ilisi
from cdcl.metrics.nsc import nsc, nscb
from cdcl.metrics.overall import overall
from cdcl.metrics.regression import pcr
from cdcl.metrics.replicating import percent_replicating
from cdcl.metrics.retrieval import map_consistency, map_distinct
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.metrics.silhouette import bras, silhouette_label
from cdcl.profiles import aggregate
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Metric:
    """A metric and what it is called in a table for biologists.

    Attributes
    ----------
    of_treatments
        It is a score of treatments, made from wells.
    of_wells
        It is a score of wells (or of what there is, where no wells are known), not of sites.
    """

    title: str
    measure: Callable[[Profiles], Score]
    higher_is_better: bool = True
    of_treatments: bool = False
    of_wells: bool = False

    @property
    def once(self) -> bool:
        """Whether it is measured on the coarsest profiles only."""
        return self.of_treatments or self.of_wells


METRICS: dict[str, Metric] = {
    "treatment_unseen_batch": Metric("Treatment recognised in a held-out batch", presets.treatment_unseen_batch),
    "treatment_other_batch": Metric("Treatment recognised from another batch", presets.treatment_other_batch),
    "treatment_other_plate": Metric("Treatment recognised from another plate", presets.treatment_other_plate),
    "treatment_other_position": Metric(
        "Treatment recognised from another plate and well position", presets.treatment_other_position, of_wells=True
    ),
    "treatment_anyone": Metric("Treatment recognised from any other well", presets.treatment_anyone, of_wells=True),
    "treatment_not_same_source": Metric(
        "Treatment recognised from another source", presets.treatment_not_same_source, of_wells=True
    ),
    "treatment_not_same_position": Metric(
        "Treatment recognised from another well position", presets.treatment_not_same_position, of_wells=True
    ),
    "treatment_unseen_batch_centred": Metric(
        "Treatment recognised in a held-out batch, centred",
        partial(presets.treatment_unseen_batch, centred=True),
        of_wells=True,
    ),
    "treatment_other_batch_centred": Metric(
        "Treatment recognised from another batch, centred",
        partial(presets.treatment_other_batch, centred=True),
        of_wells=True,
    ),
    "treatment_other_plate_centred": Metric(
        "Treatment recognised from another plate, centred",
        partial(presets.treatment_other_plate, centred=True),
        of_wells=True,
    ),
    "treatment_probe": Metric("Treatment, linear probe, other batches", presets.treatment_probe, of_wells=True),
    "treatment_probe_other_plate": Metric(
        "Treatment, linear probe, other plates", presets.treatment_probe_other_plate, of_wells=True
    ),
    "mechanism_other_compound": Metric(
        "Mechanism recognised from another compound", presets.mechanism_other_compound, of_wells=True
    ),
    "mechanism_other_compound_centred": Metric(
        "Mechanism recognised from another compound, centred",
        partial(presets.mechanism_other_compound, centred=True),
        of_wells=True,
    ),
    "mechanism_not_same_batch": Metric(
        "Mechanism recognised from another compound and batch",
        partial(presets.mechanism_other_compound, apart="batch"),
        of_wells=True,
    ),
    "mechanism_not_same_source": Metric(
        "Mechanism recognised from another compound and source",
        partial(presets.mechanism_other_compound, apart="source"),
        of_wells=True,
    ),
    "mechanism_not_same_position": Metric(
        "Mechanism recognised from another compound and well position",
        partial(presets.mechanism_other_compound, apart="position"),
        of_wells=True,
    ),
    "mechanism_probe": Metric("Mechanism, linear probe, other compounds", presets.mechanism_probe, of_wells=True),
    "map_activity": Metric("Treatments active (mAP against controls)", map_activity, of_wells=True),
    "active_share": Metric("Share of treatments active (mAP, q < 0.05)", active_share, of_wells=True),
    "active_share_ranks": Metric(
        "Share of treatments active (copairs' ranks, q < 0.05)", active_share_ranks, of_wells=True
    ),
    "map_distinct": Metric("Treatments distinct (mAP against others)", map_distinct, of_wells=True),
    "map_cross_batch": Metric("Treatments active across batches (mAP)", map_cross_batch, of_wells=True),
    "map_not_same_source": Metric(
        "Treatments active across sources (mAP)", partial(map_not_same, apart="source"), of_wells=True
    ),
    "map_not_same_position": Metric(
        "Treatments active across well positions (mAP)", partial(map_not_same, apart="position"), of_wells=True
    ),
    "map_consistency": Metric("Mechanisms consistent (mAP)", map_consistency, of_treatments=True),
    "percent_replicating": Metric("Percent replicating", percent_replicating, of_wells=True),
    "grit": Metric("Grit", grit, of_wells=True),
    "batch_recognised": Metric("Batch recognised", presets.batch_recognised, higher_is_better=False),
    "batch_recognised_centred": Metric(
        "Batch recognised, centred",
        partial(presets.batch_recognised, centred=True),
        higher_is_better=False,
        of_wells=True,
    ),
    "plate_recognised": Metric("Plate recognised", presets.plate_recognised, higher_is_better=False),
    "batch_probe": Metric(
        "Batch, linear probe, other wells", presets.batch_probe, higher_is_better=False, of_wells=True
    ),
    "pcr": Metric("Variance explained by batch (PCR)", pcr, higher_is_better=False, of_wells=True),
    "kbet": Metric("Batches mixed (kBET acceptance)", kbet),
    "cdcl_kbet": Metric("Batches mixed (CDCL's own kBET)", cdcl_kbet),
    "ilisi": Metric("Batches mixed (iLISI)", ilisi),
    "bras": Metric("Batches mixed in treatments (BRAS)", bras, of_wells=True),
    "graph_connectivity": Metric("Treatments connected (graph)", graph_connectivity, of_wells=True),
    "clisi": Metric("Treatments apart (cLISI)", clisi, of_wells=True),
    "silhouette_label": Metric("Treatments apart (silhouette)", silhouette_label, of_wells=True),
    "nmi": Metric("Treatments found by clusters (NMI)", nmi, of_wells=True),
    "ari": Metric("Treatments found by clusters (ARI)", ari, of_wells=True),
    "mechanism_enriched": Metric(
        "Treatments enriched in their mechanism (nearest 1 %)", enriched_share, of_treatments=True
    ),
    "mechanism_odds": Metric("Odds of the own mechanism (nearest 1 %)", enriched_odds, of_treatments=True),
    "target_enriched": Metric(
        "Treatments enriched in their target (nearest 1 %)",
        partial(enriched_share, column="target"),
        of_treatments=True,
    ),
    "target_odds": Metric(
        "Odds of the own target (nearest 1 %)", partial(enriched_odds, column="target"), of_treatments=True
    ),
    "nsc": Metric("Mechanism matched, other compound (NSC)", nsc, of_treatments=True),
    "nscb": Metric("Mechanism matched, other compound and batch (NSCB)", nscb, of_treatments=True),
}
"""Every metric of the verb `score`, in the order of its table; `overall` follows from them."""


def title_of(name: str) -> str:
    """Name a score for biologists.

    Parameters
    ----------
    name
        A key of `METRICS`, or "overall".

    Returns
    -------
    str
        Its title; of another name the name itself, with spaces for underscores.
    """
    titles = {
        "overall": "Overall of Arevalo et al. (mostly without labels)",
        "relations_05": "Known relations recalled (5 % ends)",
        "relations_10": "Known relations recalled (10 % ends)",
    }
    return METRICS[name].title if name in METRICS else titles.get(name, name.replace("_", " "))


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
        A metric that the table does not allow (one batch only, no mechanism known, ...) has value NaN, and a note that
        says why. Features with NaN or infinite values are left out, and every note says so. The last is `overall`.
    """
    return finish(score_all(site_profiles, well_profiles=well_profiles))


def score_all(site_profiles: Profiles, *, well_profiles: Profiles | None = None) -> Task[list[Score]]:
    """Compute what `score_profiles` does, as a task with events of its progress.

    Parameters
    ----------
    site_profiles
        Sites, or wells where there is nothing finer.
    well_profiles
        Wells; means of the sites by default.

    Returns
    -------
    list of Score
        By metric, finer levels first; the last is `overall`.
    """
    levels = levels_of(site_profiles, well_profiles)
    if levels.remark:
        yield Warned(levels.remark)
    work = [(name, profiles) for name in METRICS for profiles in levels.of(name)]
    yield Began("score", total=len(work), unit="score")
    scores = []
    for name, profiles in work:
        scores.append(measure(name, profiles, levels.remark))
        yield Advanced(len(scores), METRICS[name].title)
    yield Ended()
    return [*scores, overall(scores)]


@dataclass(frozen=True)
class Levels:
    """Profiles of all levels that are scored.

    Attributes
    ----------
    fine
        Sites and wells, or wells alone.
    treatments
        Made of the coarsest of `fine`; these themselves where they cannot be made, and each metric says why.
    remark
        What was left out; "" if nothing was.
    """

    fine: tuple[Profiles, ...]
    treatments: Profiles
    remark: str = ""

    @property
    def wells(self) -> Profiles:
        """The coarsest level below treatments."""
        return self.fine[-1]

    def of(self, name: str) -> tuple[Profiles, ...]:
        """Give the profiles that a metric is measured on."""
        if METRICS[name].of_treatments:
            return (self.treatments,)
        return self.fine[-1:] if METRICS[name].of_wells else self.fine

    def named(self, level: str) -> Profiles:
        """Give the profiles of a level."""
        return next((profiles for profiles in self.fine if profiles.level == level), self.treatments)


def levels_of(profiles: Profiles, wells: Profiles | None = None) -> Levels:
    """Make the levels that are scored; features with NaN or infinite values are left out of all of them."""
    profiles, remark = _finite(profiles)
    if wells is not None:
        wells, _ = _finite(wells)
    elif profiles.level in ("cell", "site") and {"plate", "well"} <= set(profiles.table):
        wells = aggregate(profiles, "well")
    fine = (profiles,) if wells is None else (profiles, wells)
    return Levels(fine, to_treatments(fine[-1]), remark)


def to_treatments(profiles: Profiles) -> Profiles:
    """Make treatments once for all their metrics; where that cannot be, each metric says why."""
    try:
        return aggregate(profiles, "treatment")
    except ProfilesError:
        return profiles


def _finite(profiles: Profiles) -> tuple[Profiles, str]:
    """Leave out features with values that are NaN or infinite, and say which; profiles where all of them are stay."""
    sound = np.array([bool(np.isfinite(column).all()) for column in profiles.values.T], dtype=bool)
    if sound.all() or not sound.any():
        return profiles, ""
    lost = [name for name, fine in zip(profiles.names, sound.tolist(), strict=True) if not fine]
    named = ", ".join(lost[:3]) + (", ..." if len(lost) > 3 else "")
    names = tuple(name for name, fine in zip(profiles.names, sound.tolist(), strict=True) if fine)
    kept = replace(profiles, values=np.ascontiguousarray(profiles.values[:, sound]), features=names)
    return kept, f"{len(lost)} of {len(sound)} features left out, for NaN or infinite values ({named})"


def measure(name: str, profiles: Profiles, remark: str = "") -> Score:
    """Measure a metric of `METRICS`; where it has no value, the note says why."""
    metric = METRICS[name]
    level = "treatment" if metric.of_treatments else profiles.level
    try:
        if not np.isfinite(profiles.values).all():
            raise ProfilesError("every feature has values that are NaN or infinite; fill them.")
        found = metric.measure(profiles)
        return replace(found, name=name, note=in_words(found.note, remark))
    except ProfilesError as reason:
        why = reason.short if isinstance(reason, UnknownColumnError) else str(reason)
        return unavailable(name, why, level=level, higher_is_better=metric.higher_is_better)
