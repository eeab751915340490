"""Profile files, parquet or csv: `Metadata_*` columns, then features, as pycytominer and copairs read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError
from cdcl.profiles.names import PREFIX, file_names, own_names
from cdcl.profiles.profiles import Profiles, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    names = file_names([str(column) for column in profiles.table])
    table = profiles.table.rename(columns=names).reset_index(drop=True)
    with replaced_file(path) as temporary:
        if form == "parquet":
            pq.write_table(_to_arrow(profiles, table, names), temporary)
        else:
            features = pd.DataFrame(profiles.values, columns=list(profiles.names))
            compression: Any = {"method": "gzip", "mtime": 0} if form == "csv.gz" else None
            pd.concat([table, features], axis=1).to_csv(temporary, index=False, compression=compression)


def read_profiles(path: Path) -> Profiles:
    """Read profiles from .parquet, .csv or .csv.gz, ours or another tool's.

    Features are the columns that the file names as such, else those called `emb_*`, else all numeric columns without
    the prefix `Metadata_`. A level that is not written down follows from the columns: a site, else a well, else none.

    Raises
    ------
    ProfilesError
        If the file is not there, not readable, has no features, or NaN among them.
    """
    if not path.is_file():
        raise ProfilesError(f"no file {path}; give a .parquet, .csv or .csv.gz with profiles.")
    frame, card = _read_frame(path)
    features = [name for name in card.get("features", ()) if name in frame] or _find_features(frame)
    metadata = frame[[column for column in frame if str(column).startswith(PREFIX)]]
    table = metadata.rename(columns=card["columns"]) if "columns" in card else own_names(metadata)
    values = frame[features].to_numpy(dtype=np.float32)
    level = card.get("level") or _guess_level(table)
    return check(Profiles(values, table, level, tuple(features), card.get("provenance", {})), str(path))


def feature_names(path: Path) -> list[str]:
    """Name the features of a file: `pycytominer.normalize(profiles, features=feature_names(path))`."""
    if _form(path) == "parquet":
        schema = pq.read_schema(path)
        named: list[str] = _card(schema).get("features") or _find_features(schema.empty_table().to_pandas())
        return named
    return _find_features(pd.read_csv(path, nrows=100))


def _form(path: Path) -> str:
    for form in ("parquet", "csv", "csv.gz"):
        if path.name.endswith(f".{form}"):
            return form
    raise ProfilesError(f"{path}: profiles are kept as .parquet, .csv or .csv.gz.")


def _to_arrow(profiles: Profiles, table: pd.DataFrame, names: dict[str, str]) -> pa.Table:
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
        texts = {name: str for name in header if name.startswith(PREFIX)}
        return pd.read_csv(path, dtype=texts), {}
    except (pa.ArrowException, pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, EOFError) as error:
        raise ProfilesError(f"{path} is not readable: {str(error).splitlines()[0]}") from error


def _card(schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(_KEY, b"{}")
    card: dict[str, Any] = json.loads(text)
    return card


def _find_features(frame: pd.DataFrame) -> list[str]:
    ours = [str(name) for name in frame if str(name).startswith("emb_")]
    numeric = frame.select_dtypes("number")
    return ours or [str(name) for name in numeric if not str(name).startswith(PREFIX)]


def _guess_level(table: pd.DataFrame) -> str:
    present: Sequence[str] = [level for level in ("cell", "site", "well") if level in table]
    return present[0] if present else "treatment"
