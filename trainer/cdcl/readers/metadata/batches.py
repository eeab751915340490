"""Propose what may be the batches of a screen: by date, folder or plate name. Nothing is applied unless asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError, unknown_name
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from cdcl.screen import Screen

_DATE = re.compile(r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])")
_PREFIX = re.compile(r"(.+?)[-_ ]")


@dataclass(frozen=True)
class Proposal:
    """Batches that a screen may have.

    Attributes
    ----------
    way
        How they were found: a name of `WAYS`.
    plates
        The number of plates of each batch.
    """

    way: str
    plates: dict[str, int]

    def __str__(self) -> str:
        """Say what they are and how to accept them."""
        names = [f"{name} ({count})" for name, count in self.plates.items()]
        shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        return (
            f"{_SAID[self.way]} {shown}: if these are the batches (plates of each), `{option('batch-from')} {self.way}`"
        )


def propose_batches(screen: Screen) -> Proposal | None:
    """Find the first way that tells the plates into more than one batch, and into fewer batches than plates.

    Returns
    -------
    Proposal or None
        The way with its batches; none where no way does. Dates are accepted with one plate a batch, too.
    """
    plates = screen.sites["plate"]
    for way in WAYS:
        names = WAYS[way](screen)
        counts = plates.groupby(names).nunique()
        counts = counts[counts.index != ""]
        if len(counts) > 1 and (len(counts) < plates.nunique() or way == "date"):
            return Proposal(way, {str(name): int(count) for name, count in counts.items()})
    return None


def assign_batches(screen: Screen, way: str) -> Screen:
    """Give the screen with a column `batch`, told by a way of `WAYS` or copied from a column of that name.

    Parameters
    ----------
    way
        A column of the screen's table, or a key of `WAYS`; a column goes first.

    Returns
    -------
    Screen
        With its batches; those it had are replaced, and "" is a row whose batch is not known.

    Raises
    ------
    ScreenError
        If there is no such way or column, or it tells no batch.
    """
    if way in screen.sites:
        names = screen.sites[way].astype(str)
    elif way in WAYS:
        names = WAYS[way](screen)
    else:
        raise ScreenError(unknown_name("way to find batches", way, [*WAYS, *map(str, screen.sites.columns)]))
    if (names == "").all():
        raise ScreenError(f"no batch can be told by {way}: {_EMPTY.get(way, 'that column is empty')}.")
    return replace(screen, sites=screen.sites.assign(batch=names))


def batches_of_planes(planes: pd.DataFrame, way: str) -> pd.Series | None:
    """Tell batches of planes before they are folded, where one plate name stands for plates of several batches.

    Gives None where files alone cannot tell batches in this way, or it finds one batch only.

    Parameters
    ----------
    planes
        With the columns `path`, and `acquired` where the microscope says it.
    """
    paths = planes["path"].astype(str)
    if way == "folder":
        folders = paths.str.partition("#")[0].str.rpartition("/")[0]
        parts = {folder: folder.split("/") for folder in folders.unique()}
        same = [len(set(names)) == 1 for names in zip(*parts.values(), strict=False)]
        depth = same.index(False) if False in same else len(same)
        names = folders.map({folder: names[depth] if len(names) > depth else "" for folder, names in parts.items()})
    elif way == "date" and "acquired" in planes:
        names = planes["acquired"].astype(str)
    elif way == "date":
        names = paths.map(lambda path: date[0] if (date := _DATE.search(path)) else "")
    else:
        return None
    return names if names.nunique() > 1 and (names != "").all() else None


def _by_date(screen: Screen) -> pd.Series:
    """Give the day of acquisition, as the microscope wrote it or as the folders say."""
    if "acquired" in screen.sites:
        return screen.sites["acquired"].astype(str)
    return _of_folders(screen, lambda folder: date[0] if (date := _DATE.search(folder)) else "")


def _by_folder(screen: Screen) -> pd.Series:
    """Give the topmost folder in which the images differ, where no plate lies in two."""
    folders = {str(folder): str(folder).split("/") for folder in _folders(screen).unique()}
    same = [len(set(parts)) == 1 for parts in zip(*folders.values(), strict=False)]
    depth = same.index(False) if False in same else len(same)
    names = {folder: parts[depth] if len(parts) > depth else "" for folder, parts in folders.items()}
    found = _of_folders(screen, lambda folder: names[folder])
    lies_in_two = screen.sites["plate"].groupby(found).unique().explode().duplicated().any()
    return found.mask(found != "", "") if lies_in_two else found


def _by_prefix(screen: Screen) -> pd.Series:
    """Give what plate names begin with, up to the first dash, underscore or space."""
    plates = screen.sites["plate"].astype(str)
    found = {plate: match[1] if (match := _PREFIX.match(plate)) else "" for plate in plates.unique()}
    return plates.map(found).astype(str)


WAYS: dict[str, Callable[[Screen], pd.Series]] = {"date": _by_date, "folder": _by_folder, "prefix": _by_prefix}
"""How batches can be told, in the order in which they are proposed."""

_SAID = {
    "date": "the images were taken on, or lie in folders of, the dates",
    "folder": "the plates lie in the folders",
    "prefix": "plate names begin with",
}
_EMPTY = {
    "date": "neither the microscope nor the folders say a date",
    "folder": "all images lie in one folder, or a plate lies in two",
    "prefix": "no plate name has a dash, an underscore or a space",
}


def _folders(screen: Screen) -> pd.Series:
    paths = screen.sites[screen.path_columns[0]].astype(str)
    return paths.str.partition("|")[0].str.rpartition("/")[0].rename("folder")


def _of_folders(screen: Screen, tell: Callable[[str], str]) -> pd.Series:
    folders = _folders(screen)
    return folders.map({folder: tell(str(folder)) for folder in folders.unique()}).astype(str)
