"""`cdcl export`: profiles in the forms that other tools open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdcl.cli.checkpoint import weights_of
from cdcl.cli.parser import UsageError
from cdcl.cli.profile_sources import profiles_of, refuse_map
from cdcl.cli.progress import run_task
from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Warned
from cdcl.profiles import LEVELS, read_profiles
from cdcl.profiles.exports import EXPORTS, Bundle, export_profiles
from cdcl.profiles.exports.exporting import default_place
from cdcl.profiles.identity import MADE_OF, identity, made_of
from cdcl.projections import read_projection
from cdcl.runs import find_run
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task


NETWORK_FORMS = ("timm", "onnx", "hf", "torchscript")
"""Forms of a run's network; all others are of its profiles."""


def perform(args: Namespace) -> None:
    """Export the profiles of a run or a file."""
    if args.to in NETWORK_FORMS and args.level:
        raise UsageError(f"--level is of profiles, and {args.to} is a form of the network; leave it out.")
    if args.to in EXPORTS and args.best:
        raise UsageError(f"--best is of a network, and {args.to} is a form of profiles; leave it out.")
    if args.to in NETWORK_FORMS:
        run_task(_export_network(args), args)
        return
    if args.to not in EXPORTS:
        raise ProfilesError(unknown_name("form", args.to, (*EXPORTS, *NETWORK_FORMS)))
    run_task(_export(args), args)


def _export_network(args: Namespace) -> Task[Path]:
    """Write the run's network, without cdcl around it."""
    refuse_map(args)
    run = find_run(args.profiles)
    place: Path | None = args.out or (run.folder / "exports" / args.to if run else None)
    if run is None and args.profiles.is_file():
        raise ProfilesError(
            f"{args.profiles} is a file, and a network is exported of a run, or of a folder of weights."
        )
    if place is None:
        raise ProfilesError(f"say where the network of {args.profiles} goes with -o PLACE.")
    from cdcl.inference import load_model
    from cdcl.inference.exports import export_network

    weights = yield from weights_of(args.profiles, best=args.best)
    return (yield from export_network(load_model(weights, "cpu"), args.to, place))


def _export(args: Namespace) -> Task[list[Path]]:
    run = find_run(args.profiles)
    if run is None and args.out is None:
        raise ProfilesError(f"say where the export of {args.profiles} goes with -o PLACE.")
    if run is not None:
        refuse_map(args)
        bundle, notes = gather(run)
        yield from map(Warned, notes if EXPORTS[args.to].adds else ())
    else:
        profiles, _ = yield from profiles_of(args)
        bundle = Bundle({profiles.level: profiles}, name=args.profiles.name.split(".")[0])
    place: Path = args.out or default_place(run.folder / "exports", bundle, args.to, args.level) if run else args.out
    return (yield from export_profiles(bundle, args.to, place, args.level))


def gather(run: Run) -> tuple[Bundle, list[str]]:
    """Collect the profiles of a run, and the projections and corrections of the same rows; name those of others.

    Raises
    ------
    ProfilesError
        If the run has no profiles yet.
    """
    levels = {level: read_profiles(run.profiles(level)) for level in LEVELS if run.profiles(level).exists()}
    if not levels:
        raise ProfilesError(f"{run.folder} has no profiles yet; run `cdcl embed {run.folder}` first.")
    notes: list[str] = []
    arrays = {level: _arrays(run, profiles, notes) for level, profiles in levels.items()}
    return Bundle(levels, arrays, run.folder.name), notes


def _arrays(run: Run, profiles: Profiles, notes: list[str]) -> dict[str, NDArray[np.floating]]:
    """Read what was computed of these profiles; what is of older ones is left out and named."""
    found: dict[str, NDArray[np.floating]] = {}
    source, sums = run.profiles(profiles.level), {"": identity(profiles)}
    for path in sorted((run.folder / "corrections").glob(f"*/{profiles.level}.parquet")):
        corrected = read_profiles(path)
        if note := _older(path, len(corrected), corrected.provenance, (profiles, sums[""], source)):
            notes.append(note)
        else:
            found[path.parent.name] = corrected.values
            sums[path.parent.name] = identity(corrected)
    for path in sorted((run.folder / "projections").glob("*.parquet")):
        projection = read_projection(path)
        if projection.parameters.get("level") != profiles.level:
            continue
        # One of corrected profiles, as the window makes them, is of these too, under the name of its file.
        own = projection.parameters.get(MADE_OF)
        correction = next((name for name, known in sums.items() if known == own), "")
        if note := _older(path, len(projection.points), projection.parameters, (profiles, sums[correction], source)):
            notes.append(note)
        else:
            found[path.stem if correction else projection.method] = projection.points
    return found


def _older(path: Path, rows: int, kept: Mapping[str, Any], now: tuple[Profiles, str, Path]) -> str:
    """Say that a file is of older profiles than those `now`, with their checksum and file; "" if it is not."""
    profiles, own, source = now
    if rows != len(profiles):
        counts = f"{counted(rows, 'row', 'rows')} and the {profiles.level} profiles {len(profiles)}"
        return f"{path} has {counts}: it is of older ones and left out."
    if made_of(kept, path, own, source):
        return ""
    theirs = f"other {profiles.level} profiles than those there are now"
    return f"{path} was made of {theirs}, and is left out; make it anew."
