"""Which columns of a table of profiles describe, and which are features."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.profiles.names import PREFIX
from cdcl.screen.columns import ALIASES, known_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_METADATA = re.compile(rf"(image_)?{PREFIX}", re.IGNORECASE)

_ROWS = re.compile(
    r"(image_?number|object_?number|table_?number|number_object_number|parent_|children_|location_|filename_|pathname_|"
    r"url_|md5|executiontime|moduleerror|group_|frame_|scaling_|height_|width_|series_|count_)",
    re.IGNORECASE,
)
"""What CellProfiler writes beside its measurements: numbers of rows, places in the image, files, times."""

_COMPARTMENT = re.compile(r"(image|cells|nuclei|cytoplasm)_", re.IGNORECASE)


def split_columns(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Tell the columns that describe from the features, in the order of the table.

    Features are the columns `emb_*` where there are some, else all numeric columns that do not describe. Where columns
    are called `Metadata_*`, these describe, and CellProfiler's bare bookkeeping (`ImageNumber`, ...): whoever names
    them so has chosen the features. In other tables also columns whose name means something to us (`plate`, `dose`,
    ...) do, and the bookkeeping of each compartment (`Cells_Location_Center_X`).
    """
    columns = [str(column) for column in frame.columns]
    ours = [name for name in columns if name.startswith("emb_")]
    numeric = set(map(str, frame.select_dtypes("number").columns))
    described = describing(columns)
    features = ours or [name for name in columns if name in numeric and name not in described]
    chosen = set(features)
    return [name for name in columns if name not in chosen and (name in described or name not in numeric)], features


def describing(columns: Iterable[str]) -> set[str]:
    """Give the names that say what a row is, whatever their values."""
    names = [str(column) for column in columns if not str(column).startswith("emb_")]
    described = {name for name in names if _METADATA.match(name) or _ROWS.match(name)}
    if any(_METADATA.match(name) for name in names):
        return described
    known = set(known_columns(names)) | set(ALIASES)
    return described | {name for name in names if name in known or _ROWS.match(_COMPARTMENT.sub("", name, count=1))}
