"""The Cell Painting Gallery's tree: `workspace/load_data_csv/<batch>/<plate>/load_data.csv`, platemaps beside it.

In the gallery a folder below `load_data_csv` is a batch by definition. `workspace/metadata/platemaps/<batch>` says what
is in the wells, `workspace/metadata/external_metadata` what is known of each perturbation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.metadata.platemap import join_wells
from cdcl.readers.metadata.platemap_files import BARCODES, read_pair
from cdcl.readers.tables import loaddata
from cdcl.screen.columns import standardise_noting
from cdcl.screen.tables import is_table, read_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

FOLDER = "load_data_csv"
"""A table below a folder of this name is the gallery's."""


def read(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Read a LoadData table, and join batch, platemap and external metadata where they are there."""
    sites = standardise_noting(loaddata.read(table, path, notes), notes)
    folders = path.absolute().parts
    if FOLDER not in folders:
        return sites  # one of several tables, of which only others are the gallery's
    place = len(folders) - 1 - folders[::-1].index(FOLDER)
    if place + 1 >= len(folders) - 1:
        return sites
    batch = folders[place + 1]
    if "batch" not in sites:
        sites = sites.assign(batch=batch)
    metadata = path.absolute().parents[len(folders) - 1 - place] / "metadata"
    maps = metadata / "platemaps" / batch
    if not (maps / BARCODES).is_file():
        return sites
    wells = standardise_noting(_with_external(read_pair(maps), metadata / "external_metadata"), notes)
    if not set(wells["plate"]) & set(sites["plate"]):
        return sites
    try:
        joined = join_wells(sites, wells, maps / BARCODES)
    except ScreenError as error:
        raise ScreenError(f"{path}: {error}") from error
    notes += joined.notes
    return joined.sites


def _with_external(wells: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Add what the external tables say of each perturbation, joined on the first column that tells their rows apart.

    Names are those of the files: the gallery's `broad_sample` is a key in both, and only then one of our columns.
    """
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        if not is_table(path):
            continue
        table = read_table(path)
        shared = [name for name in table.columns if name in wells and not table[name].duplicated().any()]
        if shared:
            new = [name for name in table.columns if name not in wells]
            wells = wells.merge(table[[shared[0], *new]], on=shared[0], how="left")
            wells[new] = wells[new].fillna("")
    return wells
