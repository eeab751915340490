"""Parquet and csv.gz of each level, with the names that pycytominer, copairs and CytoTable give to columns.

pycytominer's `features="infer"` looks for names that begin with Cells_, Nuclei_ or Cytoplasm_: features of a network
are none of them. Give it `features=cdcl.profiles.feature_names(path)`; the names stand in `features.json` too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.atomic import write_text
from cdcl.profiles.files import write_profiles
from cdcl.profiles.profiles import LEVELS
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles.exports.bundle import Bundle
    from cdcl.profiles.profiles import Profiles


def write_cytominer(bundle: Bundle, place: Path, level: str | None = None) -> list[Path]:
    """Write `<level>.parquet`, `<level>.csv.gz` (parquet alone for cells) and `features.json` into a folder."""
    chosen = [bundle.level(level)] if level else list(bundle.levels.values())
    written = []
    for profiles in chosen:
        numbered = _numbered(profiles)
        for suffix in ("parquet",) if profiles.level == "cell" else ("parquet", "csv.gz"):
            path = place / f"{profiles.level}.{suffix}"
            write_profiles(numbered, path)
            written.append(path)
    names = place / "features.json"
    write_text(names, json.dumps({profiles.level: list(profiles.names) for profiles in chosen}, indent=1))
    return [*written, names]


def find_cytominer(bundle: Bundle, place: Path) -> list[Path]:
    """Find the tables of all levels in a folder, those that these profiles have no more among them."""
    paths = [place / f"{level}.{suffix}" for level in LEVELS for suffix in ("parquet", "csv.gz")]
    return [path for path in paths if path.is_file()]


def _numbered(profiles: Profiles) -> Profiles:
    """Add CytoTable's image and object numbers, counted from 1, to profiles of sites and cells."""
    table = profiles.table
    if profiles.level not in ("cell", "site") or not {"plate", "well", "site"} <= set(table.columns):
        return profiles
    image = pd.Series(pd.factorize(well_keys(table) + "/" + table["site"].astype(str))[0] + 1)
    numbers = {"image_number": image}
    if profiles.level == "cell":
        numbers["object_number"] = table.groupby(image.to_numpy()).cumcount() + 1
    return replace(profiles, table=table.assign(**{name: n for name, n in numbers.items() if name not in table}))
