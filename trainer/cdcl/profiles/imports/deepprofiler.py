"""DeepProfiler's features: one .npz a field, at `<plate>/<well>/<site>.npz` or `<plate>/<well>-<site>.npz`.

Only the arrays `features` and `locations` are read. What DeepProfiler keeps under `metadata` is a pickle, which may run
any program when opened; what is in the wells comes from a table `index.csv` or `metadata.csv` instead.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.bounded import check_archive
from cdcl.errors import ProfilesError, ScreenError
from cdcl.profiles.names import own_names
from cdcl.profiles.profiles import Profiles, Reading
from cdcl.screen.plates import normalise_well
from cdcl.screen.site_names import comparable_keys, one_spelling
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_FIELD = re.compile(r"([A-Za-z]{1,2}\d{1,2})[-_](.+)")
_TABLES = ("index.csv", "metadata.csv")


def is_deepprofiler(path: Path) -> bool:
    """Tell whether `path` is a file of DeepProfiler's features, or a folder of them."""
    if path.is_file():
        return path.suffix == ".npz"
    return path.is_dir() and next(path.rglob("*.npz"), None) is not None


def read_deepprofiler(path: Path) -> Profiles:
    """Read all cells of a file, or of a folder with its plates.

    Raises
    ------
    ProfilesError
        If a file holds no features, they are pickled, their number differs, or its path names no well.
    """
    files = [path] if path.is_file() else sorted(path.rglob("*.npz"))
    if not files:
        raise ProfilesError(f"{path} has no .npz in it; DeepProfiler keeps one a field, below the plates' folders.")
    parts: list[NDArray[np.float32]] = []
    rows: list[pd.DataFrame] = []
    empty = []
    for file in files:
        features, places = _read_field(file)
        if features.size == 0:
            empty.append(file.name)  # A field in which no cell was found.
            continue
        if parts and features.shape[1] != parts[0].shape[1]:
            raise ProfilesError(f"{file} has {features.shape[1]} features, {files[0]} has {parts[0].shape[1]}.")
        parts.append(features)
        rows.append(_describe(file, len(features)).assign(**places))
    if not parts:
        raise ProfilesError(f"{path}: none of its {len(files)} fields holds a cell.")
    table = pd.concat(rows, ignore_index=True)
    spelled: list[str] = []
    table = table.assign(site=one_spelling(table, spelled))
    folder = path if path.is_dir() else path.parent
    hold = "holds" if len(empty) == 1 else "hold"
    notes = (f"{len(empty)} of {len(files)} fields {hold} no cells, such as {empty[0]}.",) if empty else ()
    return Profiles(
        np.concatenate(parts),
        _joined(table, folder),
        "cell",
        provenance={"source": "DeepProfiler"},
        reading=Reading(notes=(*notes, *spelled)),
    )


def _read_field(file: Path) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Give the features (n, D) of a field's cells, and their places where they are there."""
    try:
        check_archive(file, ProfilesError)
        with np.load(file, allow_pickle=False) as arrays:
            features = np.asarray(arrays["features"], dtype=np.float32)
            places = arrays["locations"] if "locations" in arrays.files and _is_plain(arrays) else None
    except KeyError as error:
        raise ProfilesError(f"{file} has no array `features`; it is not DeepProfiler's.") from error
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        reason = "its features are a pickle" if "Object arrays" in str(error) else "it is damaged or no .npz"
        raise ProfilesError(f"{file} is not readable: {reason}.") from error
    if features.ndim != 2 and features.size:
        raise ProfilesError(f"{file}: its features have {features.ndim} axes, not two (cells, features).")
    if places is None or places.shape != (len(features), 2):
        return features, {}
    return features, {"x": places[:, 0].astype(float), "y": places[:, 1].astype(float)}


def _is_plain(arrays: Any) -> bool:
    try:
        return bool(arrays["locations"].dtype.kind in "iuf")
    except ValueError:
        return False


def _describe(file: Path, count: int) -> pd.DataFrame:
    """Say from its path which field the cells are of."""
    if match := _FIELD.fullmatch(file.stem):
        plate, well, site = file.parent.name, match[1], match[2]
    else:
        plate, well, site = file.parent.parent.name, file.parent.name, file.stem
    if not re.fullmatch(r"[A-Za-z]{1,2}\d{1,2}", well) or not plate:
        raise ProfilesError(f"{file} names no well; put it at <plate>/<well>/<site>.npz or <plate>/<well>-<site>.npz.")
    cells = [str(number) for number in range(count)]
    return pd.DataFrame({"plate": plate, "well": normalise_well(well), "site": site, "cell": cells})


def _joined(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Add what a table in the folder says of the wells."""
    found = next((folder / name for name in _TABLES if (folder / name).is_file()), None)
    if found is None:
        return table
    try:
        wells = own_names(read_table(found))
    except ScreenError as error:
        raise ProfilesError(str(error)) from error
    keys = [name for name in ("plate", "well", "site") if name in wells]
    own, theirs = comparable_keys(keys, table, wells) if "well" in keys else (table, wells)
    if "well" not in keys or theirs.duplicated(keys).any():
        raise ProfilesError(f"{found} must have the columns plate and well (and site), and each of them once.")
    more = [name for name in wells if name not in table]
    known = own.merge(theirs.join(wells[more].reset_index(drop=True)), on=keys, how="left")
    return table.join(known[more])
