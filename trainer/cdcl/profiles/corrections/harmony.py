"""Harmony (Korsunsky et al. 2019): soft clusters that hold all batches, and a linear shift of each batch in each.

Written from the paper's methods section. Two things keep users from its known trap, that nothing happens: principal
components are scaled to unit variance first, and the penalty acts on scaled components. What is stored is the mixture:
profiles of a batch that was there are moved by that batch's shifts, a new batch is mapped onto the stored clusters, as
in Symphony (Kang et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended
from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.whitening import principal_axes
from cdcl.profiles.scaling import unit
from cdcl.screen.groups import rows_of_groups
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample
    from cdcl.tasks import Task

    Table = NDArray[np.float64]

WIDTH = 0.1
"""Softness of the clusters (sigma)."""
DIVERSITY = 2.0
"""Weight of the penalty on clusters that hold too few batches (theta)."""
RIDGE = 1.0
"""Ridge on the shift of a batch in a cluster (lambda)."""
MOST_CLUSTERS = 100
"""Clusters at most, one for 30 profiles below that, as in the published package (Korsunsky et al. 2019)."""
ROUNDS, CLUSTER_ROUNDS, MAPPING_ROUNDS = 10, 20, 5
"""Of the whole, of the clustering within one (both as published), and of assigning new profiles."""
CONVERGED = 1e-3
"""Mean move of a coordinate, in deviations of its component, below which another round changes nothing."""
BLOCKS = 20
"""Assignments are renewed a twentieth at a time, so that the penalty sees what the others did."""


@dataclass
class _State:
    """Assignments of profiles to clusters, and what they add up to."""

    batches: Table  # (N, B), one-hot
    assigned: Table  # (N, K)
    centroids: Table  # (K, d), unit length

    @property
    def observed(self) -> Table:
        """Weight of each batch in each cluster, (K, B)."""
        return self.assigned.T @ self.batches


def _fit(sample: Sample, settings: Settings) -> Learned:
    return finish(_fitting(sample, settings))


def _fitting(sample: Sample, settings: Settings) -> Task[Learned]:
    if len(np.unique(sample.groups[sample.learning])) < 2:
        raise ProfilesError("Harmony needs two or more batches to fit on, there is one.")
    yield Began("fit Harmony", total=ROUNDS, unit="round")
    learning = _in_order(sample)
    chosen = sample.values[learning]
    mean, projection = _scaled_components(chosen, settings.components)
    known = np.unique(sample.groups[learning])
    points = (chosen - mean) @ projection
    batches = (sample.groups[learning][:, None] == known).astype(np.float64)
    state = _start(points, batches, settings.seed)
    moved, rng = points, np.random.default_rng(settings.seed)
    intercepts, shifts = _regress(points, state)
    for done in range(ROUNDS):
        for number in _cluster(unit(moved), state, rng):
            yield Advanced(done, f"clusters moved {number} times")
        intercepts, shifts = _regress(points, state)
        before, moved = moved, points - _shift(state.assigned, state.batches, shifts)
        yield Advanced(done + 1)
        if np.abs(moved - before).mean() < CONVERGED:
            break
    yield Ended()
    return Learned(
        {
            "mean": mean,
            "projection": projection,
            "centroids": state.centroids,
            "penalty": _penalty(state.observed, batches.mean(axis=0)),
            "intercepts": intercepts,
            "shifts": shifts,
            "batches": np.array([sample.names[number] for number in known], dtype=str),
        }
    )


def _in_order(sample: Sample) -> NDArray[np.int64]:
    """Give the rows that are learned from by batch and value: how a table is sorted must not change what is found.

    Clusters start and are renewed at rows drawn by number, so that the same profiles shuffled gave another iLISI.
    Profiles that agree in 16 features are one profile twice.
    """
    rows = np.flatnonzero(sample.learning)
    names = np.asarray(sample.names, dtype=str)[sample.groups[rows]]
    keys = [sample.values[rows, column] for column in range(min(16, sample.values.shape[1]))]
    return rows[np.lexsort([*keys, names])]


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> Table:
    del settings
    mean, projection, centroids, penalty, intercepts, shifts = (
        np.asarray(arrays[name], dtype=np.float64)
        for name in ("mean", "projection", "centroids", "penalty", "intercepts", "shifts")
    )
    known = {str(name): number for number, name in enumerate(arrays["batches"])}
    points = (sample.values - mean) @ projection
    moved = np.empty_like(points)
    for name, own in zip(sample.names, sample.rows(), strict=True):
        if name in known:
            number = known[name]
            moved[own] = _move(points[own], centroids, penalty[:, number], shifts[:, number])
        else:
            moved[own] = _map_new(points[own], centroids, intercepts)
    return moved


def _scaled_components(values: Table, count: int) -> tuple[Table, Table]:
    """Give mean (D,) and projection (D, d) of values onto principal components of unit variance."""
    mean = values.mean(axis=0)
    eigenvalues, axes = principal_axes(values - mean)
    kept = min(count, int((eigenvalues > 1e-10 * max(eigenvalues[0], 1e-300)).sum()))
    if kept == 0:
        raise ProfilesError("the profiles are all alike; Harmony has nothing to bring together.")
    return mean, axes[:, :kept] / np.sqrt(eigenvalues[:kept])


def _start(points: Table, batches: Table, seed: int) -> _State:
    from sklearn.cluster import KMeans  # takes seconds to import

    units = unit(points)
    clusters = int(np.clip(len(points) / 30, 1, MOST_CLUSTERS))
    found = KMeans(clusters, n_init=3, max_iter=25, random_state=seed).fit(units)
    centroids = unit(np.asarray(found.cluster_centers_, dtype=np.float64))
    return _State(batches, _soft(units, centroids, np.ones(clusters)), centroids)


def _cluster(units: Table, state: _State, rng: np.random.Generator) -> Iterator[int]:
    """Move centroids and assignments in turn, by the objective of maximum diversity clustering (equations 5 to 8).

    Counts how often they were moved.
    """
    shares, observed = state.batches.mean(axis=0), state.observed
    for number in range(1, CLUSTER_ROUNDS + 1):
        before = state.centroids
        state.centroids = unit(state.assigned.T @ units)
        for rows in np.array_split(rng.permutation(len(units)), min(BLOCKS, len(units))):
            batches = state.batches[rows]
            # The rows that are renewed must not weigh on themselves.
            observed -= state.assigned[rows].T @ batches
            weights = batches @ _penalty(observed, shares).T
            state.assigned[rows] = _soft(units[rows], state.centroids, weights)
            observed += state.assigned[rows].T @ batches
        yield number
        if np.abs(state.centroids - before).max() < CONVERGED:
            break


def _penalty(observed: Table, shares: Table) -> Table:
    """Weigh each batch in each cluster, (K, B): above 1 where the cluster holds too little of it.

    `observed` is the weight of each batch in each cluster (K, B), `shares` that of each batch in the whole (B,).
    """
    expected = np.outer(observed.sum(axis=1), shares)
    return np.asarray(((expected + 1) / (observed + 1)) ** DIVERSITY)


def _regress(points: Table, state: _State) -> tuple[Table, Table]:
    """Give each cluster's centre (K, d) and each batch's shift in it (K, B, d), by ridge regression (equation 11)."""
    clusters, (num_batches, dim) = state.assigned.shape[1], (state.batches.shape[1], points.shape[1])
    design = np.column_stack([np.ones(len(points)), state.batches])
    ridge = np.diag([0.0, *[RIDGE] * num_batches])
    found = np.empty((clusters, num_batches + 1, dim))
    for cluster in range(clusters):
        weighted = design * state.assigned[:, [cluster]]
        found[cluster] = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ points)
    return found[:, 0], found[:, 1:]


def _shift(assigned: Table, batches: Table, shifts: Table) -> Table:
    """Give the shift of each profile, (N, d): its batch's shifts, mixed by its clusters."""
    total = np.zeros((len(assigned), shifts.shape[2]))
    for batch, own in enumerate(rows_of_groups(batches.argmax(axis=1), batches.shape[1])):
        total[own] = assigned[own] @ shifts[:, batch]
    return total


def _move(points: Table, centroids: Table, weights: Table, shifts: Table) -> Table:
    """Correct profiles of a batch that was fitted: assignments and shifts (K, d) in turn."""
    moved = points
    for _ in range(MAPPING_ROUNDS):
        moved = points - _soft(unit(moved), centroids, weights) @ shifts
    return moved


def _map_new(points: Table, centroids: Table, intercepts: Table) -> Table:
    """Correct a batch that was not fitted: its shift in each cluster is how far it lies from the cluster's centre."""
    moved = points
    for _ in range(MAPPING_ROUNDS):
        assigned = _soft(unit(moved), centroids, np.ones(len(centroids)))
        weight = assigned.sum(axis=0)[:, None]
        shifts = (assigned.T @ points - weight * intercepts) / (weight + RIDGE)
        moved = points - assigned @ shifts
    return moved


def _soft(units: Table, centroids: Table, weights: Table) -> Table:
    """Assign unit vectors (N, d) to clusters, (N, K), rows adding up to 1."""
    scores = np.exp(-2 * (1 - units @ centroids.T) / WIDTH) * weights
    return np.asarray(scores / np.maximum(scores.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny))


HARMONY = Method("Harmony", "batch", _fit, _apply, axes="harmony", of_all=True, fitting=_fitting)
"""Scaled components, moved until clusters hold all batches."""
