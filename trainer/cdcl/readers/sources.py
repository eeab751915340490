"""Find the table of a screen in whatever the user points at, and read it by its layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ScreenError, unknown_name
from cdcl.readers import loaddata, table
from cdcl.readers.platemap import join_platemap
from cdcl.screen.assembly import assemble
from cdcl.screen.columns import standardise
from cdcl.screen.tables import image_folder, is_table, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cdcl.screen import Screen

TABLE_NAMES = ("screen.parquet", "screen.csv", "metadata.csv", "metadata.csv.gz", "metadata.parquet")
"""Where a folder holds one of these, it is the screen's table; the first that names images."""


@dataclass(frozen=True)
class Reader:
    """How one layout is recognised by its columns, and read into one row a site with `path` columns."""

    fits: Callable[[Iterable[str]], bool]
    read: Callable[[pd.DataFrame, Path], pd.DataFrame]
    expects: str


READERS: dict[str, Reader] = {
    "loaddata": Reader(
        loaddata.fits, loaddata.read, "columns FileName_<channel> and PathName_<channel>, or URL_<channel>"
    ),
    "table": Reader(table.fits, table.read, "a column path, or path_<channel>, beside plate and well"),
}
"""The layouts, in the order in which they are tried."""


def read_screen(source: Path, *, layout: str | None = None, metadata: Path | None = None) -> Screen:
    """Read the screen at `source`: a table, or a folder with one in it (LoadData tables of several plates are joined).

    Parameters
    ----------
    layout
        A name from `READERS`, where the layout is not to be guessed.
    metadata
        A platemap to join on plate and well, or on well.

    Raises
    ------
    ScreenError
        If nothing is recognised, or the table contradicts itself.
    """
    if layout is not None and layout not in READERS:
        raise ScreenError(unknown_name("layout", layout, READERS))
    tables = _find_tables(source)
    seen: list[str] = []
    for group in tables:
        columns = read_table(group[0]).columns.tolist()
        name = layout or next((name for name, reader in READERS.items() if reader.fits(columns)), None)
        if name is not None and READERS[name].fits(columns):
            return _read(group, READERS[name], metadata)
        seen.append(f"{group[0].name} with columns {', '.join(columns[:8])}")
    expected = [f"{name}: {reader.expects}" for name, reader in READERS.items() if layout in (None, name)]
    raise ScreenError(
        f"{source} is no screen that cdcl knows. Seen: {'; '.join(seen) or 'no table'}. "
        f"Expected {'; or '.join(expected)}."
    )


def _read(paths: list[Path], reader: Reader, metadata: Path | None) -> Screen:
    folder = image_folder(paths[0])
    sites = pd.concat([reader.read(read_table(path), path) for path in paths], ignore_index=True)
    if metadata is not None:
        sites = join_platemap(standardise(sites), metadata)
    return assemble(sites, source=paths[0], folder=folder)


def _find_tables(source: Path) -> list[list[Path]]:
    """Give groups of tables that may be the screen's, the likeliest first."""
    if source.is_file():
        return [[source]]
    if not source.is_dir():
        raise ScreenError(f"there is no file or folder {source}.")
    named = [[source / name] for name in TABLE_NAMES if (source / name).is_file()]
    others = sorted(path for path in source.iterdir() if path.is_file() and is_table(path) and path.suffix != ".txt")
    return named + _loaddata_tables(source) + [[path] for path in others if path.name not in TABLE_NAMES]


def _loaddata_tables(source: Path) -> list[list[Path]]:
    """Find LoadData tables at any depth: one a plate; of a folder's variants the plainest."""
    plainest: dict[Path, Path] = {}
    for path in sorted(source.rglob("load_data*.csv*"), key=lambda path: (len(path.name), path.name)):
        if is_table(path):
            plainest.setdefault(path.parent, path)
    paths = sorted(plainest.values())
    return [paths] if paths else []
