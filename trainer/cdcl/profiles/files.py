"""Profile files, parquet or csv: `Metadata_*` columns, then features, as pycytominer and copairs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError
from cdcl.profiles.imports.annotated import read_anndata
from cdcl.profiles.imports.columns import describing, split_columns
from cdcl.profiles.imports.deepprofiler import is_deepprofiler, read_deepprofiler
from cdcl.profiles.names import file_names, own_names
from cdcl.profiles.profiles import Profiles, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_COMPARTMENTS = ("Cells_", "Nuclei_", "Cytoplasm_", "Image_", "AreaShape_", "Intensity_", "Texture_", "Granularity_")
"""How CellProfiler's features begin."""

_KEY = b"cdcl"
"""Under this key the parquet schema keeps level, feature names, our column names and provenance, as JSON."""


def write_profiles(profiles: Profiles, path: Path) -> None:
    """Write profiles to .parquet, .csv or .csv.gz, in one move; only parquet keeps provenance and exact types.

    Raises
    ------
    ProfilesError
        If the profiles are not sound or the suffix is another.
    """
    check(profiles)
    form = _form(path)
    with replaced_file(path) as temporary:
        if form == "parquet":
            pq.write_table(to_arrow(profiles), temporary)
        else:
            table = profiles.table.rename(columns=file_names(map(str, profiles.table))).reset_index(drop=True)
            features = pd.DataFrame(profiles.values, columns=list(profiles.names))
            compression: Any = {"method": "gzip", "mtime": 0} if form == "csv.gz" else None
            pd.concat([table, features], axis=1).to_csv(temporary, index=False, compression=compression)


def read_profiles(path: Path, *, leave_out: bool = False) -> Profiles:
    """Read profiles from .parquet, .csv or .csv.gz, ours or another tool's.

    Features are the columns that the file names as such, else those called `emb_*`, else all numeric columns that do
    not say what a row is. A level that is not written down follows from the columns: a site, else a well, else none.
    DeepProfiler's .npz, alone or in a folder of plates, and AnnData's .h5ad are read too.

    Parameters
    ----------
    leave_out
        Leave out rows without a single value (wells without cells), counted under `empty_rows` in the provenance, and
        then features with gaps, named under `left_out`. Of CellProfiler's tables they are left out in any case.

    Raises
    ------
    ProfilesError
        If the file is not there, not readable, has no features, or NaN among them.
    """
    if is_deepprofiler(path):
        return check(read_deepprofiler(path), str(path))
    if not path.is_file():
        raise ProfilesError(f"no file {path}; give a .parquet, .csv or .csv.gz with profiles.")
    if path.suffix == ".h5ad":
        annotated, known = read_anndata(path)
        return check(replace(annotated, level=known or _guess_level(annotated.table)), str(path))
    frame, card = _read_frame(path)
    described, found = split_columns(frame)
    features = [name for name in card.get("features", ()) if name in frame] or found
    metadata = frame[[name for name in described if name not in set(features)]]
    table = metadata.rename(columns=card["columns"]) if "columns" in card else own_names(metadata)
    provenance = card.get("provenance", {})
    if leave_out or (not card and any(name.startswith(_COMPARTMENTS) for name in features)):
        rows, features, gone = _without_gaps(frame, features)
        frame, table, provenance = frame[rows], table[rows].reset_index(drop=True), {**provenance, **gone}
    values = frame[features].to_numpy(dtype=np.float32)
    level = card.get("level") or _guess_level(table)
    return check(Profiles(values, table, level, tuple(features), provenance), str(path))


def feature_names(path: Path) -> list[str]:
    """Name the features of a file: `pycytominer.normalize(profiles, features=feature_names(path))`."""
    if _form(path) == "parquet":
        schema = pq.read_schema(path)
        named: list[str] = _card(schema).get("features") or split_columns(schema.empty_table().to_pandas())[1]
        return named
    return split_columns(pd.read_csv(path, nrows=100))[1]


def _form(path: Path) -> str:
    for form in ("parquet", "csv", "csv.gz"):
        if path.name.endswith(f".{form}"):
            return form
    raise ProfilesError(f"{path}: profiles are kept as .parquet, .csv or .csv.gz.")


def to_arrow(profiles: Profiles) -> pa.Table:
    """Give profiles as they stand in a parquet file: table, features, and what the schema remembers."""
    names = file_names(map(str, profiles.table))
    table = profiles.table.rename(columns=names).reset_index(drop=True)
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    for name, column in zip(profiles.names, profiles.values.T, strict=True):
        arrow = arrow.append_column(name, pa.array(np.ascontiguousarray(column)))
    card = {
        "level": profiles.level,
        "features": list(profiles.names),
        "columns": {there: here for here, there in names.items()},
        "provenance": dict(profiles.provenance),
    }
    return arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _KEY: json.dumps(card).encode()})


def _read_frame(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    try:
        if _form(path) == "parquet":
            arrow = pq.read_table(path)
            return arrow.to_pandas(), _card(arrow.schema)
        header = pd.read_csv(path, nrows=0).columns
        # Plates are called 0012 and wells 1E05: text until we know better.
        texts = dict.fromkeys(describing(header), str)
        return pd.read_csv(path, dtype=texts), {}
    except (pa.ArrowException, pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, EOFError) as error:
        raise ProfilesError(f"{path} is not readable: {str(error).splitlines()[0]}") from error


def _card(schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(_KEY, b"{}")
    card: dict[str, Any] = json.loads(text)
    return card


def _without_gaps(frame: pd.DataFrame, features: list[str]) -> tuple[NDArray[np.bool_], list[str], dict[str, Any]]:
    """Tell the rows and features that stay, and what provenance should say of the others.

    A well without cells has no value at all: it goes first, else it would take every feature with it. Where no feature
    would be left, all stay, and are refused later, by name.
    """
    finite = np.isfinite(frame[features].to_numpy(dtype=np.float64))
    rows = finite.any(axis=1)
    whole = finite[rows].all(axis=0).tolist()
    left_out = [name for name, sound in zip(features, whole, strict=True) if not sound]
    kept = [name for name, sound in zip(features, whole, strict=True) if sound]
    if not kept:
        return np.ones(len(frame), dtype=bool), features, {}
    empty = {"empty_rows": int((~rows).sum())} if not rows.all() else {}
    return rows, kept, {**empty, **({"left_out": left_out} if left_out else {})}


def _guess_level(table: pd.DataFrame) -> str:
    present: Sequence[str] = [level for level in ("cell", "site", "well") if level in table]
    return present[0] if present else "treatment"
