"""Tables on disk: read any as text, and write and read a screen as one."""

from __future__ import annotations

import csv
import json
import os
import zlib
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.bounded import parse_json
from cdcl.errors import CDCLError, ScreenError
from cdcl.images.pages import FILE_PAGES
from cdcl.images.remote import is_remote
from cdcl.screen.assembly import assemble
from cdcl.screen.delimited import read_delimited
from cdcl.screen.headings import read_heading
from cdcl.screen.identifiers import NAMES, as_names, as_text
from cdcl.screen.parquet_slips import no_parquet, parquet_parts

if TYPE_CHECKING:
    from cdcl.screen.screen import Screen

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".parquet")
"""What `read_table` reads."""

FUNCTION = "illum_"
"""Columns of this prefix name a file with the illumination function of a channel: `illum_DNA`."""

METADATA_KEY = b"cdcl"
"""Under this key of the parquet schema stand the channels, the pixel size and where the paths start."""


def is_table(path: PurePath) -> bool:
    """Tell by its name whether `read_table` reads `path`."""
    return path.name.lower().endswith(SUFFIXES)


def read_table(path: Path) -> pd.DataFrame:
    """Give the table of `read_noted_table`, without its notes."""
    return read_noted_table(path)[0]


def read_noted_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read a delimited text (gzipped or not) or parquet table, and say what of it is no part of the table.

    All text stays text: "0123" is "0123", and a missing one is "". Any separator, encoding and line ends are fine
    (`cdcl.screen.delimited`). Numbers of a parquet table stay numbers.

    Raises
    ------
    ScreenError
        If the file is missing, empty, or no such table.
    """
    if not is_table(path):
        raise ScreenError(f"{path} is no table; expected a name that ends with {', '.join(SUFFIXES)}.")
    notes: list[str] = []
    try:
        if path.suffix.lower() == ".parquet":
            if wrong := parquet_parts(path) or no_parquet(path):
                raise ScreenError(wrong)
            table = pd.read_parquet(path)
        else:
            table, form = read_delimited(path)
            if form.above:
                notes.append(f"{path.name}: not read, above the headings: '{form.above[0][:80]}'.")
    except FileNotFoundError as error:
        raise ScreenError(f"no table at {path}.") from error
    except ScreenError:
        raise  # it says by itself how to mend
    except (OSError, ValueError, EOFError, zlib.error, pa.ArrowException, csv.Error) as error:
        reason = " ".join(str(error).split())[:160]
        raise ScreenError(f"{path} cannot be read as a table ({reason}); save it anew as CSV.") from error
    return _without_objects(table, path), notes


def write_screen(screen: Screen, path: Path) -> None:
    """Write the table of a screen as `.csv` or `.parquet`; its paths become relative to the table's folder.

    The channels stand in the column `channel_names` ("DNA;Actin"), the pixel size in `pixel_size`; a parquet table also
    remembers its own folder, so that it still finds the images after a move. `pixel_size` is that of the files, and
    `binning` and `full_scale` say how much smaller they are read, and `file_pages` what the pages of its files are.
    """
    sites = screen.sites.copy()
    for column in screen.path_columns:
        sites[column] = _relative(sites[column].astype(str), screen.folder, path.parent)
    for column in (name for name in map(str, sites.columns) if name.startswith(FUNCTION)):
        named = sites[column].fillna("").astype(str)  # a plate need not have one
        sites[column] = named.mask(named != "", _relative(named, screen.folder, path.parent))
    sites["channel_names"] = ";".join(screen.channels)
    if screen.pixel_size is not None:
        sites["pixel_size"] = screen.pixel_size / screen.reduction.binning
    if screen.reduction.words:
        sites["binning"], sites["full_scale"] = screen.reduction.binning, screen.reduction.full_scale
    if screen.pages is not None:
        sites[FILE_PAGES] = screen.pages.text()
    with replaced_file(path) as temporary:
        if path.suffix.lower() == ".parquet":
            pq.write_table(_with_facts(sites, screen, path.parent), temporary)
        else:
            sites.to_csv(temporary, index=False)


def read_screen_table(path: Path) -> Screen:
    """Read a table that `write_screen` wrote, or one like it: columns `path` or `path_<channel>`, plate and well.

    Raises
    ------
    ScreenError
        If the table cannot be read or contradicts itself.
    """
    return assemble(read_table(path), source=path, folder=image_folder(path))


def _without_objects(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Turn all columns but numbers into strings, and drop an index that was saved as a column."""
    table = table.set_axis([" ".join(str(name).split()) for name in table.columns], axis=1)
    table = table.loc[:, [not name.startswith("Unnamed:") and name != "" for name in table.columns]]
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ScreenError(f"{path} has two columns named '{twice[0]}'; rename one of them.")
    for name in table.columns:
        if table[name].dtype.kind not in "iuf":
            # A plate or batch may be called NA; everywhere else the word says that there is nothing.
            table[name] = as_names(table[name]) if read_heading(name).name in NAMES else as_text(table[name])
    return table.reset_index(drop=True)


def _relative(paths: pd.Series, folder: Path, base: Path) -> list[str]:
    """Write `paths`, which start at `folder`, as seen from `base`; on another drive they stay absolute."""
    folder, base = Path(os.path.realpath(folder)), Path(os.path.realpath(base))
    # Behind a bar, a reference starts at the folder of its first path.
    bars = [path.partition("|") for path in paths]
    parts = [os.path.split(first) for first, _, _ in bars]
    prefixes = {head: _seen_from(folder, head, base) for head in {head for head, _ in parts}}
    return [prefixes[head] + name + bar + rest for (head, name), (_, bar, rest) in zip(parts, bars, strict=True)]


def _seen_from(folder: Path, place: str, base: Path) -> str:
    """Give what to put before the name of a file in `folder / place`."""
    if is_remote(place):
        return f"{place}/"
    folder = Path(os.path.realpath(folder / place))
    try:
        relative = Path(os.path.relpath(folder, base)).as_posix()
    except ValueError:
        relative = folder.as_posix()
    return "" if relative == "." else relative + "/"


def _with_facts(sites: pd.DataFrame, screen: Screen, folder: Path) -> pa.Table:
    table = pa.Table.from_pandas(sites, preserve_index=False)
    facts = {
        "channels": list(screen.channels),
        "pixel_size": screen.pixel_size,
        "folder": os.path.realpath(folder),
    }
    return table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA_KEY: json.dumps(facts).encode()})


def _first_value(path: Path, column: str) -> str:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1, columns=[column]):
            return str(batch[0][0].as_py())
    return ""


def image_folder(path: Path) -> Path:
    """Give the folder at which a table's paths start: its own, or the one it was written to where it was moved."""
    if path.suffix.lower() != ".parquet":
        return path.parent
    try:
        schema = pq.read_schema(path)
        facts = parse_json((schema.metadata or {}).get(METADATA_KEY, b"{}"), path)
        columns = [name for name in schema.names if name == "path" or name.startswith("path_")]
        first = _first_value(path, columns[0]) if columns else ""
        stored = Path(facts.get("folder", path.parent))
    except (OSError, ValueError, TypeError, IndexError, pa.ArrowException, CDCLError):
        return path.parent
    return stored if not (path.parent / first).exists() and (stored / first).exists() else path.parent
