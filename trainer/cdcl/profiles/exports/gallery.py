"""The folders in which the Cell Painting Gallery keeps learned profiles: `workspace_dl`.

workspace_dl/embeddings/<model>/<batch>/<plate>/<well>-<site>/embedding.parquet
workspace_dl/profiles/<model>/<batch>/<plate>/<plate>.parquet
workspace_dl/collated/<model>/collated.parquet
workspace_dl/consensus/<model>/consensus.parquet
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.files import write_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles.exports.bundle import Bundle
    from cdcl.profiles.profiles import Profiles

_UNKNOWN_BATCH = "batch"


def write_gallery(bundle: Bundle, place: Path, level: str | None = None) -> list[Path]:
    """Write all levels, or one, below `place/workspace_dl`.

    Raises
    ------
    ProfilesError
        If the profiles name no plate and well, or the level is not there.
    """
    root = _root(place)
    levels = {level: bundle.level(level)} if level else dict(bundle.levels)
    written: list[Path] = []
    for name, profiles in levels.items():
        written += _WRITERS[name](profiles, root, _safe(bundle.name))
    return written


def find_gallery(bundle: Bundle, place: Path) -> list[Path]:
    """Find all files of this model below `place/workspace_dl`, those of plates that are gone among them."""
    return list(_root(place).glob(f"*/{_safe(bundle.name)}/**/*.parquet"))


def _root(place: Path) -> Path:
    return place if place.name == "workspace_dl" else place / "workspace_dl"


def _write_embeddings(profiles: Profiles, root: Path, model: str) -> list[Path]:
    written = []
    for (batch, plate, well, site), part in _parts(profiles, ("plate", "well", "site")):
        path = root / "embeddings" / model / batch / plate / f"{well}-{site}" / "embedding.parquet"
        write_profiles(part, path)
        written.append(path)
    return written


def _write_plates(profiles: Profiles, root: Path, model: str) -> list[Path]:
    written = []
    for (batch, plate), part in _parts(profiles, ("plate",)):
        path = root / "profiles" / model / batch / plate / f"{plate}.parquet"
        write_profiles(part, path)
        written.append(path)
    collated = root / "collated" / model / "collated.parquet"
    write_profiles(profiles, collated)
    return [*written, collated]


def _write_consensus(profiles: Profiles, root: Path, model: str) -> list[Path]:
    path = root / "consensus" / model / "consensus.parquet"
    write_profiles(profiles, path)
    return [path]


_WRITERS = {
    "cell": _write_embeddings,
    "site": _write_embeddings,
    "well": _write_plates,
    "treatment": _write_consensus,
}


def _parts(profiles: Profiles, columns: tuple[str, ...]) -> list[tuple[tuple[str, ...], Profiles]]:
    """Split profiles by batch and `columns`; the values are made fit for names of folders."""
    for column in columns:
        profiles.column(column)
    table = profiles.table
    batch = table["batch"] if "batch" in table else pd.Series("", index=table.index)
    keys = [batch.astype(str).replace("", _UNKNOWN_BATCH), *(table[column].astype(str) for column in columns)]
    parts = []
    for key, group in table.groupby(keys, sort=True):
        assert isinstance(key, tuple)
        parts.append((tuple(_safe(str(part)) for part in key), profiles.take(group.index.to_numpy())))
    if len({key for key, _ in parts}) < len(parts):
        raise ProfilesError(
            "two plates or wells have names that differ only in signs a folder cannot carry; rename one."
        )
    return parts


def _safe(name: str) -> str:
    """Spell a name so that every file system takes it, and none climbs out of the folder."""
    safe = "".join(letter if letter.isalnum() or letter in "-_.@" else "_" for letter in name)
    return safe if safe.strip(".") else "_" * max(1, len(safe))
