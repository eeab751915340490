"""`cdcl cluster`: clusters of a map, named, and how far each can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError
from cdcl.events import Said, Wrote
from cdcl.profiles.exchange_units import Places
from cdcl.projections import Projection, read_projection, write_projection
from cdcl.projections.cluster_names import NONE, name_clusters
from cdcl.projections.map_clusters import cluster_map
from cdcl.runs import find_run
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.tasks import Task

STABLE, DOUBTFUL = 0.75, 0.6
"""Limits of the mean Jaccard index (Hennig 2007)."""


def perform(args: Namespace) -> None:
    """Find clusters of a projection, and keep them as a column."""
    if args.out is not None and args.out.suffix.lower() != ".parquet":
        raise ProfilesError(f"{args.out}: clusters are written as .parquet, and their list beside it as .csv.")
    run_task(_cluster(args), args)


def _cluster(args: Namespace) -> Task[None]:
    run = find_run(args.map)
    projection = read_projection(args.map if run is None else run.projection(args.projection))
    out: Path | None = args.out
    if out is None and run is not None:
        out = run.folder / "clusters" / f"{projection.parameters.get('level', 'site')}.parquet"
    if out is None:
        raise ProfilesError(f"say where the clusters of {args.map} go with -o FILE.parquet.")
    table = projection.table
    if args.by not in table:
        raise ProfilesError(f"{args.map} has no column {args.by} to name clusters by; say another with --by COLUMN.")
    wells = Places.of_table(table).wells
    numbers = None if wells is None else np.unique(wells, return_inverse=True)[1]
    clusters = yield from cluster_map(projection.points, numbers, smallest=args.smallest, seed=args.seed)
    found = yield from name_clusters(table, clusters, args.by)
    names = np.array([NONE, *found["cluster"]], dtype=object)[clusters.labels]
    own = {**projection.parameters, "smallest": clusters.smallest, "clusters_seed": args.seed}
    write_projection(Projection(projection.points, table.assign(cluster=names), projection.method, own), out)
    yield Wrote(f"clusters of {len(table):,} points", str(out))
    with replaced_file(out.with_suffix(".csv")) as temporary:
        found.to_csv(temporary, index=False)
    yield Wrote("list of clusters", str(out.with_suffix(".csv")))
    for line in _in_words(found, int((clusters.labels == 0).sum()), len(table)).splitlines():
        yield Said(line)


def _in_words(found: pd.DataFrame, left: int, total: int) -> str:
    are = "is" if left == 1 else "are"
    head = f"{counted(len(found), 'cluster', 'clusters')}; {left:,} of {total:,} points {are} in none"
    if not len(found):
        return head
    listed = zip(found["cluster"], found["profiles"], found["wells"], found["stability"], strict=True)
    rows = [[str(name), f"{num:,}", f"{wells:,}", f"{part:.2f}", _trust(part)] for name, num, wells, part in listed]
    return head + "\n" + align(["cluster", "points", "wells", "stability", ""], rows)


def _trust(stability: float) -> str:
    if stability >= STABLE:
        return "stable"
    return "comes and goes" if stability >= DOUBTFUL else "not to be trusted"
