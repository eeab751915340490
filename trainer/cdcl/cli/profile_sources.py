"""Which profiles a verb is pointed at: a run's, or a file's with the plate map beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.readers.metadata.platemap import PROFILES, join_platemap
from cdcl.readers.metadata.platemap_files import read_platemap
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task


def profiles_of(args: Namespace, level: str = "site") -> Task[tuple[Profiles, Run | None]]:
    """Read the profiles that a verb is pointed at, join its plate map, and say what was taken and left out.

    Raises
    ------
    CDCLError
        If there are none, or the map is not theirs.
    """
    profiles, run = open_profiles(args.profiles, level)
    yield from left_out(profiles)
    if run is not None:
        refuse_map(args)
    return (yield from with_map(profiles, args.metadata)), run


def refuse_map(args: Namespace) -> None:
    """Refuse a plate map beside a run or a screen, where it would be passed over.

    Raises
    ------
    ProfilesError
        If one is given.
    """
    if args.metadata is not None:
        source = getattr(args, "profiles", None) or args.source
        raise ProfilesError(
            f"{source} is labelled by the table of its screen, and {option('metadata')} is of files of profiles; "
            f"{verb('scan SOURCE --metadata MAP -o SCREEN')} joins a map to images."
        )


def with_map(profiles: Profiles, platemap: Path | None) -> Task[Profiles]:
    """Join a plate map, or table of metadata, to profiles; what of either found no partner is named.

    Raises
    ------
    CDCLError
        If the profiles name no wells, the map cannot be read, or none of its wells is theirs.
    """
    if platemap is None:
        return profiles
    table = profiles.table
    if "well" not in table:
        raise ProfilesError(
            f"{platemap} says what is in wells, and the profiles name no wells: they have {', '.join(map(str, table))}."
        )
    without_plate = "plate" not in table
    if without_plate:
        table = table.assign(plate=_only_plate(platemap))
    joined = join_platemap(table, platemap, PROFILES)
    yield Said(f"{platemap.name}: {joined.matched} of {len(table)} profiles are in its wells")
    for note in joined.notes:
        yield Warned(note)
    labelled = joined.sites.drop(columns=["plate"] if without_plate and not table["plate"].iat[0] else [])
    return replace(profiles, table=labelled.reset_index(drop=True))


def _only_plate(platemap: Path) -> str:
    """Give the plate that a map is of, for profiles that name none; "" where the map names none either."""
    wells = read_platemap(platemap)
    plates = wells["plate"].astype(str) if "plate" in wells else pd.Series(dtype=str)
    names = sorted(set(plates) - {""})
    if len(names) > 1:
        shown = ", ".join(names[:3]) + ", ..." * (len(names) > 3)
        raise ProfilesError(
            f"{platemap} is of {len(names)} plates ({shown}), and the profiles name none: add a column plate to them."
        )
    return names[0] if names else ""
