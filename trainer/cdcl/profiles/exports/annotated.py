"""AnnData (.h5ad), which scanpy and the single-cell world open; needs the package anndata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl import __version__
from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError
from cdcl.profiles.extras import import_anndata
from cdcl.profiles.names import file_names
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.profiles.exports.bundle import Bundle
    from cdcl.profiles.profiles import Profiles


def write_anndata(bundle: Bundle, place: Path, level: str | None = None) -> list[Path]:
    """Write one level, the wells by default, to .h5ad.

    Raises
    ------
    ProfilesError
        If the place is no .h5ad, the level is not there, or anndata is not installed.
    """
    if place.suffix != ".h5ad":
        raise ProfilesError(f"{place}: this export is one file, .h5ad.")
    profiles = bundle.level(level)
    data = to_anndata(profiles, bundle.arrays.get(profiles.level, {}))
    with replaced_file(place) as temporary:
        data.write_h5ad(temporary, compression="gzip")
    return [place]


def to_anndata(profiles: Profiles, arrays: Mapping[str, NDArray[np.floating]] | None = None) -> Any:
    """Make an AnnData: `X` the values, `obs` the table as `Metadata_*`, `obsm` the `arrays`, `uns["cdcl"]` provenance.

    Raises
    ------
    ProfilesError
        If anndata is not installed, or an array has another number of rows.
    """
    anndata = import_anndata()
    for name, array in (arrays or {}).items():
        if len(array) != len(profiles):
            rows = counted(len(array), "row", "rows")
            raise ProfilesError(f"{name} has {rows}, the {profiles.level} profiles have {len(profiles)}.")
    data = anndata.AnnData(profiles.values, obs=_obs(profiles), var=pd.DataFrame(index=_plain(profiles.names)))
    for name, array in (arrays or {}).items():
        data.obsm[f"X_{name}"] = np.asarray(array, dtype=np.float32)
    # Settings may be None or lists of tables, which HDF5 has no form for; JSON carries all of it.
    data.uns["cdcl"] = {
        "level": profiles.level,
        "version": __version__,
        "provenance": json.dumps(dict(profiles.provenance), default=str),
    }
    return data


def _obs(profiles: Profiles) -> pd.DataFrame:
    names = file_names([str(column) for column in profiles.table])
    table = profiles.table.rename(columns=names).reset_index(drop=True)
    table.index = _plain(str(row) for row in range(len(table)))
    for name, column in table.items():
        if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            texts = column.astype(object).where(column.notna(), "").astype(str).astype(object)
            table[name] = pd.Categorical(texts, categories=_plain(sorted(texts.unique())))
    return table


def _plain(names: Iterable[str]) -> pd.Index:
    """Keep names as Python's own strings: not every reader of h5ad knows the newer kinds of pandas."""
    return pd.Index(list(names), dtype=object)
