"""What is known of each plate or batch: numbers that a fit stored, applied as stored, whoever else is corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays
    from cdcl.profiles.corrections.sample import Sample

    Numbers = dict[str, NDArray[Any]]

GROUPS = "groups"
"""The array that names the plates or batches whose numbers are stored."""


def store(learned: Sample, numbers: Numbers) -> Numbers:
    """Give what to store: the names of the groups of `learned` and their numbers, first axis group by group."""
    return {GROUPS: np.array(learned.names, dtype=str), **numbers}


def known_groups(arrays: Arrays) -> frozenset[str]:
    """Name the plates or batches whose numbers are stored; none in a file of an earlier version."""
    return frozenset(map(str, arrays.get(GROUPS, arrays.get("batches", np.zeros(0, str)))))


def recall(arrays: Arrays, sample: Sample, measure: Callable[[Sample], Numbers]) -> Numbers:
    """Give the numbers of each group of `sample`: those that are stored, and of a new group its own.

    So that rows which are added to a plate that was fitted on change none of the others.

    Parameters
    ----------
    measure
        Gives the numbers of all groups of a sample; asked for new groups alone.
    """
    position = {str(name): number for number, name in enumerate(arrays.get(GROUPS, ()))}
    places = np.array([position.get(name, -1) for name in sample.names], dtype=np.int64)
    old, new = np.flatnonzero(places >= 0), np.flatnonzero(places < 0)
    own = measure(sample.part(places[sample.groups] < 0)) if len(new) else {}
    numbers: Numbers = {}
    for name in own or [name for name in arrays if name.startswith("group_")]:
        like = own[name] if len(new) else arrays[name]
        numbers[name] = np.empty((len(sample.names), *like.shape[1:]))
        if len(old):
            numbers[name][old] = np.asarray(arrays[name])[places[old]]
        if len(new):
            numbers[name][new] = own[name]
    return numbers
