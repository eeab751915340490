"""Profile files, parquet or csv: `Metadata_*` columns, then features, as pycytominer and copairs read them."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.bounded import check_regular, parse_json
from cdcl.errors import ProfilesError, ScreenError
from cdcl.profiles.folders import profile_tables, read_folder
from cdcl.profiles.imports.annotated import read_anndata
from cdcl.profiles.imports.columns import Columns, describing, shown_features, sort_columns, split_columns
from cdcl.profiles.imports.deepprofiler import is_deepprofiler, read_deepprofiler
from cdcl.profiles.imports.numbers import as_features
from cdcl.profiles.imports.text_tables import read_text_table
from cdcl.profiles.names import file_names, interpret_metadata
from cdcl.profiles.profiles import Profiles, Reading, check
from cdcl.screen.counting import counted
from cdcl.screen.parquet_slips import no_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen.columns import Interpretation

_KEY = b"cdcl"
"""Under this key the parquet schema keeps level, feature names, our column names and provenance, as JSON."""


def write_profiles(profiles: Profiles, path: Path) -> None:
    """Write profiles to .parquet, .csv or .csv.gz, in one move; only parquet keeps provenance and exact types.

    Parameters
    ----------
    path
        Its suffix chooses the form; a file that stands there is replaced.

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
            _write_csv(pd.concat([table, features], axis=1), temporary, packed=form == "csv.gz")


def _write_csv(table: pd.DataFrame, path: Path, *, packed: bool) -> None:
    """Write a table; packed without the time and the file's name, so that equal content is equal bytes."""
    if not packed:
        table.to_csv(path, index=False)
        return
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as stream:
        table.to_csv(stream, index=False)


def read_profiles(path: Path) -> Profiles:
    """Read profiles from .parquet, .csv, .tsv (also .gz), ours or another tool's, or from a folder of such tables.

    Features are the columns that the file names as such, else those called `emb_*`, else all numeric columns that do
    not describe a row. Without a written level, it is the finest that the columns name: a cell, a site, a well, else a
    treatment. DeepProfiler's .npz, alone or in a folder of plates, and AnnData's .h5ad are read too.

    Rows without a single value (wells without cells) are left out and counted under `empty_rows` in the provenance.
    Then features with gaps, or with values beyond 32-bit floats, are left out and named under `left_out`. Every command
    does this. `reading` says which columns were taken for what.

    Parameters
    ----------
    path
        A file, a folder with a table a plate, or one of DeepProfiler's.

    Returns
    -------
    Profiles
        Values (N, D) as float32, all finite; the table has our column names.

    Raises
    ------
    ProfilesError
        If the file is not there, not readable, or has no features, or none without gaps.
    """
    if is_deepprofiler(path):
        return check(read_deepprofiler(path), str(path))
    if profile_tables(path):
        return check(read_folder(path, read_profiles), str(path))
    if not path.is_file():
        raise ProfilesError(f"no file {path}; {READ}.")
    if path.suffix == ".h5ad":
        annotated, known = read_anndata(path)
        return check(_without_gaps(replace(annotated, level=known or _guess_level(annotated.table))), str(path))
    return _read_tabular(path)


def _read_tabular(path: Path) -> Profiles:
    """Read one table, parquet or text."""
    frame, card = _read_frame(path)
    if frame.empty and len(frame.columns):
        raise ProfilesError(f"{path} has headings and not one row; bring a table with a row a profile.")
    columns = sort_columns(frame)
    features = [name for name in card.get("features", ()) if name in frame] or columns.features
    metadata = frame[[name for name in columns.described if name not in set(features)]]
    described = interpret_metadata(metadata) if "columns" not in card else None
    table = metadata.rename(columns=card.get("columns", {})) if described is None else described.table
    if described is not None:
        kept = _sound_rows(frame, table)
        frame, table = _kept(frame, kept), table[kept].reset_index(drop=True)
    # What does not fit 32 bits is infinite there, and so left out with the gaps.
    with np.errstate(over="ignore"):
        values = frame[features].to_numpy(dtype=np.float64).astype(np.float32)
    level = card.get("level") or _guess_level(table)
    reading = Reading() if described is None else _told(columns, described, frame.attrs.get("notes", []))
    read = Profiles(values, table, level, tuple(features), card.get("provenance", {}), reading)
    profiles = check(_without_gaps(read), str(path))
    if described is None:
        return profiles
    # Counted last: what has gaps is no feature that is used.
    facts = (shown_features(profiles.names), *profiles.reading.facts)
    return replace(profiles, reading=Reading(facts, profiles.reading.notes))


MOST_COMPARED = 100_000
"""Rows that are held against each other: of more, single cells, each would be compared in a thousand columns."""


def _sound_rows(frame: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Leave out rows that name no well where most do, such as a mean below the table; tell rows that are twice."""
    notes: list[str] = list(frame.attrs.get("notes", []))
    kept = np.ones(len(frame), dtype=np.bool_)
    lacking = (table["well"].astype(str) == "").to_numpy() if "well" in table else ~kept
    if 0 < lacking.sum() < len(frame) / 2:
        first = next((str(text) for text in frame.iloc[int(lacking.argmax())] if str(text) not in ("", "nan")), "")
        told = counted(int(lacking.sum()), "row names no well and is", "rows name no well and are")
        notes.append(f"{told} left out, first '{first[:60]}'.")
        kept &= ~lacking
    if len(frame) <= MOST_COMPARED and (twice := frame.duplicated().to_numpy() & kept).any():
        # Fields of few rounded features may be alike by chance, so they stay.
        rows = counted(int(twice.sum()), "row is", "rows are")
        told = f"{rows} there twice alike, first row {int(twice.argmax()) + 2}"
        notes.append(f"{told}: are they the same profile?")
    frame.attrs["notes"] = notes
    return kept


def _kept(frame: pd.DataFrame, rows: NDArray[np.bool_]) -> pd.DataFrame:
    if rows.all():
        return frame
    kept = frame[rows].reset_index(drop=True)
    kept.attrs["notes"] = frame.attrs["notes"]
    return kept


def _told(columns: Columns, known: Interpretation, notes: list[str]) -> Reading:
    """Say which columns were taken for what, and what was left out."""
    taken = ", ".join(f"{name} = {column}" for name, column in known.taken.items())
    notes = [*notes, *columns.notes(), *_twins(columns.features)]
    return Reading((f"columns: {taken}",) if taken else (), (*notes, *known.notes))


def _twins(features: list[str]) -> list[str]:
    """Ask about features whose names differ by capitals or blanks only: each of them counts."""
    spellings: dict[str, list[str]] = {}
    for name in features:
        spellings.setdefault(re.sub(r"\s+", "", name.casefold()), []).append(name)
    twins = [" and ".join(f"'{name}'" for name in alike) for alike in spellings.values() if len(alike) > 1]
    if not twins:
        return []
    shown = ", ".join(twins[:3]) + (f", ... ({len(twins)})" if len(twins) > 3 else "")
    return [f"features whose names differ by capitals or blanks only all count: {shown}; if they are one, leave one."]


def feature_names(path: Path) -> list[str]:
    """Name the features of a file: `pycytominer.normalize(profiles, features=feature_names(path))`.

    Only the head of the file is read.

    Parameters
    ----------
    path
        A .parquet, .csv or .csv.gz.

    Returns
    -------
    list of str
        In the order of the columns.

    Raises
    ------
    ProfilesError
        If the suffix is another, or the card in the file's schema was changed.
    """
    if _form(path) == "parquet":
        schema = pq.read_schema(path)
        named: list[str] = _card(schema).get("features") or split_columns(schema.empty_table().to_pandas())[1]
        return named
    return sort_columns(read_text_table(path, rows=100)).features


READ = (
    "profiles are read from .parquet, .csv, .tsv and .txt (also .gz), DeepProfiler's .npz, AnnData's .h5ad, and a "
    "folder of such tables or of DeepProfiler's"
)
"""What `read_profiles` takes."""

_TEXTS = ("csv", "csv.gz", "tsv", "tsv.gz", "txt", "txt.gz")


def _form(path: Path) -> str:
    for form in ("parquet", "csv", "csv.gz"):
        if path.name.endswith(f".{form}"):
            return form
    raise ProfilesError(f"{path}: profiles are kept as .parquet, .csv or .csv.gz.")


def _form_read(path: Path) -> str:
    """Give "parquet", or "text" of any kind."""
    name = path.name.lower()
    if name.endswith(".parquet"):
        return "parquet"
    if name.endswith(tuple(f".{form}" for form in _TEXTS)):
        return "text"
    if name.endswith((".xlsx", ".xls", ".xlsm", ".ods")):
        raise ProfilesError(f"{path} is a workbook: save its sheet of profiles as CSV, and give that.")
    raise ProfilesError(f"{path}: {READ}.")


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
    check_regular(path, ProfilesError)
    try:
        if _form_read(path) == "parquet":
            if wrong := no_parquet(path):
                raise ScreenError(wrong)
            arrow = pq.read_table(path)
            nested = [field.name for field in arrow.schema if pa.types.is_nested(field.type)]
            card, frame = _card(arrow.schema), _without_index(_as_strings(arrow.drop_columns(nested)).to_pandas())
            if not card:  # another tool's, in which numbers may be text, as in CSV
                frame = as_features(frame, describing(frame.columns))
            if nested:
                told = f"columns that hold lists are not read: {', '.join(nested[:3])}."
                frame.attrs["notes"] = [*frame.attrs.get("notes", []), told]
            return frame, card
        return read_text_table(path), {}
    except ProfilesError:
        raise
    except ScreenError as error:
        raise ProfilesError(str(error)) from error
    except (pa.ArrowException, ValueError, EOFError, csv.Error, zlib.error) as error:
        raise ProfilesError(f"{path} is not readable: {str(error).splitlines()[0]}") from error


def _as_strings(table: pa.Table) -> pa.Table:
    """Read bytes as text: pandas would call a plate b'P1'."""
    for place, field in enumerate(table.schema):
        if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.large_string()))
    return table


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Number the rows from 0: what was filtered or sorted in pandas keeps its old numbers, or names, as an index."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    frame = frame.reset_index(level=named) if named else frame
    frame = frame.reset_index(drop=True)
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _card(schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(_KEY, b"{}")
    card: dict[str, Any] = parse_json(text, "the card in the file's schema", ProfilesError)
    names, columns = card.get("features", []), card.get("columns", {})
    sound = isinstance(names, list) and all(isinstance(name, str) for name in names)
    sound &= isinstance(columns, dict) and all(isinstance(name, str) for name in columns.values())
    if not sound or not isinstance(card.get("level", ""), str) or not isinstance(card.get("provenance", {}), dict):
        raise ProfilesError("the card in the file's schema was changed; bring the old file, or embed again.")
    return card


def _without_gaps(profiles: Profiles) -> Profiles:
    """Leave out rows and features with gaps, and say so in provenance and reading.

    A well without cells has no value at all: it goes first, else it would take every feature with it. Where no feature
    would be left, all stay, and are refused later, by name.
    """
    finite = np.isfinite(profiles.values)
    if finite.all():
        return profiles
    rows = finite.any(axis=1)
    whole = finite[rows].all(axis=0)
    if not whole.any():
        return profiles
    names = np.array(profiles.names, dtype=object)
    gone, notes = {}, []
    if not rows.all():
        gone["empty_rows"] = int((~rows).sum())
        empty = counted(gone["empty_rows"], "row without a single value is", "rows without a single value are")
        notes.append(f"{empty} left out, such as wells without cells.")
    if not whole.all():
        gone["left_out"] = names[~whole].tolist()
        first = int((~finite[rows][:, ~whole][:, 0]).argmax())
        shown = ", ".join(names[~whole][:3]) + (", ..." if (~whole).sum() > 3 else "")
        count = int((~whole).sum())
        what = (
            "1 feature with missing or infinite values is"
            if count == 1
            else f"{count} features with missing values are"
        )
        notes.append(f"{what} left out: {shown} (first in row {int(np.flatnonzero(rows)[first]) + 2}).")
    kept = profiles.take(rows)
    return replace(
        kept,
        values=kept.values[:, whole],
        features=tuple(names[whole].tolist()),
        provenance={**profiles.provenance, **gone},
        reading=Reading(profiles.reading.facts, (*profiles.reading.notes, *notes)),
    )


def _guess_level(table: pd.DataFrame) -> str:
    present = [level for level in ("cell", "site", "well") if level in table]
    return present[0] if present else "treatment"
