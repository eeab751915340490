"""A projection: two-dimensional points with the table that says what each one is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.bounded import check_regular
from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Began, Ended, Warned
from cdcl.profiles import check
from cdcl.profiles.identity import MADE_OF, identity
from cdcl.projections.archetypes import archetypes
from cdcl.projections.pca import pca
from cdcl.projections.umap import umap
from cdcl.wording import verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task

    Projector = Callable[[NDArray[np.float32], int], Task[tuple[NDArray[np.float32], dict[str, object]]]]

PROJECTIONS: dict[str, Projector] = {"archetypes": archetypes, "pca": pca, "umap": umap}
"""Ways to draw profiles on a plane: values (N, D) and a seed to points (N, 2) and parameters."""

_KEY = b"cdcl"
_AXES = ("x", "y")


@dataclass(frozen=True)
class Projection:
    """Points on a plane.

    Attributes
    ----------
    points
        Shape (N, 2), float32.
    table
        One row a point, as in the profiles.
    method
        A key of `PROJECTIONS`.
    parameters
        What the method was run with, the seed among them, and the checksum of the profiles (`MADE_OF`).
    """

    points: NDArray[np.float32]
    table: pd.DataFrame
    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def project(profiles: Profiles, *, method: str = "umap", seed: int = 0) -> Task[Projection]:
    """Draw profiles on a plane.

    Parameters
    ----------
    profiles
        N rows of D features.
    method
        A key of `PROJECTIONS`.
    seed
        Of what the method draws; the same seed and profiles give the same points.

    Returns
    -------
    Projection
        Points (N, 2). Profiles that are all equal are one point, whatever the method.

    Raises
    ------
    ProfilesError
        If the method is unknown, or the profiles are too few or not finite.
    """
    if method not in PROJECTIONS:
        raise ProfilesError(unknown_name("projection", method, PROJECTIONS))
    check(profiles)
    noted = {"seed": seed, "level": profiles.level, MADE_OF: identity(profiles)}
    if collapsed(profiles.values):
        # Any method would draw rounding errors as a cloud; equal profiles are one point.
        yield Warned(
            f"all {len(profiles)} profiles are equal: the network has collapsed, and they are drawn as one point"
        )
        points = np.zeros((len(profiles), 2), dtype=np.float32)
        return Projection(points, profiles.table, method, {"collapsed": True, **noted})
    yield Began(f"project ({method})", total=None, unit="profile")
    points, parameters = yield from PROJECTIONS[method](profiles.values, seed)
    yield Ended()
    return Projection(points, profiles.table, method, {**parameters, **noted})


def collapsed(values: NDArray[np.float32]) -> bool:
    """Tell whether profiles (N, D), N > 1, are equal but for rounding: spread below 1e-6 of their size."""
    spread = np.ptp(values, axis=0).max(initial=0.0)
    return len(values) > 1 and bool(spread <= 1e-6 * np.abs(values).max(initial=0.0))


def write_projection(projection: Projection, path: Path) -> None:
    """Write points and table to .parquet, in one move.

    Parameters
    ----------
    projection
        Its points stand as columns x and y behind the table; columns of the table with these names are dropped.
    path
        A file that stands there is replaced.
    """
    table = projection.table.drop(columns=[name for name in _AXES if name in projection.table])
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    for axis, coordinates in zip(_AXES, projection.points.T, strict=True):
        arrow = arrow.append_column(axis, pa.array(np.ascontiguousarray(coordinates)))
    card = json.dumps({"method": projection.method, "parameters": dict(projection.parameters)})
    with replaced_file(path) as temporary:
        pq.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _KEY: card.encode()}), temporary)


def read_projection(path: Path) -> Projection:
    """Read what `write_projection` wrote.

    Parameters
    ----------
    path
        Of the .parquet.

    Returns
    -------
    Projection
        Points, table and parameters, as they were written.

    Raises
    ------
    ProfilesError
        If the file is not there or is no projection.
    """
    try:
        check_regular(path, ProfilesError)
        arrow = pq.read_table(path)
        card = json.loads((arrow.schema.metadata or {})[_KEY])
        frame = arrow.to_pandas()
        points = frame[list(_AXES)].to_numpy(dtype=np.float32)
        return Projection(points, frame.drop(columns=list(_AXES)), str(card["method"]), dict(card["parameters"]))
    except FileNotFoundError as error:
        raise ProfilesError(f"no projection at {path}; make one with {verb('project')}.") from error
    except (pa.ArrowException, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ProfilesError(f"{path} holds no projection; make one with {verb('project')}.") from error
