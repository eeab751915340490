"""Columns that a run keeps beside its profiles: archetypes, clusters, phenotypes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import CDCLError
from cdcl.profiles import read_profiles
from cdcl.projections import read_projection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.projections import Projection
    from cdcl.runs import Run

CLUSTER = "cluster"
"""The column with the cluster of each profile."""


def with_archetypes(table: pd.DataFrame, key: str, run: Run) -> pd.DataFrame:
    """Add the archetype of each profile and how sure it is, where `cdcl archetypes` has found them."""
    path = run.folder / "archetypes" / f"{key}.parquet"
    return _with_columns(table, path, read_profiles, ("archetype", "confidence"))


def with_clusters(table: pd.DataFrame, key: str, run: Run) -> pd.DataFrame:
    """Add the cluster of each profile, where `cdcl cluster` has found them."""
    return _with_columns(table, clusters_file(run, key), read_projection, (CLUSTER,))


def _with_columns(
    table: pd.DataFrame, path: Path, read: Callable[[Path], Profiles | Projection], names: tuple[str, ...]
) -> pd.DataFrame:
    """Add columns of a file of the same rows; a file that is damaged, or of other rows, adds nothing."""
    if not path.is_file():
        return table
    try:
        found = read(path).table
    except CDCLError:
        return table
    there = [name for name in names if name in found]
    if not there or not same_rows(found, table):
        return table
    return table.assign(**{name: found[name].to_numpy() for name in there})


def clusters_file(run: Run, key: str) -> Path:
    """Give the file of a run that keeps the clusters of its profiles `key`."""
    return run.folder / "clusters" / f"{key}.parquet"


def same_rows(table: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell whether two tables name the same things in the same order."""
    if len(table) != len(other):
        return False
    keys = [name for name in ("plate", "well", "site", "treatment") if name in table and name in other]
    pairs = ((table[name].to_numpy(dtype=str), other[name].to_numpy(dtype=str)) for name in keys)
    return all(bool((ours == theirs).all()) for ours, theirs in pairs)


def with_phenotypes(table: pd.DataFrame, key: str, run: Run) -> pd.DataFrame:
    """Add phenotype, confidence, novelty and the probability of each class, where `cdcl classify` has found them."""
    found = phenotype_columns(table, key, run)
    return table if found is None else table.assign(**{str(name): found[name].to_numpy() for name in found})


def phenotype_columns(table: pd.DataFrame, key: str, run: Run) -> pd.DataFrame | None:
    """Give what a classifier says of these profiles; None where it was not asked of them."""
    path = run.folder / "phenotypes" / f"{key}.parquet"
    if not path.is_file():
        return None
    import pandas as pd
    import pyarrow as pa

    try:
        found = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException):
        return None
    names = [
        name
        for name in map(str, found.columns)
        if name in ("phenotype", "confidence", "novelty") or name.startswith("p_")
    ]
    if "phenotype" not in names or not same_rows(found, table):
        return None
    return found[names].assign(**_by_well(found))


def _by_well(found: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Give each profile how many of its well, and which share, are taken for each phenotype."""
    import pandas as pd

    from cdcl.screen.plates import well_keys

    if not {"plate", "well"} <= set(found):
        return {}
    wells = pd.factorize(well_keys(found))[0]
    columns: dict[str, NDArray[np.float64]] = {}
    for name in sorted(found["phenotype"].dropna().astype(str).unique()):
        own = (found["phenotype"].astype(str) == name).to_numpy(dtype=np.float64)
        counts: NDArray[np.float64] = np.bincount(wells, weights=own).astype(np.float64)
        columns[f"count_{name}"] = counts[wells]
        columns[f"share_{name}"] = (counts / np.bincount(wells))[wells]
    return columns


def classifier_file(run: Run) -> Path:
    """Give the file of the classifier that a run has trained."""
    return run.folder / "phenotypes" / "classifier.npz"
