"""Profiles of several plates, a table each: a folder of them is read as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.imports.columns import shown_features
from cdcl.profiles.profiles import NoFeaturesError, Profiles, Reading
from cdcl.screen.parquet_slips import parquet_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FORMS = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")
"""How the files are called that are looked for in a folder."""

_MOST = 10_000
"""Files of a folder that are looked at: a table a plate, and no screen has so many."""

_SHOWN = 3
"""Names that are told in one line."""

_PLACES = ("batch", "plate", "well", "site")


def profile_tables(folder: Path) -> list[Path]:
    """Name the tables in a folder; where it has none, those in the folders below it.

    Returns
    -------
    list of Path
        In the order of names; empty where `folder` is none.
    """
    if not folder.is_dir():
        return []
    own = [path for path in islice(folder.iterdir(), _MOST) if _is_table(path)]
    return sorted(own or [path for path in islice(folder.rglob("*"), _MOST) if _is_table(path)])


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith(FORMS) and not path.name.startswith(".") and path.is_file()


def read_folder(folder: Path, read: Callable[[Path], Profiles]) -> Profiles:
    """Read all tables of a folder as one; tables without features are named and left out.

    Features that are not in every table are left out and named, and so is, of tables that name no plate, where their
    plates come from: the names of the files.

    Parameters
    ----------
    folder
        With a table or more.
    read
        Reads one of them.

    Raises
    ------
    ProfilesError
        If a table cannot be read, or they do not belong together: of several levels, of the same wells, without a
        feature in common.
    """
    parts: dict[Path, Profiles] = {}
    notes: list[str] = []
    tables = profile_tables(folder)
    if any("=" in path.parent.name for path in tables) and (wrong := parquet_parts(folder)):
        raise ProfilesError(wrong)  # the names of its folders are columns
    for path in tables:
        try:
            parts[path] = read(path)
        except NoFeaturesError:
            notes.append(f"{path.name} has no features and is left out.")
    if not parts:
        raise ProfilesError(f"{folder}: none of its tables has features ({_some(tables)}).")
    parts = _without_strangers(parts, notes)
    notes += _below(folder, tables)
    if len(parts) == 1:
        ((path, only),) = parts.items()
        facts = (f"1 table: {path.name}", *only.reading.facts)
        return replace(only, reading=Reading(facts, (*only.reading.notes, *notes)))
    level = _one_level(folder, parts)
    parts = _with_plates(folder, parts, notes)
    _check_apart(folder, parts, level)
    return _joined(parts, _common(folder, parts, notes), notes)


def _without_strangers(parts: dict[Path, Profiles], notes: list[str]) -> dict[Path, Profiles]:
    """Leave out and name tables of another level that share no feature with the others, such as facts of compounds."""
    levels = Counter(part.level for part in parts.values())
    most = levels.most_common(1)[0][0]
    features = {name for part in parts.values() if part.level == most for name in part.names}
    strange = [path for path, part in parts.items() if part.level != most and not features & set(part.names)]
    if levels[most] > 1:
        notes += [f"{path.name} has none of the others' features and is left out." for path in strange]
        return {path: part for path, part in parts.items() if path not in strange}
    return parts


def _below(folder: Path, tables: Sequence[Path]) -> list[str]:
    """Name tables in the folders below, which are not read where the folder has tables of its own."""
    if any(path.parent != folder for path in tables):
        return []
    below = [path for path in islice(folder.rglob("*"), _MOST) if path.parent != folder and _is_table(path)]
    if not below:
        return []
    count = "1 table in the folders below is" if len(below) == 1 else f"{len(below)} tables in the folders below are"
    return [f"{count} not read, such as {min(below).relative_to(folder).as_posix()}."]


def _one_level(folder: Path, parts: Mapping[Path, Profiles]) -> str:
    named: dict[str, str] = {}
    for path, part in parts.items():
        named.setdefault(part.level, path.name)
    if len(named) > 1:
        said = ", ".join(f"{name} of {level}s" for level, name in named.items())
        raise ProfilesError(f"{folder} holds tables of several levels ({said}): name one of them.")
    return next(iter(named))


def _with_plates(folder: Path, parts: dict[Path, Profiles], notes: list[str]) -> dict[Path, Profiles]:
    """Call plates by their files where the tables name none."""
    lacking = [path for path, part in parts.items() if "plate" not in part.table and part.level != "treatment"]
    if not lacking:
        return parts
    if wrong := parquet_parts(folder):
        raise ProfilesError(wrong)
    notes.append(f"{_some(lacking)}: without a column plate; each is taken for one plate, called as its file.")
    named = {path: path.name.split(".")[0] for path in lacking}
    return {
        path: replace(part, table=part.table.assign(plate=named[path])) if path in named else part
        for path, part in parts.items()
    }


def _check_apart(folder: Path, parts: Mapping[Path, Profiles], level: str) -> None:
    """Refuse tables of the same wells: each would count twice, as a replicate of itself."""
    seen: dict[tuple[str, ...], Path] = {}
    for path, part in parts.items():
        for place in sorted(_places(part)):
            other = seen.setdefault(place, path)
            if other is not path:
                raise ProfilesError(
                    parquet_parts(folder)
                    or f"{folder}: {other.name} and {path.name} both hold {level}s of {', '.join(filter(None, place))};"
                    " leave one table a plate in the folder, or name one of them."
                )


def _places(part: Profiles) -> set[tuple[str, ...]]:
    names = [name for name in _PLACES if name in part.table] if part.level != "treatment" else ["treatment"]
    known = [part.table[name].astype(str) for name in names if name in part.table]
    return set(zip(*known, strict=True))


def _common(folder: Path, parts: Mapping[Path, Profiles], notes: list[str]) -> list[str]:
    """Give the features that every table has, in the order of the first, and name the others."""
    sets = {path: set(part.names) for path, part in parts.items()}
    shared = set.intersection(*sets.values())
    names = [name for name in next(iter(parts.values())).names if name in shared]
    if not names:
        raise ProfilesError(f"{folder}: its tables have no feature in common ({_some(list(parts))}).")
    others = sorted(set.union(*sets.values()) - shared)
    if others:
        shown = ", ".join(others[:_SHOWN]) + (f", ... ({len(others)})" if len(others) > _SHOWN else "")
        lacks = next(path.name for path in parts if others[0] not in sets[path])
        notes.append(f"features that are not in every table are left out: {shown}; {lacks} lacks the first.")
    return names


def _joined(parts: Mapping[Path, Profiles], names: list[str], notes: list[str]) -> Profiles:
    values = [part.values[:, [part.names.index(name) for name in names]] for part in parts.values()]
    tables = [part.table.drop(columns=[name for name in names if name in part.table]) for part in parts.values()]
    table = pd.concat(tables, ignore_index=True)
    some = [column for column in table if any(column not in one for one in tables)]
    if some:
        notes.append(f"columns that are not in every table are empty for the others: {', '.join(map(str, some))}.")
    texts = {str(name): table[name].fillna("") for name in some if not pd.api.types.is_numeric_dtype(table[name])}
    first = next(iter(parts.values()))
    level = first.level
    told = Reading(
        (
            f"{len(parts)} tables, {len(table)} {level}s: {_some(list(parts))}",
            shown_features(names),
            *[fact for fact in first.reading.facts if fact.startswith("columns: ")],
        ),
        (*notes, *_notes_of(parts)),
    )
    provenance = {**first.provenance, "tables": [path.name for path in parts]}
    return Profiles(np.concatenate(values), table.assign(**texts), level, tuple(names), provenance, told)


def _notes_of(parts: Mapping[Path, Profiles]) -> list[str]:
    """Give the notes of all tables: of those that are alike one, with how many tables it is of."""
    said: dict[str, list[str]] = {}
    for path, part in parts.items():
        for note in part.reading.notes:
            said.setdefault(note, []).append(path.name)
    every = f"in all {len(parts)} tables"
    return [f"{every if len(names) == len(parts) else _named(names)}: {note}" for note, names in said.items()]


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f", ... ({len(names)})" if len(names) > _SHOWN else "")


def _some(paths: Sequence[Path]) -> str:
    return _named([path.name for path in paths])
