"""One table of metadata and features, for R, Excel and whatever reads text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.profiles.files import write_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles.exports.bundle import Bundle


def write_csv(bundle: Bundle, place: Path, level: str | None = None) -> list[Path]:
    """Write one level to .csv or .csv.gz.

    Raises
    ------
    ProfilesError
        If the place is no such file, or the level is not there.
    """
    if not place.name.endswith((".csv", ".csv.gz")):
        raise ProfilesError(f"{place}: this export is one file, .csv or .csv.gz.")
    write_profiles(bundle.level(level), place)
    return [place]
