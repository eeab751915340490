"""NSC and NSCB: whether the nearest treatment of another compound (and batch) has the same mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.answerable import Answerable
from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.labels import codes_of, is_treated, labels_of
from cdcl.metrics.neighbours import Neighbours, nearest
from cdcl.metrics.score import Score, unavailable
from cdcl.metrics.several import BAR, shares_any
from cdcl.profiles import aggregate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


def nsc(profiles: Profiles) -> Score:
    """Score not-same-compound matching: 1-NN by cosine among treatments of another compound (Ljosa et al. 2013).

    Every treatment with a known mechanism asks and answers, except negative controls and empty wells. Of several
    mechanisms ("A|B") any that is shared is a match. A mechanism
    with a single compound cannot be matched and counts as missed, as in the published figures. Profiles of a finer
    level are first aggregated (mean over sites, median over wells). If none can be asked, or none can be answered both
    right and wrong, the value is NaN.

    Returns
    -------
    Score
        k of n with Wilson's interval; the bootstrap over treatments stands in the note. `groups` has one row a
        treatment: label, mechanism, neighbour, predicted, similarity, value (1 if matched).

    Raises
    ------
    ProfilesError
        If there is no column for treatment, compound or mechanism.
    """
    return _match("nsc", _annotated(profiles), ("compound",))


def nscb(profiles: Profiles) -> Score:
    """Score not-same-compound-or-batch matching: as `nsc`, and the neighbour must come from another batch too.

    Mechanisms whose treatments all lie in one batch can have no such neighbour: they are dropped, as queries and as
    candidates. On BBBC021 these are "Cholesterol-lowering" and "Kinase inhibitors", which leaves the customary 92
    treatments. A treatment of several batches ("Week1;Week2") counts as a batch of its own, as in the field's reference
    notebooks: it is excluded for no query, and excludes no other. Where every treatment is in every batch, this is
    `nsc`.

    Returns
    -------
    Score
        As of `nsc`; the note names the mechanisms that were dropped.

    Raises
    ------
    ProfilesError
        If there is no column for treatment, compound, mechanism or batch.
    """
    treatments = _annotated(profiles)
    spread = _num_batches(treatments)
    dropped = sorted(spread.index[spread < 2])
    own = _singles(treatments).isin(dropped)
    lost = own.groupby(level=0).all()  # of several mechanisms one that lies in two batches is enough
    kept = treatments.take(~lost.to_numpy(dtype=bool))
    return _match(
        "nscb", kept, ("compound", "batch"), f"left out, in one batch only: {', '.join(dropped)}" * bool(dropped)
    )


def _annotated(profiles: Profiles) -> Profiles:
    """Keep treatments that have a compound and a mechanism and are no negative controls."""
    for column in ("compound", "mechanism"):
        profiles.column(column)
    treatments = aggregate(profiles, "treatment")
    known = labels_of(treatments, "mechanism").notna() & labels_of(treatments, "compound").notna()
    return treatments.take(known.to_numpy(dtype=bool) & is_treated(treatments))


def _num_batches(treatments: Profiles) -> pd.Series:
    """Count the batches of each mechanism; "a;b" and "a,b" are two."""
    batches = labels_of(treatments, "batch").str.split("[;,]", regex=True)
    pairs = pd.DataFrame({"mechanism": _singles(treatments)}).join(batches.rename("batch")).explode("batch")
    return pairs["batch"].str.strip().groupby(pairs["mechanism"].to_numpy(dtype=str)).nunique()


def _singles(treatments: Profiles) -> pd.Series:
    """Give each mechanism of each treatment, by the treatment's row."""
    return labels_of(treatments, "mechanism").reset_index(drop=True).str.split(BAR, regex=False).explode().str.strip()


def _own_batches(labels: pd.Series) -> pd.Series:
    """Give each joined label ("a;b", "a,b") a name that no other row has."""
    if labels.name != "batch":
        return labels
    joined = labels.str.contains("[;,]", regex=True).fillna(False)
    return labels.mask(joined, labels + "#" + labels.index.astype("string"))


def _match(name: str, treatments: Profiles, diffby: tuple[str, ...], note: str = "") -> Score:
    shared = np.stack([codes_of(_own_batches(labels_of(treatments, column)))[0] for column in diffby], axis=1)
    found = nearest(treatments.values, treatments.values, 1, query_codes=shared, bank_codes=shared)
    possible, able = found.rows[:, 0] >= 0, _count_answers(treatments, shared)
    if reason := _why_not(able, possible, " and ".join(diffby)):
        return able.mark(unavailable(name, reason, level="treatment"))
    groups = _per_treatment(treatments, found).loc[possible].reset_index(drop=True)
    hits = groups["value"].to_numpy(dtype=np.float64)
    low, high = wilson(int(hits.sum()), len(hits))
    return Score(
        name,
        value=float(hits.mean()),
        low=low,
        high=high,
        count=len(hits),
        chance=float((able.right / (able.right + able.wrong))[possible].mean()),
        groups=groups,
        note="; ".join(filter(None, [_in_words(hits), _left_out(possible, able), note])),
        level="treatment",
        can_be_right=able.num_right,
        can_be_wrong=able.num_wrong,
    )


def _in_words(hits: NDArray[np.float64]) -> str:
    low, high = cluster_bootstrap(hits, np.arange(len(hits)))
    return f"{hits.sum():.0f} of {len(hits)} treatments (bootstrap over treatments: {low:.3f} to {high:.3f})"


def _left_out(possible: NDArray[np.bool_], able: Answerable) -> str:
    lost, hopeless = int((~possible).sum()), int((possible & (able.right == 0)).sum())
    told = [
        f"{lost} treatments without a possible neighbour not counted" * bool(lost),
        f"{hopeless} counted as missed: no other compound has their mechanism" * bool(hopeless),
    ]
    return "; ".join(filter(None, told))


def _per_treatment(treatments: Profiles, found: Neighbours) -> pd.DataFrame:
    mechanisms = labels_of(treatments, "mechanism").to_numpy(dtype=str)
    names = labels_of(treatments, "treatment").to_numpy(dtype=str)
    rows = found.rows[:, 0]
    columns = {"label": names, "mechanism": mechanisms, "neighbour": names[rows], "predicted": mechanisms[rows]}
    same = shares_any(labels_of(treatments, "mechanism"))
    matched = same[np.arange(len(rows)), rows].astype(np.float64)
    return pd.DataFrame({**columns, "similarity": found.similarities[:, 0], "value": matched})


def _count_answers(treatments: Profiles, shared: NDArray[np.int64]) -> Answerable:
    """Count for each treatment the allowed neighbours of its mechanism and of others."""
    allowed = (shared[:, None, :] != shared[None, :, :]).all(axis=2)
    same = allowed & shares_any(labels_of(treatments, "mechanism"))
    return Answerable(same.sum(axis=1), allowed.sum(axis=1) - same.sum(axis=1))


def _why_not(able: Answerable, possible: NDArray[np.bool_], elsewhere: str) -> str:
    if not possible.any():
        return f"no treatment with a mechanism has a neighbour of another {elsewhere}"
    return able.reason("mechanism", f"in another {elsewhere}")
