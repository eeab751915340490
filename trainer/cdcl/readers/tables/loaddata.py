"""CellProfiler's LoadData table, as in the Cell Painting Gallery: `FileName_`, `PathName_` or `URL_<channel>`."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.images.remote import is_remote, remote_url
from cdcl.screen.identifiers import as_text, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMN = re.compile(r"(?:Image_)?(FileName|PathName|URL|Frame|Series)_(.+)")
_NUM_ANCESTORS = 8
"""Folders above the table in which relative paths may begin: a table lies some folders below the screen's top."""


def fits(columns: Iterable[str]) -> bool:
    """Tell whether a table with these columns is a LoadData table."""
    return bool(_channels(columns))


def read(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Give `table` with a column `path_<channel>` a channel, absolute where the folder was found.

    Folders may be absolute, relative to the table or to a folder above it, or those of another machine: then their last
    parts are looked for in the same places. What is in a bucket and was not found here stays there. Illumination
    functions are left out; a prefix "Orig" of all channels is cut. `Frame_<channel>` is the page of a stack. A row
    without a file name has the path "".

    Raises
    ------
    ScreenError
        If two folders of the table could only be found as one and the same, or a page is no number.
    """
    columns = _channels(table.columns)
    found = _find_folders(_split_paths(table, columns), path.absolute().parent, path)
    paths = {}
    for channel, parts in _split_paths(table, columns).items():
        folders = parts["folder"].map(found).fillna("")
        whole = folders.where(folders == "", folders + "/") + parts["file"]
        whole = whole + _pages(table, columns[channel], path)
        paths[f"path_{channel}"] = whole.where(parts["file"] != "", "")
    used = [name for name in table.columns if _COLUMN.fullmatch(name) or name == "path" or name.startswith("path_")]
    return pd.concat([table.drop(columns=used), pd.DataFrame(paths, index=table.index)], axis=1)


def _channels(columns: Iterable[str]) -> dict[str, dict[str, str]]:
    """Find each channel's columns: {"DNA": {"FileName": "FileName_OrigDNA", "PathName": ...}}."""
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        match = _COLUMN.fullmatch(column)
        if match and not match[2].startswith("Illum"):
            found.setdefault(match[2], {})[match[1]] = column
    found = {name: parts for name, parts in found.items() if "FileName" in parts or "URL" in parts}
    if all(name.startswith("Orig") and name != "Orig" for name in found):
        return {name.removeprefix("Orig"): parts for name, parts in found.items()}
    return found


def _split_paths(table: pd.DataFrame, columns: dict[str, dict[str, str]]) -> dict[str, pd.DataFrame]:
    """Give each channel's folders and file names."""
    result = {}
    for channel, parts in columns.items():
        if "FileName" in parts:
            file = as_text(table[parts["FileName"]])
            folder = as_text(table[parts["PathName"]]) if "PathName" in parts else pd.Series("", index=table.index)
        else:
            places = as_text(table[parts["URL"]]).map(_parse_url)
            file, folder = places.map(lambda place: place[1]), places.map(lambda place: place[0])
        result[channel] = pd.DataFrame({"folder": folder, "file": file})
    return result


def _pages(table: pd.DataFrame, columns: dict[str, str], path: Path) -> pd.Series:
    """Give "#3" for page 3 of a stack, counted from 0; "" where the table tells no pages, or only the first."""
    for kind in ("Series", "Frame"):
        numbers = as_text(table[columns[kind]]).map(whole_number) if kind in columns else pd.Series("", table.index)
        wrong = numbers[~numbers.str.fullmatch(r"\d*")]
        if len(wrong):
            raise ScreenError(f"{path}, column {columns[kind]}: '{wrong.iloc[0]}' is no number of a page, from 0.")
        if kind == "Series" and (numbers.str.strip("0") != "").any():
            raise ScreenError(
                f"{path}, column {columns[kind]}: cdcl reads the first series of a file only; give Frame_ instead."
            )
    if (numbers.str.strip("0") == "").all() and not _shared_files(table, columns, numbers):
        return pd.Series("", index=table.index)
    return ("#" + numbers).where(numbers != "", "")


def _shared_files(table: pd.DataFrame, columns: dict[str, str], numbers: pd.Series) -> bool:
    """Tell whether page 0 of a file is one of several: another channel of the table takes another page."""
    frames = [str(name) for name in table.columns if (match := _COLUMN.fullmatch(str(name))) and match[1] == "Frame"]
    others = [as_text(table[name]).map(whole_number).str.strip("0") for name in frames]
    return bool((numbers != "").any()) and any((other != "").any() for other in others) and "FileName" in columns


def _parse_url(url: str) -> tuple[str, str]:
    """Split a URL into its folder and the name of the file; a bucket is kept, `file://` is not."""
    if is_remote(url):
        url = remote_url(url)
    elif urlparse(url).scheme == "file":
        url = unquote(urlparse(url).path)
    folder, _, file = url.rpartition("/")
    return folder, file


def _without_scheme(folder: str) -> str:
    """Cut "s3://bucket/" and the like; a local copy of a bucket starts below its name."""
    parts = urlparse(folder)
    remote = parts.scheme in ("s3", "gs", "http", "https")
    return str(PurePosixPath(unquote(parts.path).lstrip("/"))) if remote else folder


def _find_folders(parts: dict[str, pd.DataFrame], base: Path, source: Path) -> dict[str, str]:
    """Find each folder that the table names; one that is nowhere stays as it is named, for the report to count."""
    given = pd.concat(list(parts.values()))
    examples = given[given["file"] != ""].drop_duplicates("folder")
    found: dict[str, str] = {}
    origins: dict[Path, str] = {}
    for folder, file in zip(examples["folder"], examples["file"], strict=True):
        place = _find_folder(_without_scheme(folder), unquote(file) if "://" in folder else file, base)
        found[folder] = str(place) if place is not None else _unfound(folder, base)
        if place is not None and _parts(origins.setdefault(place, folder)) != _parts(folder):
            raise ScreenError(
                f"{source}: the folders '{origins[place]}' and '{folder}' were both found at {place}; correct them in "
                "the table."
            )
    return found


def _unfound(folder: str, base: Path) -> str:
    return remote_url(folder).rstrip("/") if is_remote(folder) else str(base / _without_scheme(folder))


def _find_folder(folder: str, file: str, base: Path) -> Path | None:
    """Look for `folder` as it stands, then for its last parts, below `base` and the folders above it."""
    if (base / folder / file).is_file():
        return base / folder
    parts = _parts(folder)
    bases = [base, *base.parents[:_NUM_ANCESTORS]]
    for skipped in range(len(parts)):
        for start in bases:
            if (start.joinpath(*parts[skipped:]) / file).is_file():
                return start.joinpath(*parts[skipped:])
    return base if (base / file).is_file() else None


def _parts(folder: str) -> tuple[str, ...]:
    """Split a folder into its names, whichever system wrote it, without the drive or root."""
    path = PureWindowsPath(folder) if "\\" in folder else PurePosixPath(folder)
    return path.parts[1:] if path.anchor else path.parts
