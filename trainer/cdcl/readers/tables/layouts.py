"""The layouts that are told by the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.readers.metadata.wells import contradicted_wells, with_wells
from cdcl.readers.remapping import Remap, remapped
from cdcl.readers.tables import bbbc021, gallery, loaddata, table
from cdcl.readers.tables.declared_names import names_against_images
from cdcl.readers.tables.fields import check_places, join_tables, with_plate
from cdcl.screen.tables import is_table, read_noted_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from cdcl.readers.walking import Tree

TABLE_NAMES = ("screen.parquet", "screen.csv", "metadata.csv", "metadata.csv.gz", "metadata.parquet")
"""Where a folder holds one of these, it is the screen's table; the first that names images."""


@dataclass(frozen=True)
class Reader:
    """How a table of one layout is recognised by its columns, and read into one row a site with `path` columns.

    Attributes
    ----------
    read
        Takes the table, its path, and a list to which it adds what its user should know.
    below
        The folder that must stand above the table; "" for any.
    """

    fits: Callable[[Iterable[str]], bool]
    read: Callable[[pd.DataFrame, Path, list[str]], pd.DataFrame]
    expects: str
    below: str = ""


READERS: dict[str, Reader] = {
    "bbbc021": Reader(bbbc021.fits, bbbc021.read, "BBBC021_v1_image.csv with Image_FileName_DAPI"),
    "gallery": Reader(
        loaddata.fits,
        gallery.read,
        "workspace/load_data_csv/<batch>/<plate>/load_data.csv as in the Cell Painting Gallery",
        below=gallery.FOLDER,
    ),
    "loaddata": Reader(
        loaddata.fits, loaddata.read, "columns FileName_<channel> and PathName_<channel>, or URL_<channel>"
    ),
    "table": Reader(table.fits, table.read, "a column path, or path_<channel>, beside plate and well"),
}
"""The layouts of tables, in the order in which they are tried."""


@dataclass(frozen=True)
class TableFound:
    """One row a site, the name of the layout, and the first table that was read."""

    sites: pd.DataFrame
    layout: str
    path: Path
    notes: tuple[str, ...] = ()


def first_table(
    groups: Iterable[list[Path]], layout: str | None, remaps: Sequence[Remap] = ()
) -> tuple[TableFound | None, list[str]]:
    """Read the first group of tables that a reader (or that of `layout`) fits, and say what the others hold.

    Raises
    ------
    ScreenError
        If a table cannot be read.
    """
    seen: list[str] = []
    for group in groups:
        first, notes = read_noted_table(group[0])
        columns = [str(name) for name in first.columns]
        name = next((name for name in _candidates(group[0], layout) if READERS[name].fits(columns)), None)
        if name is None:
            seen.append(f"{group[0].name} with columns {', '.join(columns[:8])}")
            continue
        tables = [first]
        for path in group[1:]:
            table, more = read_noted_table(path)
            tables.append(table)
            notes += more
        if remaps:
            tables = remapped(tables, remaps)
        parts = [_read(READERS[name], table, path, notes) for table, path in zip(tables, group, strict=True)]
        return TableFound(join_tables(parts, group, notes), name, group[0], tuple(notes)), seen
    return None, seen


def _read(reader: Reader, table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Read one table of fields, its wells in one column, its plate named."""
    notes += contradicted_wells(table)
    sites = reader.read(with_wells(table), path, notes)
    sites = with_plate(sites, path, notes)
    check_places(sites, path)
    notes += names_against_images(sites, path.parent)
    return sites


def loaddata_tables(tree: Tree) -> list[list[Path]]:
    """Give LoadData tables at any depth as one group: one a plate, the plainest or one with illumination."""
    plainest: dict[str, str] = {}
    names = [file for file in tree.files if file.rpartition("/")[2].startswith("load_data")]
    ranked = sorted(
        names, key=lambda file: ("with_illum" not in file.rpartition("/")[2], len(file.rpartition("/")[2]), file)
    )
    for file in ranked:
        if is_table(tree.root / file):
            plainest.setdefault(file.rpartition("/")[0], file)
    paths = [tree.root / file for file in sorted(plainest.values())]
    return [paths] if paths else []


def _candidates(path: Path, layout: str | None) -> list[str]:
    above = path.absolute().parts[:-1]
    fitting = [name for name, reader in READERS.items() if not reader.below or reader.below in above]
    return [layout] if layout is not None else fitting
