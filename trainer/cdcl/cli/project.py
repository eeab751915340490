"""`cdcl project`: profiles on a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.errors import ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.projections import project, write_projection
from cdcl.report import Embedding, plot_embeddings
from cdcl.scatter import MarkerStyle, Picture, Scene, colour_column, find_corners, name_axes, one_colour, write_picture
from cdcl.scatter.picture import FORMATS

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.projections import Projection
    from cdcl.scatter import Colouring
    from cdcl.tasks import Task

_COLOURED_BY = ("batch", "treatment", "mechanism")


def perform(args: Namespace) -> None:
    """Project the profiles of a run or a file, and keep the points or a picture of them."""
    if args.colour and args.plot is None:
        raise ProfilesError("--colour says how --plot FILE is coloured; name the file.")
    if args.plot is not None and args.plot.suffix.lower() not in FORMATS:
        raise ProfilesError(f"{args.plot}: a plot is written as {', '.join(FORMATS)}.")
    if args.out is not None and args.out.suffix.lower() not in _WRITERS:
        raise ProfilesError(f"{args.out}: a projection is written as {', '.join(_WRITERS)}.")
    run_task(_project(args), args)


def _project(args: Namespace) -> Task[None]:
    profiles, run = yield from profiles_of(args, args.level)
    out: Path | None = args.out or (run.projection(args.method) if run else None)
    if out is None and args.plot is None:
        raise ProfilesError(f"say where the projection of {args.profiles} goes with -o FILE.")
    colour = _choose_colour(args.colour, profiles)
    projection = yield from project(profiles, method=args.method, seed=args.seed)
    if out is not None:
        _WRITERS[out.suffix.lower()](projection, out)
        yield Wrote(f"{projection.method} of {len(projection.points)} profiles", str(out))
    if args.plot is not None:
        colouring = _colouring(projection, colour)
        for note in colouring.notes:
            yield Warned(note)
        _plot(projection, colouring, args.plot)
        yield Wrote("plot", str(args.plot))


def _choose_colour(name: str | None, profiles: Profiles) -> str | None:
    """Give the column that was asked for, or else the first that is known."""
    if name is not None:
        return str(profiles.column(name).name)
    return next((known for known in _COLOURED_BY if known in profiles.table), None)


def _colouring(projection: Projection, colour: str | None) -> Colouring:
    return one_colour(len(projection.points)) if colour is None else colour_column(projection.table, colour)


def _plot(projection: Projection, colouring: Colouring, path: Path) -> None:
    """Draw what the window's scatter draws."""
    num = len(projection.points)
    names = name_axes(projection.method, projection.parameters)
    corners = find_corners(projection.parameters)
    write_picture(Picture(projection.points, Scene(colouring), names, MarkerStyle.of(num), corners=corners), path)


def _write_csv(projection: Projection, path: Path) -> None:
    x, y = projection.points.T
    with replaced_file(path) as temporary:
        projection.table.assign(x=x, y=y).to_csv(temporary, index=False)


def _write_png(projection: Projection, path: Path) -> None:
    names = [name for name in _COLOURED_BY if name in projection.table]
    panels = [Embedding(f"by {name}", projection.points, projection.table[name], name) for name in names]
    plain = Embedding(projection.method, projection.points, [""] * len(projection.points))
    with replaced_file(path) as temporary:
        temporary.write_bytes(plot_embeddings(panels or [plain]))


_WRITERS = {".parquet": write_projection, ".csv": _write_csv, ".png": _write_png}
