"""CellProfiler's LoadData table, as in the Cell Painting Gallery: `FileName_`, `PathName_` or `URL_<channel>`."""

from __future__ import annotations

import re
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.images.remote import is_remote, remote_url
from cdcl.readers.tables.places import find_folders, split_path
from cdcl.screen.identifiers import as_text, whole_number
from cdcl.screen.tables import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_COLUMN = re.compile(r"(?:Image_)?(FileName|PathName|URL|Frame|Series)_(.+)", re.IGNORECASE)
_KINDS = {kind.lower(): kind for kind in ("FileName", "PathName", "URL", "Frame", "Series")}
"""As CellProfiler writes them; R and databases write headings in lower case."""
"""Folders above the table in which relative paths may begin: a table lies some folders below the screen's top."""


def fits(columns: Iterable[str]) -> bool:
    """Tell whether a table with these columns is a LoadData table."""
    return bool(_channels(columns))


def read(table: pd.DataFrame, path: Path, _notes: list[str]) -> pd.DataFrame:
    """Give `table` with a column `path_<channel>` a channel, absolute where the folder was found.

    Folders are found as `find_folders` does. What is in a bucket and was not found here stays there. Illumination
    functions (`FileName_IllumDNA`) become columns `illum_<channel>`; a prefix "Orig" of all channels is cut.
    `Frame_<channel>` is the page of a stack. A row without a file name has the path "".

    Raises
    ------
    ScreenError
        If two folders of the table could only be found as one and the same, or a page is no number.
    """
    columns = _channels(table.columns)
    split = _split_paths(table, columns)
    functions = _split_paths(table, _functions(table.columns, columns))
    found = find_folders(pd.concat([*split.values(), *functions.values()]), path.absolute().parent, path)
    paths = {}
    for channel, parts in split.items():
        folders = parts["folder"].map(found).fillna("")
        whole = folders.where(folders == "", folders + "/") + parts["file"]
        whole = whole + _pages(table, columns[channel], path)
        paths[f"path_{channel}"] = whole.where(parts["file"] != "", "")
    for channel, parts in functions.items():
        folders = parts["folder"].map(found).fillna("")
        whole = folders.where(folders == "", folders + "/") + parts["file"]
        paths[f"{FUNCTION}{channel}"] = whole.where(parts["file"] != "", "")
    used = [name for name in table.columns if _COLUMN.fullmatch(name) or name == "path" or name.startswith("path_")]
    return pd.concat([table.drop(columns=used), pd.DataFrame(paths, index=table.index)], axis=1)


def _channels(columns: Iterable[str]) -> dict[str, dict[str, str]]:
    """Find each channel's columns: {"DNA": {"FileName": "FileName_OrigDNA", "PathName": ...}}."""
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        match = _COLUMN.fullmatch(column)
        if match and not match[2].lower().startswith("illum"):
            found.setdefault(match[2], {})[_KINDS[match[1].lower()]] = column
    found = {name: parts for name, parts in found.items() if "FileName" in parts or "URL" in parts}
    if all(name.lower().startswith("orig") and len(name) > len("orig") for name in found):
        return {name[len("orig") :].lstrip("_"): parts for name, parts in found.items()}
    return found


def _functions(columns: Iterable[str], channels: Iterable[str]) -> dict[str, dict[str, str]]:
    """Find each channel's illumination function: {"DNA": {"FileName": "FileName_IllumDNA", "PathName": ...}}."""
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        match = _COLUMN.fullmatch(column)
        if match and match[2].lower().startswith("illum"):
            name = match[2][len("illum") :].lstrip("_")
            own = next(
                (channel for channel in channels if name.lower() in (channel.lower(), f"orig{channel.lower()}")), ""
            )
            if own:
                found.setdefault(own, {})[_KINDS[match[1].lower()]] = column
    return {name: parts for name, parts in found.items() if "FileName" in parts or "URL" in parts}


def _split_paths(table: pd.DataFrame, columns: dict[str, dict[str, str]]) -> dict[str, pd.DataFrame]:
    """Give each channel's folders and file names."""
    result = {}
    for channel, parts in columns.items():
        if "FileName" in parts:
            file = as_text(table[parts["FileName"]])
            folder = as_text(table[parts["PathName"]]) if "PathName" in parts else pd.Series("", index=table.index)
            file, folder = _whole_folders(file, folder)
        else:
            places = as_text(table[parts["URL"]]).map(_parse_url)
            file, folder = places.map(lambda place: place[1]), places.map(lambda place: place[0])
        result[channel] = pd.DataFrame({"folder": folder, "file": file})
    return result


def _whole_folders(files: pd.Series, folders: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Move folders that stand in the names of files to the folders; an absolute one replaces the other."""
    with_folder = files.str.contains(r"[/\\]", regex=True)
    if not with_folder.any():
        return files, folders
    own = files[with_folder].map(split_path)
    joined = [
        folder if not above or PureWindowsPath(folder).anchor else f"{above}/{folder}"
        for above, (folder, _) in zip(folders[with_folder], own, strict=True)
    ]
    files, folders = files.copy(), folders.copy()
    files[with_folder], folders[with_folder] = own.map(lambda parts: parts[1]), joined
    return files, folders


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
    frames = [
        str(name) for name in table.columns if (match := _COLUMN.fullmatch(str(name))) and match[1].lower() == "frame"
    ]
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
