"""Folders and files of a table as they lie here: written by any system, on this machine or on another."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlparse

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.images.remote import is_remote, remote_url
from cdcl.readers.spelling import Disk, folded

_NUM_ANCESTORS = 8
"""So many folders above a table are looked into."""

_ELSEWHERE = re.compile(r"(?:[A-Za-z]:)?[\\/]|.*\\", re.DOTALL)
"""A path that begins at a drive or root, or that Windows wrote."""

_PAGE = re.compile(r"#(?:\d+|max)(?:,(?:\d+|max))*$")


def split_path(path: str) -> tuple[str, str]:
    r"""Part a path into folder and file, whichever system wrote it.

    >>> split_path(r"D:\screen\a.tif"), split_path("images/a.tif"), split_path(r"\\server\share\a.tif")
    (('D:\\screen', 'a.tif'), ('images', 'a.tif'), ('\\\\server\\share', 'a.tif'))
    """
    cut = max(path.rfind("/"), path.rfind("\\")) + 1
    folder = path[:cut]
    return (folder[:-1] if len(folder) > 1 and not folder.endswith(":\\") else folder), path[cut:]


def find_folders(places: pd.DataFrame, base: Path, source: Path) -> dict[str, str]:
    """Find each folder that a table names; one that is nowhere stays as it is named, for the report to count.

    Folders may be absolute, relative to the table or to a folder above it, or those of another machine: then their last
    parts are looked for in the same places.

    Parameters
    ----------
    places
        With the columns `folder` and `file`, as the table names them.
    base
        The folder of the table `source`.

    Raises
    ------
    ScreenError
        If two folders of the table could only be found as one and the same.
    """
    examples = places[places["file"] != ""].drop_duplicates("folder")
    found: dict[str, str] = {}
    origins: dict[Path, str] = {}
    disk = Disk()
    for folder, file in zip(examples["folder"], examples["file"], strict=True):
        place = _find_folder(_without_scheme(folder), unquote(file) if "://" in folder else file, base, disk)
        found[folder] = str(place) if place is not None else _unfound(folder, base)
        if place is not None and _alike(origins.setdefault(place, folder)) != _alike(folder):
            raise ScreenError(
                f"{source}: the folders '{origins[place]}' and '{folder}' were both found at {place}; correct them in "
                "the table."
            )
    return found


def found_paths(paths: pd.Series, source: Path) -> pd.Series:
    """Point paths that begin at a drive or root, or that Windows wrote, to where their files lie here.

    Relative paths, those whose files are there, and those that are nowhere stay as they are.

    Raises
    ------
    ScreenError
        As `find_folders`.
    """
    away = paths.str.match(_ELSEWHERE).astype(bool) & ~paths.map(is_remote).astype(bool)
    if not away.any():
        return paths
    first = paths[away].str.partition("|")[0]
    split = pd.DataFrame(list(first.map(split_path)), columns=["folder", "name"], index=first.index)
    split["file"] = split["name"].str.replace(_PAGE, "", regex=True)
    base = source.absolute().parent
    examples = split.drop_duplicates("folder")
    there = {f for f, path in zip(examples["folder"], first[examples.index], strict=True) if _is_there(path, base)}
    split = split[~split["folder"].isin(there)]
    folders = find_folders(split, base, source)
    examples = split.drop_duplicates("folder")
    disk = Disk()
    here = {
        f
        for f, file in zip(examples["folder"], examples["file"], strict=True)
        if disk.find(str(Path(folders[f]) / file)) is not None
    }
    split = split[split["folder"].isin(here)]
    if not len(split):
        return paths
    rest = paths[split.index].str.partition("|")
    whole = split["folder"].map(folders) + "/" + split["name"] + rest[1] + rest[2]
    return paths.where(~paths.index.isin(whole.index), whole.reindex(paths.index))


def _is_there(path: str, base: Path) -> bool:
    return (base / _PAGE.sub("", path)).exists()


def _without_scheme(folder: str) -> str:
    """Cut "s3://bucket/" and the like; a local copy of a bucket starts below its name."""
    parts = urlparse(folder)
    remote = parts.scheme in ("s3", "gs", "http", "https")
    return str(PurePosixPath(unquote(parts.path).lstrip("/"))) if remote else folder


def _unfound(folder: str, base: Path) -> str:
    return remote_url(folder).rstrip("/") if is_remote(folder) else str(base / _without_scheme(folder))


def _find_folder(folder: str, file: str, base: Path, disk: Disk) -> Path | None:
    """Look for `folder` as it stands, then for its last parts, below `base` and the folders above it.

    Where it is nowhere, it is looked for once more, whatever the capitals.
    """
    parts = _parts(folder)
    bases = [base, *base.parents[:_NUM_ANCESTORS]]
    places = [base / folder, *(start.joinpath(*parts[skipped:]) for skipped in range(len(parts)) for start in bases)]
    for place in (*places, base):
        if (place / file).exists():
            return place
    for place in (*places, base) if file else ():
        if (found := disk.find(str(place / file))) is not None:
            return Path(found).parent
    return None


def _alike(folder: str) -> tuple[str, ...]:
    return tuple(map(folded, _parts(folder)))


def _parts(folder: str) -> tuple[str, ...]:
    """Split a folder into its names, whichever system wrote it, without the drive or root."""
    windows = "\\" in folder or re.match(r"[A-Za-z]:", folder)
    path = PureWindowsPath(folder) if windows else PurePosixPath(folder)
    return path.parts[1:] if path.anchor else path.parts
