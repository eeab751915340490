"""Clusters of the map that is drawn: made by a job, kept with the run, a column like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.projections import Projection, read_projection, write_projection
from cdcl.runs.own_tables import CLUSTERS
from napari_cdcl.actions.opening import projection_file
from napari_cdcl.actions.run_columns import CLUSTER, clusters_file, same_rows
from napari_cdcl.actions.run_profiles import list_run_profiles

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.runs import Run
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

STABLE = 0.75
"""Stability from which a cluster is said to be stable (Hennig 2007)."""


def cluster_job(session: Session) -> tuple[list[str], Path]:
    """Give the arguments of `cdcl` that find clusters of the map that is drawn, and the file they make.

    A map that is in no file, such as one borrowed from another run, is written beside it first.

    Raises
    ------
    CDCLError
        If no map of a run is drawn, or it cannot be written.
    """
    run, items = session.run, session.items
    if run is None or items is None or session.points not in items.points:
        raise ProfilesError("there is no map of a run to find clusters on; open a run, and project its profiles.")
    entry = next((one for one in list_run_profiles(run) if one.key == items.key), None)
    out = clusters_file(run, items.key)
    path = out if entry is None else projection_file(run, session.points, entry)
    if entry is None or not path.is_file():
        path, level = out.with_name(f"{items.key}-map.parquet"), {"level": items.level}
        write_projection(Projection(items.points[session.points], items.table, session.points, level), path)
    by = "treatment" if "treatment" in items.table else session.colour
    return ["cluster", str(path), "--by", by, "-o", str(out)], out


def show_clusters(session: Session, path: Path) -> None:
    """Show the clusters that a job has found, as colours.

    Raises
    ------
    CDCLError
        If they are of other profiles, or cannot be read.
    """
    items, found = session.items, read_projection(path)
    if items is None or not same_rows(found.table, items.table):
        raise ProfilesError(f"{path.name} is of other profiles; find clusters again.")
    session.extend_items({CLUSTER: found.table[CLUSTER].to_numpy()})
    session.colour = CLUSTER
    stability = CLUSTERS.read(path.with_suffix(".csv"))["stability"]
    told = (
        f"{len(stability)} clusters of this map, {int((stability >= STABLE).sum())} of which come again in other wells"
    )
    session.told.emit(f"{told}; the tab Clusters lists them.")


def read_clusters(run: Run, items: Items) -> pd.DataFrame:
    """Read the list of a run's clusters: name, points, wells, stability; it may run in any thread.

    Returns
    -------
    DataFrame
        One row a cluster, those that the items have; none where the run keeps no list of them.

    Raises
    ------
    RunError
        If the list is damaged.
    """
    found = CLUSTERS.read(clusters_file(run, items.key).with_suffix(".csv"))
    return found[found["cluster"].isin(set(items.table[CLUSTER].astype(str)))].reset_index(drop=True)
