"""Phenotypes: a classifier trained on the names by a job, asked of the whole screen, and what to look at next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles
from napari_cdcl.actions.annotations import names_of
from napari_cdcl.actions.run_columns import classifier_file, phenotype_columns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.phenotypes.prediction import Reason
    from cdcl.runs import Run
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

LEVELS = ("cell", "site", "well")


def phenotype_job(session: Session, kind: str = "logistic", classifier: Path | None = None) -> list[str]:
    """Give the arguments of `cdcl` that train on the names of the run, or apply a classifier of another one.

    Raises
    ------
    ProfilesError
        If no run is open, its profiles are not as they were embedded, or fewer than two names are given.
    """
    run, items = session.run, session.items
    if run is None or items is None or items.values is None:
        raise ProfilesError("there are no profiles to learn phenotypes on; open a run that has some.")
    if items.key not in LEVELS or not run.profiles(items.key).is_file():
        raise ProfilesError(
            f"phenotypes are learned on cells, fields or wells as they were embedded, not on “{items.title}”."
        )
    arguments = ["classify", str(run.folder), "--level", items.level]
    if classifier is not None:
        return [*arguments, "--classifier", str(classifier)]
    names = names_of(items)
    if names[names != ""].nunique() < 2:
        raise ProfilesError("a classifier needs two names at least; select items and name them in Annotate.")
    return [*arguments, "--classes", "annotation", "--kind", kind]


def show_phenotypes(session: Session) -> None:
    """Show what a job has found, as colours.

    Raises
    ------
    ProfilesError
        If it is of other profiles, or cannot be read.
    """
    run, items = session.run, session.items
    found = None if run is None or items is None else phenotype_columns(items.table, items.key, run)
    if found is None:
        raise ProfilesError("the phenotypes that were found are of other profiles; train again.")
    session.extend_items({str(name): found[name].to_numpy() for name in found})
    session.colour = "phenotype"


def count_phenotypes(items: Items) -> dict[str, int]:
    """Count the items of each phenotype, the most frequent first."""
    if "phenotype" not in items.table:
        return {}
    counts = items.table["phenotype"].dropna().astype(str).value_counts()
    return {str(name): int(count) for name, count in counts.items()}


def suggest_phenotypes(items: Items, run: Run, reason: Reason, count: int) -> NDArray[np.bool_]:
    """Find unnamed items that are most worth a look, as a mask (N,); it may run in any thread.

    Raises
    ------
    ProfilesError
        If no classifier was trained yet, or on other profiles.
    """
    from cdcl.phenotypes import read_classifier, suggest  # brings scipy, for this only

    if items.values is None:
        raise ProfilesError("there are no profiles to look at.")
    classifier = read_classifier(classifier_file(run))
    if classifier.level != items.level or len(classifier.features) != items.values.shape[1]:
        raise ProfilesError(
            f"the classifier was trained on profiles of {classifier.level}s; choose these, or train again."
        )
    unnamed = np.flatnonzero((names_of(items) == "").to_numpy())
    rows = suggest(classifier, Profiles(items.values, items.table, items.level).take(unnamed), reason, count)
    mask = np.zeros(len(items), dtype=np.bool_)
    mask[unnamed[rows]] = True
    return mask
